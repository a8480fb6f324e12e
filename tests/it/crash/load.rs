use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};

use regulars::model::{CustomerId, InteractionId};
use serde_json::{Value, json};

use super::Told;
use crate::child::Serving;

/// SplitMix64: the same seed, the same numbers.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// The missing answer of a killed server.
enum End {
    Killed,
}

/// One interaction, as it is sent as often as it takes.
#[derive(Clone)]
struct Sent {
    id: InteractionId,
    customer: CustomerId,
    kind: &'static str,
}

/// Writes about customers of its own, and knows in which order.
pub struct Client {
    bulk: bool,
    customers: Vec<CustomerId>,
    random: Random,
    sent: HashMap<CustomerId, Vec<InteractionId>>,
    unanswered: Vec<Sent>,
}

/// A client's way to a server.
struct Line<'c> {
    agent: ureq::Agent,
    address: &'c str,
    key: &'c str,
}

impl Line<'_> {
    fn to<'c>(serving: &'c Serving, key: &'c str) -> Line<'c> {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        Line {
            agent: config.build().into(),
            address: &serving.address,
            key,
        }
    }

    /// Sends interactions, and reports each acknowledged one, with true if it had been recorded before.
    fn post(
        &self,
        sent: &[Sent],
        wait: Option<&str>,
        mut answered: impl FnMut(bool),
    ) -> Result<(), End> {
        let bulk = sent.len() > 1;
        let body: Vec<String> = sent.iter().map(|it| it.json().to_string()).collect();
        let wait = wait.map_or(String::new(), |wait| format!("?wait={wait}"));
        let media = match bulk {
            true => "application/x-ndjson",
            false => "application/json",
        };
        let answer = self
            .agent
            .post(format!("{}/v1/interactions{wait}", self.address))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", media)
            .header("accept", media)
            .send(body.join("\n"));
        let mut answer = answer.map_err(|_| End::Killed)?;
        if !bulk {
            let status = answer.status().as_u16();
            let text = answer.body_mut().read_to_string();
            let text = text.map_err(|_| End::Killed)?;
            assert!(status < 300, "{status}: {text}");
            answered(status == 200);
            return Ok(());
        }
        let mut lines = BufReader::new(answer.body_mut().as_reader()).lines();
        for _ in sent {
            // The last line may be half a line.
            let line = lines.next().and_then(Result::ok).ok_or(End::Killed)?;
            let told: Value = serde_json::from_str(&line).map_err(|_| End::Killed)?;
            let status = told["status"].as_u64().unwrap();
            assert!(status < 300, "{line}");
            answered(status == 200);
        }
        Ok(())
    }
}

impl Sent {
    fn json(&self) -> Value {
        json!({
            "id": self.id, "customer": self.customer, "kind": self.kind,
            "body": "x".repeat(64),
        })
    }
}

impl Client {
    pub fn new(bulk: bool, customers: Vec<CustomerId>, seed: u64) -> Client {
        Client {
            bulk,
            customers,
            random: Random(seed),
            sent: HashMap::new(),
            unanswered: Vec::new(),
        }
    }

    /// Every customer it wrote about, with the ids in the order in which they were sent first.
    pub fn sent(&self) -> impl Iterator<Item = (CustomerId, &[InteractionId])> {
        self.sent
            .iter()
            .map(|(customer, ids)| (*customer, ids.as_slice()))
    }

    /// Something new, which is sent from now on until it is answered.
    fn new_ones(&mut self) {
        let count = match self.bulk {
            true => 2 + self.random.below(150),
            false => 1,
        };
        for _ in 0..count {
            let random = [self.random.next(), self.random.next()].map(u64::to_le_bytes);
            let mut bytes = [0; 10];
            bytes.copy_from_slice(&random.concat()[..10]);
            let millis = 1_795_000_000_000 + self.random.below(1000);
            let id = uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid();
            let id = InteractionId(id);
            let customer = self.random.below(self.customers.len() as u64) as usize;
            let customer = self.customers[customer];
            let kind = match self.random.below(8) {
                0 => "purchase",
                _ => "visit",
            };
            self.sent.entry(customer).or_default().push(id);
            self.unanswered.push(Sent { id, customer, kind });
        }
    }

    /// Sends something new, over and over, until the server is gone.
    fn run(&mut self, line: &Line<'_>, killing: &AtomicBool, acknowledged: &Sender<()>) {
        loop {
            self.new_ones();
            let wait = (!self.bulk && self.random.below(16) == 0).then_some("5s");
            let mut answered = 0;
            let end = line.post(&self.unanswered, wait, |repeated| {
                assert!(!repeated, "something new was there before");
                answered += 1;
                // Nobody counts them after the kill.
                let _ = acknowledged.send(());
            });
            self.unanswered.drain(..answered);
            if let Err(End::Killed) = end {
                assert!(
                    killing.load(Ordering::SeqCst),
                    "the server ended by itself, or cut a connection"
                );
                return;
            }
        }
    }

    /// Sends what was not answered once more; how much of it had been recorded.
    pub fn send_again(&mut self, serving: &Serving, key: &str) -> u64 {
        let mut recorded = 0;
        if !self.unanswered.is_empty() {
            let end = Line::to(serving, key).post(&self.unanswered, None, |repeated| {
                recorded += u64::from(repeated);
            });
            assert!(end.is_ok(), "the server ended by itself");
            self.unanswered.clear();
        }
        recorded
    }

    /// Something new, until it is acknowledged.
    pub fn record_one(&mut self, serving: &Serving, key: &str) {
        self.new_ones();
        let end = Line::to(serving, key).post(&self.unanswered, None, |_| {});
        assert!(end.is_ok(), "the server ended by itself");
        self.unanswered.clear();
    }

    /// One interaction, until the plugin has looked at it.
    pub fn visit_and_wait(&mut self, serving: &Serving, key: &str) {
        self.new_ones();
        let end = Line::to(serving, key).post(&self.unanswered, Some("30s"), |_| {});
        assert!(end.is_ok(), "the server ended by itself");
        self.unanswered.clear();
    }
}

/// Makes every client write until a number of interactions is acknowledged, then kills the server.
pub fn until_killed(
    clients: &mut [Client],
    serving: &mut Serving,
    key: &str,
    acknowledgements: u64,
    told: &mut Told,
) {
    let killing = AtomicBool::new(false);
    let (acknowledged, acknowledgement) = channel();
    let address = serving.address.clone();
    std::thread::scope(|scope| {
        for client in &mut *clients {
            let (acknowledged, killing, address) = (acknowledged.clone(), &killing, &address);
            scope.spawn(move || {
                let agent: ureq::Agent = ureq::Agent::config_builder()
                    .http_status_as_error(false)
                    .build()
                    .into();
                let line = Line {
                    agent,
                    address,
                    key,
                };
                client.run(&line, killing, &acknowledged);
            });
        }
        drop(acknowledged);
        for _ in 0..acknowledgements {
            acknowledgement.recv().expect("every client gave up");
        }
        killing.store(true, Ordering::SeqCst);
        serving.kill();
        told.acknowledged += acknowledgements + acknowledgement.into_iter().count() as u64;
    });
    let left = clients.iter().map(|client| client.unanswered.len() as u64);
    told.unanswered += left.sum::<u64>();
}
