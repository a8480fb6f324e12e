//! A guest that writes what its settings say into every string of every effect that a person will
//! see or a database will store, and HTML, Markdown and SQL into its own manifest.

use regulars_sdk::{
    Action, Context, EffectKind, Effects, Entry, Event, Failure, Input, Manifest, Message, Outcome,
    Plugin, Purpose, Question, Reply, Schedule, Scope, Suggestion, Task, log, propose_level,
    remember, tag, wake,
};
use regulars_sdk::{Because, Level};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The plugin.
pub struct Graffiti;

regulars_sdk::export!(Graffiti);

/// <img src=x onerror=alert(1)> **bold** '; DROP TABLE customers; --
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Settings {
    /// What people will read: <b>anything</b>.
    pub text: String,
    /// What names something: of one line, and of no more than 30 characters.
    pub key: String,
}

/// <script>alert(1)</script>
#[derive(Serialize, Deserialize, JsonSchema)]
struct Said {
    text: String,
}

const MARKUP: &str = "<script>alert('x')</script> [a](javascript:alert(1)) '; DROP TABLE customers; -- \" OR 1=1 ${7*7}";

impl Plugin for Graffiti {
    fn manifest() -> Manifest {
        let every_kind = || std::iter::empty::<&str>();
        let all = [
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
            .title(MARKUP)
            .summary(MARKUP)
            .reads_history(every_kind(), 365, MARKUP)
            .proposes_records(["graffiti/tag"], MARKUP)
            .subscribes_to_interactions(["visit"])
            .schedule(Schedule::daily("daily", "09:00", MARKUP))
            .action(
                Action::new::<Said, Said>("say", MARKUP)
                    .summary(MARKUP)
                    .about_no_customer(),
            )
            .settings::<Settings>();
        let manifest = all.into_iter().fold(manifest, |manifest, effect| {
            manifest.proposes(effect, MARKUP)
        });
        manifest.outcome(Outcome::new("outcome", MARKUP, "visit", 30))
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let Settings { text, key } = cx.settings()?;
        let Event::InteractionRecorded(it) = event else {
            return Ok(Effects::none());
        };
        log::warn!("{text}");
        if text.starts_with("retry ") {
            return Err(Failure::retry(text));
        }
        let said = serde_json::json!({ key.as_str(): text, "list": [text] });
        Ok(Effects::from(
            Suggestion::new(text.as_str())
                .body(text.as_str())
                .because(text.as_str(), [&it]),
        )
        .and(
            Question::new(key.as_str(), text.as_str())
                .choices([text.as_str(), "other"])
                .because(text.as_str(), [&it]),
        )
        .and(
            Message::new(Purpose::Service, key.as_str(), text.as_str())
                .body(text.as_str())
                .value(text.as_str())
                .channels([key.as_str()])
                .because(text.as_str(), [&it]),
        )
        .and(
            Task::new(key.as_str(), text.as_str())
                .body(text.as_str())
                .group_key(key.as_str())
                .because(text.as_str(), [&it]),
        )
        .and(remember(Scope::Customer, key.as_str(), &said))
        .and(remember(Scope::Plugin, key.as_str(), &said))
        .and(wake(key.as_str(), it.occurred_at + 120_000, &said))
        .and(tag(key.as_str()))
        .and(propose_level(
            Level::Medium,
            Because::new(text.as_str(), [&it]),
        ))
        .and(
            Entry::internal("graffiti/tag")
                .subject(text.as_str())
                .channel(text.as_str())
                .body(text.as_str())
                .data(&said),
        ))
    }

    fn act(_: &Context, _: &str, input: Input) -> Result<Reply, Failure> {
        let said = input.read::<Said>()?;
        if said.text.starts_with("fail ") {
            return Err(Failure::permanent(said.text));
        }
        Reply::new(&said)
    }
}
