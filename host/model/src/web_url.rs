//! URLs in settings: where customers reach the host, and where messages are handed over.

use core::net::IpAddr;

use fluent_uri::Uri;

const NOT_A_URL: &str = "is not a URL: expected a scheme and host, such as https://crm.example.com";

/// Parses an absolute URL (RFC 3986) that a secret may be sent to: `https`, or `http` on this machine, without a
/// user.
///
/// # Errors
/// The problem and what is allowed, without the URL, which may hold a token.
pub fn parse(url: &str) -> Result<Uri<&str>, &'static str> {
    let uri = Uri::parse(url).map_err(|_| NOT_A_URL)?;
    let authority = uri.authority().ok_or(NOT_A_URL)?;
    if authority.has_userinfo() {
        return Err("contains a user name: remove it");
    }
    let host = authority.host();
    let port_fits = authority
        .port()
        .is_none_or(|port| port.as_str().parse::<u16>().is_ok());
    // No host name has an encoded byte.
    if host.is_empty() || host.contains('%') || !port_fits {
        return Err(NOT_A_URL);
    }
    match uri.scheme().as_str() {
        "https" => Ok(uri),
        "http" if is_loopback(host) => Ok(uri),
        _ => Err(
            "must begin with https:// (http:// is allowed only for localhost, 127.0.0.1 and [::1])",
        ),
    }
}

/// Checks a URL that the paths of links are appended to: [`parse`], without a query or a fragment.
///
/// # Errors
/// As [`parse`].
pub fn check_base(url: &str) -> Result<(), &'static str> {
    let uri = parse(url)?;
    // In a header, a comma ends a URL.
    if url.contains(',') {
        return Err(NOT_A_URL);
    }
    if uri.has_query() || uri.has_fragment() {
        return Err("contains a query or fragment: remove it");
    }
    Ok(())
}

/// Returns true if a host name or address, with or without brackets, is this machine.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_https_and_http_on_this_machine() {
        for url in [
            "https://crm.example.com",
            "https://crm.example.com:8443/crm/",
            "https://my_gym.example.com/a(b)",
            "http://localhost:8080",
            "http://127.0.0.1",
            "http://[::1]:8080/crm",
        ] {
            assert_eq!(check_base(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn rejects_everything_else() {
        for (url, problem) in [
            ("crm.example.com", "is not a URL"),
            ("https:crm.example.com", "is not a URL"),
            ("https:///crm", "is not a URL"),
            ("https://crm.example.com:", "is not a URL"),
            ("https://crm.example.com:99999", "is not a URL"),
            ("https://crm.example.com/a b", "is not a URL"),
            ("https://crm.example.com/a,b", "is not a URL"),
            ("https://crm.example.com/<b>", "is not a URL"),
            ("https://crm.example.com\\a", "is not a URL"),
            ("https://crm.example.com/\r\n", "is not a URL"),
            ("https://[::1", "is not a URL"),
            ("https://crm%2eexample.com", "is not a URL"),
            (
                "https://crm.example.com@evil.example",
                "contains a user name",
            ),
            ("https://crm.example.com?a", "contains a query"),
            ("https://crm.example.com#a", "contains a query"),
            ("http://crm.example.com", "must begin with https://"),
            ("http://127.0.0.1.example.com", "must begin with https://"),
            ("ftp://crm.example.com", "must begin with https://"),
        ] {
            let said = check_base(url).expect_err(url);
            assert!(said.starts_with(problem), "{url}: {said}");
        }
    }

    #[test]
    fn loopback_is_localhost_and_its_addresses() {
        for host in ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "ghcr.io",
            "10.0.0.1",
            "localhost.example.com",
            "127.0.0.1.nip.io",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
