//! The action `record`: staff write down what they heard. The feedback then comes back to the
//! plugin as an event, like any other.

use regulars_sdk::{Context, Entry, Failure, Reply};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Settings;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordInput {
    /// What the customer said, in their words.
    #[schemars(length(min = 1, max = 4000))]
    remark: String,
    /// Who heard it, and will be told what became of it.
    #[schemars(length(min = 1, max = 100))]
    heard_by: String,
    /// Where: `desk` unless said otherwise.
    channel: Option<String>,
    /// What it is about, if it has an owner of its own.
    topic: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub struct Recorded {
    recorded: bool,
    owner_answers_within_hours: u32,
}

pub fn act(cx: &Context, input: RecordInput) -> Result<Reply, Failure> {
    let settings: Settings = cx.settings()?;
    let remark = input.remark.trim();
    if remark.is_empty() {
        return Err(Failure::permanent("the remark is empty"));
    }
    let hours = match settings.urgent(remark) {
        Some(_) => settings.urgent_hours,
        None => settings.sla_hours,
    };
    let mut data = json!({"heard_by": input.heard_by.trim()});
    if let Some(topic) = input.topic {
        data["topic"] = topic.into();
    }
    let entry = Entry::inbound("feedback")
        .channel(input.channel.as_deref().unwrap_or("desk"))
        .body(remark)
        .data(&data);
    let told = Recorded {
        recorded: true,
        owner_answers_within_hours: hours,
    };
    Ok(Reply::new(&told)?.and(entry))
}
