use std::collections::BTreeMap;
use std::marker::PhantomData;

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;

use super::world::Memory;
use super::{Past, Person, Run, grant, past};
use crate::{
    Context, Customer, CustomerField, Date, Effect, EffectKind, Instant, Interaction, Level,
    Manifest, Plugin, Scope, instant,
};

/// A customer, their past, and the plugin `P` watching: built first, then played. See the
/// [module](super) for an example.
pub struct Scene<P> {
    pub(super) manifest: Manifest,
    pub(super) now: Instant,
    zone: TimeZone,
    customer: Customer,
    pub(super) history: Vec<Interaction>,
    pub(super) memory: Memory,
    pub(super) timers: BTreeMap<String, (Instant, String)>,
    settings: Value,
    calls: u64,
    plugin: PhantomData<P>,
}

impl<P: Plugin> Default for Scene<P> {
    fn default() -> Self {
        Scene::new()
    }
}

impl<P: Plugin> Scene<P> {
    /// Noon UTC of 1 June 2026: a customer of whom nothing is known, without a past, and all
    /// settings at their defaults.
    pub fn new() -> Self {
        Scene {
            manifest: P::manifest(),
            now: past::parse("2026-06-01T12:00:00Z"),
            zone: TimeZone::UTC,
            customer: Customer {
                id: "customer-1".to_owned(),
                display_name: None,
                given_name: None,
                language: None,
                birthday: None,
                level: Level::Low,
                topics: Vec::new(),
                tags: Vec::new(),
                customer_since: 0,
            },
            history: Vec::new(),
            memory: Memory::new(),
            timers: BTreeMap::new(),
            settings: serde_json::json!({}),
            calls: 0,
            plugin: PhantomData,
        }
    }

    /// The moment of the next call, RFC 3339.
    ///
    /// # Panics
    /// Where it is not one.
    pub fn now(mut self, moment: &str) -> Self {
        self.now = past::parse(moment);
        self
    }

    /// Where the customer is, as an IANA zone.
    ///
    /// # Panics
    /// Where there is no such zone.
    pub fn timezone(mut self, zone: &str) -> Self {
        self.zone = TimeZone::get(zone).unwrap_or_else(|e| panic!("{e}"));
        self
    }

    /// Says who the customer is.
    pub fn customer(mut self, say: impl FnOnce(Person) -> Person) -> Self {
        self.customer = say(Person(self.customer)).0;
        self
    }

    /// Adds to the past, without an event.
    pub fn interaction(mut self, past: Past) -> Self {
        self.add(past);
        self
    }

    /// Adds to the past, without events.
    pub fn interactions(mut self, pasts: impl IntoIterator<Item = Past>) -> Self {
        for past in pasts {
            self.add(past);
        }
        self
    }

    /// What the plugin remembers from before.
    ///
    /// # Panics
    /// Where `value` has no JSON form.
    pub fn memory(mut self, scope: Scope, key: &str, value: &impl Serialize) -> Self {
        let json = serde_json::to_string(value).expect("a value with a JSON form");
        self.memory.insert((scope, key.to_owned()), json);
        self
    }

    /// The installation's settings; what is left out is at its default.
    pub fn settings(mut self, settings: Value) -> Self {
        self.settings = settings;
        self
    }

    /// A field that the manifest asks for was not granted.
    pub fn without_field(mut self, field: CustomerField) -> Self {
        self.manifest
            .reads
            .customer
            .retain(|ask| ask.field != field);
        self
    }

    /// A kind of effect that the manifest asks for was not granted: a run that proposes one fails the test.
    pub fn without_effect(mut self, effect: EffectKind) -> Self {
        self.manifest.proposes.retain(|ask| ask.effect != effect);
        self
    }

    /// Adds to the past while the scene plays, without an event; gives back its id.
    pub fn add(&mut self, past: Past) -> String {
        let number = self.history.len() + 1;
        let interaction = past.into_interaction(self.now, || format!("interaction-{number}"));
        let id = interaction.id.clone();
        self.history.push(interaction);
        id
    }

    /// Replaces the past.
    pub fn history_is(&mut self, pasts: impl IntoIterator<Item = Past>) {
        self.history.clear();
        for past in pasts {
            self.add(past);
        }
    }

    /// The moment of the next call.
    pub fn now_is(&self) -> Instant {
        self.now
    }

    /// Lets days of 24 hours pass.
    pub fn days_pass(&mut self, days: u32) {
        self.now = instant::days_after(self.now, days);
    }

    /// Does what the host would do once it took the effects: memory, timers and tags are kept, and
    /// recorded interactions stand in the history, without events of their own. A level is
    /// lowered; raising one waits for a person. Cards, questions, messages and tasks go nowhere.
    #[track_caller]
    pub fn apply(&mut self, run: &Run) {
        for effect in run.effects() {
            match effect.clone() {
                Effect::Remember(memo) => {
                    let key = (memo.scope, memo.key);
                    match memo.value {
                        Some(value) => self.memory.insert(key, value),
                        None => self.memory.remove(&key),
                    };
                }
                Effect::Wake(timer) => {
                    self.timers.insert(timer.key, (timer.at, timer.payload));
                }
                Effect::Tag(tag) => {
                    self.customer.tags.retain(|it| *it != tag);
                    self.customer.tags.push(tag);
                }
                Effect::Untag(tag) => self.customer.tags.retain(|it| *it != tag),
                Effect::ProposeLevel((level, _)) => {
                    self.customer.level = self.customer.level.min(level);
                }
                Effect::Record(entry) => {
                    let id = format!("interaction-{}", self.history.len() + 1);
                    self.history.push(Interaction {
                        id,
                        kind: entry.kind,
                        direction: entry.direction,
                        occurred_at: self.now,
                        channel: entry.channel,
                        subject: entry.subject,
                        body: entry.body,
                        data: entry.data,
                    });
                }
                Effect::Suggest(_) | Effect::Ask(_) | Effect::Message(_) | Effect::Task(_) => {}
            }
        }
    }

    /// The context of one more call, about the customer.
    pub(super) fn context(&mut self) -> Context {
        self.calls += 1;
        let now = jiff::Timestamp::from_millisecond(self.now).expect("a moment that jiff knows");
        let today = now.to_zoned(self.zone.clone()).date();
        Context {
            now: self.now,
            today: Date {
                year: today.year().into(),
                month: today.month() as u8,
                day: today.day() as u8,
            },
            timezone: self.zone.iana_name().unwrap_or("UTC").to_owned(),
            seed: self.calls,
            settings: self.settings.to_string(),
            customer: Some(grant::customer(&self.manifest, &self.customer)),
        }
    }
}
