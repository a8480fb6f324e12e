use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use regulars::Host;
use regulars::clock::ManualClock;
use regulars::host::{InstallRequest, NewConsent, NewCustomer, NewInteraction};
use regulars::model::*;
use regulars::outbox::Channels;
use regulars::outbox::config::ChannelsFile;
use regulars::store::{MessageQuery, PageRequest, WhichMessages};
use serde_json::json;

use crate::table::Table;
use crate::{REPETITIONS, component};

const MESSAGES: usize = 1000;
/// At three in the morning messages are proposed; from eight on they may go.
const NIGHT: &str = "2026-03-02T03:00:00Z";
const MORNING: &str = "2026-03-02T08:00:00Z";

/// Messages per second that are due at once: decided again, leased, sent as mail to a server on this
/// machine, recorded, four at a time.
pub fn measure(table: &mut Table) -> anyhow::Result<()> {
    let port = mail_server()?;
    let log = channels("[log]\nenabled = true")?;
    let email = channels(&format!(
        "[email]\nhost = \"127.0.0.1\"\nport = {port}\nencryption = \"none\"\nfrom = \"hello@gym.example\""
    ))?;
    let repeat = |channels: &Channels, name: &str| -> anyhow::Result<Vec<f64>> {
        (0..REPETITIONS)
            .map(|_| once(channels.clone(), name))
            .collect()
    };
    table.add(
        "outbox, log",
        "messages/s",
        &repeat(&log, "log")?,
        "decided again, leased and recorded; nothing goes out",
    );
    table.add(
        "outbox, email",
        "messages/s",
        &repeat(&email, "email")?,
        "the same, and handed to an SMTP server on this machine, 4 threads",
    );
    Ok(())
}

fn channels(toml: &str) -> anyhow::Result<Channels> {
    Ok(ChannelsFile::parse(toml, Path::new(""))?.channels()?)
}

fn once(channels: Channels, channel: &str) -> anyhow::Result<f64> {
    let dir = tempfile::tempdir()?;
    let clock = ManualClock::new(NIGHT.parse()?);
    let host = Host::builder()
        .sqlite(dir.path().join("bench.db"))
        .clock(clock.clone())
        .channels(channels)
        .public_url("https://crm.example.com")
        .build()?;
    host.install(InstallRequest::new(component("postman")?, "postman"))?;
    let mut letters = Vec::new();
    for n in 0..MESSAGES {
        let customer = reader(&host, n)?;
        letters.push(NewInteraction {
            data: Some(json!({
                "key": "courses", "subject": "A place on Tuesday",
                "body": "Somebody cannot come. Do you want their place?", "channels": [channel],
            })),
            ..NewInteraction::new(customer, "note")
        });
    }
    for recorded in host.record_all(letters) {
        recorded?;
    }
    host.settle()?;
    let morning: Timestamp = MORNING.parse()?;
    let started = Instant::now();
    clock.set(morning);
    host.settle()?;
    let seconds = started.elapsed().as_secs_f64();
    let sent = MessageQuery {
        customer: None,
        which: WhichMessages::In(MessageState::Sent),
    };
    let sent = host.messages(&sent, PageRequest::first(MESSAGES as u32 + 1))?;
    ensure!(
        sent.items.len() == MESSAGES,
        "{} were sent",
        sent.items.len()
    );
    Ok(MESSAGES as f64 / seconds)
}

fn reader(host: &Host, n: usize) -> anyhow::Result<CustomerId> {
    let customer = host.create_customer(NewCustomer {
        level: Level::High,
        contact_points: vec![ContactPoint::new(
            ContactKind::Email,
            format!("reader-{n}@example.com"),
        )],
        ..NewCustomer::default()
    })?;
    let (kind, given) = (ContactKind::Email, ConsentState::Given);
    let consent = NewConsent::new(kind, Purpose::Care, given, "staff");
    host.consent(customer.id, consent)?;
    Ok(customer.id)
}

/// A mail server that takes everything and keeps nothing.
fn mail_server() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen")?;
    let port = listener.local_addr()?.port();
    // They end with the program.
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || drop(converse(stream)));
        }
    });
    Ok(port)
}

fn converse(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    stream.write_all(b"220 bench ESMTP\r\n")?;
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line
            .get(..4)
            .unwrap_or_default()
            .to_ascii_uppercase()
            .as_str()
        {
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                until_dot(&mut reader)?;
                stream.write_all(b"250 taken\r\n")?;
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n"),
            _ => stream.write_all(b"250 go on\r\n")?,
        }
    }
}

fn until_dot(reader: &mut impl BufRead) -> std::io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.by_ref().take(1 << 20).read_until(b'\n', &mut line)? == 0 || line == b".\r\n" {
            return Ok(());
        }
    }
}
