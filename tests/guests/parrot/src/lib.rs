//! A guest that repeats what was last said, in every kind of effect and in every string of each: what it makes of a
//! customer is theirs alone, but for its own memory, where it keeps what everybody said.

use regulars_sdk::{
    Action, Because, Context, EffectKind, Effects, Entry, Event, Failure, Input, Level, Manifest,
    Message, Plugin, Purpose, Question, Reply, Scope, Suggestion, Task, log, memory, propose_level,
    remember, tag, wake,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The plugin.
pub struct Parrot;

regulars_sdk::export!(Parrot);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Said {
    text: String,
}

/// Where its own memory keeps what everybody said.
const ALL: &str = "all";

impl Plugin for Parrot {
    fn manifest() -> Manifest {
        let every_effect = [
            EffectKind::Suggest,
            EffectKind::Ask,
            EffectKind::Message,
            EffectKind::Task,
            EffectKind::Remember,
            EffectKind::Wake,
            EffectKind::Tag,
            EffectKind::ProposeLevel,
        ];
        let manifest = Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Parrot")
            .summary("Repeats what was said.")
            .reads_history(["visit", "feedback"], 365, "to repeat it")
            .proposes_records(["parrot/said"], "to repeat it")
            .subscribes_to_interactions(["visit", "feedback"])
            .action(Action::new::<Said, Said>("say", "Say").summary("Says it back."));
        every_effect.into_iter().fold(manifest, |manifest, effect| {
            manifest.proposes(effect, "to repeat it")
        })
    }

    fn handle(_: &Context, event: Event) -> Result<Effects, Failure> {
        let Event::InteractionRecorded(it) = event else {
            return Ok(Effects::none());
        };
        let text = it.text().unwrap_or("nothing").to_owned();
        log::warn!("{text}");
        if text.starts_with("retry ") {
            return Err(Failure::retry(text));
        }
        let said = serde_json::json!({ text.as_str(): text, "list": [text] });
        if it.kind == "feedback" {
            let mut all: Vec<String> = memory::get(Scope::Plugin, ALL).unwrap_or_default();
            all.push(text.clone());
            return Ok(
                Effects::from(remember(Scope::Plugin, ALL, &all)).and(remember(
                    Scope::Customer,
                    text,
                    &said,
                )),
            );
        }
        let text = text.as_str();
        let because = Because::new(text, [&it]);
        Ok(
            Effects::from(Suggestion::new(text).body(text).because(text, [&it]))
                .and(
                    Question::new(text, text)
                        .choices([text, "other"])
                        .because(text, [&it]),
                )
                .and(
                    Message::new(Purpose::Care, text, text)
                        .body(text)
                        .value(text)
                        .channels(["email"])
                        .because(text, [&it]),
                )
                .and(
                    Task::new("parrot", text)
                        .body(text)
                        .group_key(text)
                        .because(text, [&it]),
                )
                .and(remember(Scope::Customer, text, &said))
                .and(remember(Scope::Customer, "last", &said))
                .and(wake(text, it.occurred_at + 90 * 86_400_000, &said))
                .and(tag(text))
                .and(propose_level(Level::High, because))
                .and(
                    Entry::internal("parrot/said")
                        .subject(text)
                        .channel(text)
                        .body(text)
                        .data(&said),
                ),
        )
    }

    fn act(_: &Context, _: &str, input: Input) -> Result<Reply, Failure> {
        Reply::new(&input.read::<Said>()?)
    }
}
