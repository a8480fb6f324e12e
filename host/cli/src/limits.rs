use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use regulars_server::{Limits, Rate};

/// Limits per client and connection. Durations are written 500ms, 10s or 2m.
#[derive(Args)]
#[command(next_help_heading = "Limits")]
pub struct Flags {
    /// Maximum bytes of a JSON body or of a line of NDJSON [default: 1048576]
    #[arg(long, value_name = "BYTES")]
    max_body: Option<usize>,

    /// Time limit for receiving a JSON body or a line of NDJSON [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    body_timeout: Option<Duration>,

    /// Maximum header lines of a request [default: 64]
    #[arg(long, value_name = "N")]
    max_headers: Option<usize>,

    /// Maximum bytes of all headers of a request [default: 16384]
    #[arg(long, value_name = "BYTES")]
    max_header_bytes: Option<usize>,

    /// Time limit until a response begins, without the time that `?wait=` adds [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    request_timeout: Option<Duration>,

    /// Maximum requests that wait for plugins at once (?wait=); more are answered without waiting
    /// [default: 256]
    #[arg(long, value_name = "N")]
    max_waits: Option<usize>,

    /// Maximum open event streams per key [default: 16]
    #[arg(long, value_name = "N")]
    max_streams: Option<usize>,

    /// Maximum running actions per key [default: 16]
    #[arg(long, value_name = "N")]
    max_actions: Option<usize>,

    /// Requests per second and key, with the burst [default: 200/400]
    #[arg(long, value_name = "N/BURST|off")]
    rate: Option<RateArg>,

    /// Requests per second and address without a valid key, with the burst [default: 1/60]
    #[arg(long, value_name = "N/BURST|off")]
    failed_rate: Option<RateArg>,

    /// Requests per second to one customer's own page, with the burst [default: 2/60]
    #[arg(long, value_name = "N/BURST|off")]
    page_rate: Option<RateArg>,

    /// Maximum running downloads of all data from one customer's own page [default: 4]
    #[arg(long, value_name = "N")]
    max_downloads: Option<usize>,

    /// Maximum open connections [default: 1024]
    #[arg(long, value_name = "N")]
    max_connections: Option<usize>,

    /// Maximum open connections per address; a proxy counts as one address [default: 512]
    #[arg(long, value_name = "N")]
    max_connections_per_address: Option<usize>,

    /// Time limit for receiving the head of a request [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    header_timeout: Option<Duration>,

    /// Time limit for an idle connection between requests [default: 75s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    idle_timeout: Option<Duration>,

    /// Time limit for a client that reads nothing of its response [default: 30s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    write_timeout: Option<Duration>,

    /// Time limit for running requests and plugin runs after a stop signal [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    grace: Option<Duration>,
}

impl Flags {
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        macro_rules! set {
            ($($name:ident),*) => {$(
                if let Some(value) = self.$name {
                    limits.$name = value;
                }
            )*};
        }
        set!(
            max_body,
            body_timeout,
            max_headers,
            max_header_bytes,
            request_timeout,
            max_waits,
            max_streams,
            max_actions,
            max_downloads,
            max_connections,
            max_connections_per_address,
            header_timeout,
            idle_timeout,
            write_timeout,
            grace
        );
        if let Some(RateArg(rate)) = self.rate {
            limits.rate = rate;
        }
        if let Some(RateArg(rate)) = self.failed_rate {
            limits.failed_rate = rate;
        }
        if let Some(RateArg(rate)) = self.page_rate {
            limits.page_rate = rate;
        }
        limits
    }
}

/// A rate and its burst: `200/400`, `200` or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RateArg(Option<Rate>);

impl FromStr for RateArg {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<RateArg, &'static str> {
        const EXPECTED: &str =
            "expected requests per second (200), requests per second and burst (200/400), or off";
        if text == "off" {
            return Ok(RateArg(None));
        }
        let number = |text: &str| match text.parse::<u32>() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(EXPECTED),
        };
        let (per_second, burst) = match text.split_once('/') {
            Some((rate, burst)) => (number(rate)?, number(burst)?),
            None => (number(text)?, number(text)?.saturating_mul(2)),
        };
        Ok(RateArg(Some(Rate { per_second, burst })))
    }
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "expected a time such as 500ms, 10s or 2m";
    let duration: jiff::SignedDuration = text.parse().map_err(|_| EXPECTED)?;
    match Duration::try_from(duration) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(EXPECTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_times_are_read() {
        let rate = |per_second, burst| Ok(RateArg(Some(Rate { per_second, burst })));
        assert_eq!("200/400".parse(), rate(200, 400));
        assert_eq!("5".parse(), rate(5, 10));
        assert_eq!("off".parse(), Ok(RateArg(None)));
        for wrong in ["", "0", "5/0", "-1", "5/", "a"] {
            assert!(wrong.parse::<RateArg>().is_err(), "{wrong}");
        }
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "0s", "-1s", "10", "soon"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
