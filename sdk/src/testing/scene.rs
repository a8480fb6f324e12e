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

/// A customer, their history, and the plugin `P`: built first, then called. See the [module](super) for an
/// example.
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
    /// Creates a scene at noon UTC of 1 June 2026, with an unknown customer, an empty history and default
    /// settings.
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

    /// Sets the time of the next call in RFC 3339.
    ///
    /// # Panics
    /// If `moment` is invalid.
    pub fn now(mut self, moment: &str) -> Self {
        self.now = past::parse(moment);
        self
    }

    /// Sets the customer's IANA time zone.
    ///
    /// # Panics
    /// If the zone is unknown.
    pub fn timezone(mut self, zone: &str) -> Self {
        self.zone = TimeZone::get(zone).unwrap_or_else(|e| panic!("{e}"));
        self
    }

    /// Describes the customer.
    pub fn customer(mut self, say: impl FnOnce(Person) -> Person) -> Self {
        self.customer = say(Person(self.customer)).0;
        self
    }

    /// Adds an interaction to the history, without an event.
    pub fn interaction(mut self, past: Past) -> Self {
        self.add(past);
        self
    }

    /// Adds interactions to the history, without events.
    pub fn interactions(mut self, pasts: impl IntoIterator<Item = Past>) -> Self {
        for past in pasts {
            self.add(past);
        }
        self
    }

    /// Stores a value in the plugin's memory.
    ///
    /// # Panics
    /// If `value` has no JSON form.
    pub fn memory(mut self, scope: Scope, key: &str, value: &impl Serialize) -> Self {
        let json = serde_json::to_string(value).expect("a value with a JSON form");
        self.memory.insert((scope, key.to_owned()), json);
        self
    }

    /// Sets the installation's settings. Missing ones have their defaults.
    pub fn settings(mut self, settings: Value) -> Self {
        self.settings = settings;
        self
    }

    /// Refuses a field that the manifest requests.
    pub fn without_field(mut self, field: CustomerField) -> Self {
        self.manifest
            .reads
            .customer
            .retain(|ask| ask.field != field);
        self
    }

    /// Refuses an effect that the manifest requests. A run that proposes it fails the test.
    pub fn without_effect(mut self, effect: EffectKind) -> Self {
        self.manifest.proposes.retain(|ask| ask.effect != effect);
        self
    }

    /// Adds an interaction to the history between calls, without an event. Returns its id.
    pub fn add(&mut self, past: Past) -> String {
        let number = self.history.len() + 1;
        let interaction = past.into_interaction(self.now, || format!("interaction-{number}"));
        let id = interaction.id.clone();
        self.history.push(interaction);
        id
    }

    /// Replaces the history.
    pub fn history_is(&mut self, pasts: impl IntoIterator<Item = Past>) {
        self.history.clear();
        for past in pasts {
            self.add(past);
        }
    }

    /// Returns the time of the next call.
    pub fn now_is(&self) -> Instant {
        self.now
    }

    /// Advances the time by days of 24 hours.
    pub fn days_pass(&mut self, days: u32) {
        self.now = instant::days_after(self.now, days);
    }

    /// Applies the effects of a run as the host would: stores memory, timers and tags, and adds recorded
    /// interactions to the history, without further events. Lowers the level, but does not raise it, which is
    /// for people to decide. Ignores cards, questions, messages and tasks.
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

    /// Returns the context of the next call, about the customer.
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
