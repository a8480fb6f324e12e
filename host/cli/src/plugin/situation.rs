//! The input of `plugin run`: an event, a customer and their history, from a file or the database.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::{Map, json};

use crate::usage;
use regulars::host::{Host, NewCustomer, NewInteraction};
use regulars::model::*;
use regulars::store::{PageRequest, TimelineQuery};

/// The format of the file. Only the event is required.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SituationFile {
    now: Option<Timestamp>,
    time_zone: Option<String>,
    #[serde(default)]
    customer: NewCustomer,
    event: Json,
    #[serde(default)]
    history: Vec<Json>,
    #[serde(default)]
    memory: Memories,
    settings: Option<Json>,
}

/// The plugin's memories, by key.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Memories {
    pub customer: Map<String, Json>,
    pub plugin: Map<String, Json>,
}

pub struct Situation {
    pub now: Timestamp,
    pub time_zone: Option<String>,
    pub customer: NewCustomer,
    pub event: EventData,
    pub history: Vec<NewInteraction>,
    pub memory: Memories,
    pub settings: Option<Json>,
}

impl Situation {
    /// Reads the file. The event may omit the plugin, the customer, and an interaction's id, time,
    /// direction and data. `now` takes precedence over the file.
    pub fn read(
        file: &Path,
        text: &str,
        plugin: &InstallationId,
        now: Option<Timestamp>,
    ) -> Result<Situation> {
        let named = || format!("cannot read {}", file.display());
        let file_contents: SituationFile = serde_json::from_str(text).with_context(named)?;
        let now = now.or(file_contents.now).unwrap_or_else(Timestamp::now);
        let mut customer = file_contents.customer;
        let id = *customer
            .id
            .get_or_insert(CustomerId(stable_id("customer", 0)));
        customer.since.get_or_insert(now);
        let event = read_event(file_contents.event, plugin, id, now)
            .with_context(|| format!("invalid event in {}", file.display()))?;
        let history = read_history(file_contents.history, id).with_context(named)?;
        Ok(Situation {
            now,
            time_zone: file_contents.time_zone,
            customer,
            event,
            history,
            memory: file_contents.memory,
            settings: file_contents.settings,
        })
    }

    /// Replaces the history with that of a file of JSON lines.
    pub fn replace_history(&mut self, file: &Path) -> Result<()> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let mut lines = Vec::new();
        for (number, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            match serde_json::from_str(line) {
                Ok(value) => lines.push(value),
                Err(error) => bail!("{} line {}: {error}", file.display(), number + 1),
            }
        }
        let id = self
            .customer
            .id
            .unwrap_or(CustomerId(stable_id("customer", 0)));
        self.history = read_history(lines, id)
            .with_context(|| format!("invalid history in {}", file.display()))?;
        Ok(())
    }

    /// Takes a customer of the database, with their history and the plugin's memories about them.
    pub fn use_customer(
        &mut self,
        host: &Host,
        customer: &Customer,
        plugin: &InstallationId,
    ) -> Result<()> {
        let previous = self.customer.id;
        self.customer = NewCustomer {
            id: Some(customer.id),
            display_name: customer.display_name.clone(),
            given_name: customer.given_name.clone(),
            language: customer.language.clone(),
            birthday: customer.birthday,
            time_zone: customer.time_zone.clone(),
            level: customer.level,
            topics: customer.topics.clone(),
            tags: customer.tags.clone(),
            since: Some(customer.since),
            contact_points: Vec::new(),
            consents: Vec::new(),
        };
        if let EventData::InteractionRecorded { interaction } = &mut self.event
            && Some(interaction.customer) == previous
        {
            interaction.customer = customer.id;
        }
        self.history.clear();
        let mut page = PageRequest::first(1000);
        loop {
            let read = host.timeline(customer.id, &TimelineQuery::default(), page)?;
            let interactions = read.items.into_iter().map(|it| NewInteraction {
                id: Some(it.id),
                customer: it.customer,
                kind: it.kind,
                direction: it.direction,
                occurred_at: Some(it.occurred_at),
                channel: it.channel,
                subject: it.subject,
                body: it.body,
                data: Some(it.data),
                historical: true,
            });
            self.history.extend(interactions);
            page.after = read.next;
            if page.after.is_none() {
                break;
            }
        }
        let entries = |customer| -> Result<Map<String, Json>> {
            let memory = host.memory(plugin, customer)?;
            let entries = memory.entries.iter();
            Ok(entries
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect())
        };
        self.memory = Memories {
            customer: entries(Some(customer.id))?,
            plugin: entries(None)?,
        };
        Ok(())
    }
}

fn read_event(
    mut event: Json,
    plugin: &InstallationId,
    customer: CustomerId,
    now: Timestamp,
) -> Result<EventData> {
    let Some(object) = event.as_object_mut() else {
        usage!("expected an object: {{\"kind\": \"interaction-recorded\", …}}");
    };
    let kind = object
        .get("kind")
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned();
    match kind.as_str() {
        "interaction-recorded" => {
            let mut defaults = json!({
                "id": stable_id("event", 0), "customer": customer, "direction": "inbound",
                "occurred_at": now, "data": {},
            });
            if let (Some(given), Some(all)) = (
                object.get_mut("interaction").and_then(Json::as_object_mut),
                defaults.as_object_mut(),
            ) {
                all.append(given);
                given.append(all);
            }
        }
        "schedule-due" | "timer-due" | "task-closed" | "question-answered" => {
            object.entry("installation").or_insert(json!(plugin));
        }
        _ => {}
    }
    if kind == "schedule-due" {
        object
            .entry("date")
            .or_insert(json!(now.to_zoned(jiff::tz::TimeZone::UTC).date()));
    }
    if kind == "timer-due" {
        object.entry("payload").or_insert(json!({}));
    }
    Ok(serde_json::from_value(event)?)
}

fn read_history(file_contents: Vec<Json>, customer: CustomerId) -> Result<Vec<NewInteraction>> {
    let mut history = Vec::with_capacity(file_contents.len());
    for (index, mut value) in file_contents.into_iter().enumerate() {
        if let Some(object) = value.as_object_mut() {
            object
                .entry("id")
                .or_insert(json!(stable_id("history", index as u64)));
            object.insert("customer".to_owned(), json!(customer));
        }
        let mut new: NewInteraction = serde_json::from_value(value)
            .with_context(|| format!("interaction {} of the history", index + 1))?;
        if new.occurred_at.is_none() {
            bail!(
                "interaction {} of the history has no occurred_at",
                index + 1
            );
        }
        new.historical = true;
        history.push(new);
    }
    Ok(history)
}

/// Returns an id that is the same each time, so that the run is.
fn stable_id(what: &str, number: u64) -> uuid::Uuid {
    regulars::ids::derived(&[b"situation", what.as_bytes(), &number.to_le_bytes()])
}
