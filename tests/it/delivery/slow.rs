//! A mail server that is slow as a whole, each single answer of which comes in time.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use regulars::model::MessageState;

use super::office::{office, reader, write};
use super::postbox::channels;

/// A mail server that accepts every mail and delays every answer.
struct Slow {
    port: u16,
    /// The mails of which it got the end.
    taken: Arc<AtomicUsize>,
}

/// The delay before the answer to a command; the greeting answers "".
type Thinks = fn(&str) -> Duration;

impl Slow {
    fn open(thinks: Thinks) -> Slow {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(AtomicUsize::new(0));
        let count = taken.clone();
        // Both end with the program: nothing waits for them.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let count = count.clone();
                std::thread::spawn(move || serve(&stream.unwrap(), thinks, &count));
            }
        });
        Slow { port, taken }
    }

    fn settings(&self, time_limit: &str) -> String {
        format!(
            "[email]\nhost = \"127.0.0.1\"\nport = {}\nencryption = \"none\"\n\
             from = \"Gym North <hello@gym.example>\"\ntime_limit = \"{time_limit}\"\n",
            self.port
        )
    }

    fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }
}

/// Ends with the connection.
fn serve(mut stream: &TcpStream, thinks: Thinks, taken: &AtomicUsize) -> Option<()> {
    let mut lines = BufReader::new(stream).lines();
    let mut command = String::new();
    loop {
        std::thread::sleep(thinks(&command));
        let said = match command.as_str() {
            "" => "220 mail.test",
            "DATA" => "354 go on",
            _ => "250 mail.test",
        };
        stream.write_all(format!("{said}\r\n").as_bytes()).ok()?;
        if command == "DATA" {
            while lines.next()?.ok()? != "." {}
            taken.fetch_add(1, Ordering::SeqCst);
            command = ".".to_owned();
            continue;
        }
        let line = lines.next()?.ok()?;
        command = line.split(' ').next()?.to_owned();
    }
}

#[test]
fn slow_server_takes_no_mail_after_its_limit() {
    let slow = Slow::open(|_| Duration::from_millis(200));
    let world = office(channels(&slow.settings("500ms")));
    let ada = reader(&world.host, "Ada", "ada@example.com");
    let mut message = write(&world, &ada, "courses", "email");
    for attempt in 1..=3 {
        assert_eq!(message.state, MessageState::Queued);
        assert_eq!(message.attempts, attempt);
        let detail = message.detail.unwrap();
        assert!(detail.contains("mail server"), "{detail}");
        world.go_to(message.due_at.unwrap());
        message = world.messages(ada.id).remove(0);
    }
    world.host.stop();
    assert_eq!(slow.taken(), 0);
}

#[test]
fn server_that_thinks_about_a_mail_is_waited_for() {
    // Together it is longer than what each of the two may take.
    let slow = Slow::open(|command| match command {
        "" | "." => Duration::from_millis(1800),
        _ => Duration::ZERO,
    });
    let world = office(channels(&slow.settings("3s")));
    let ada = reader(&world.host, "Ada", "ada@example.com");
    let message = write(&world, &ada, "courses", "email");
    assert_eq!(message.state, MessageState::Sent, "{:?}", message.detail);
    assert_eq!((message.attempts, slow.taken()), (1, 1));
}
