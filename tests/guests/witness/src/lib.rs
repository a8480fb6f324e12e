//! A guest that uses all of the contract: every import, every effect in full, an action, and `migrate`. A frozen copy of it
//! for each released contract must give for ever what it gave then: see `tests/it/contract.rs`.

use regulars_sdk::history::{self, Filter};
use regulars_sdk::migrate::Entries;
use regulars_sdk::{
    Action, Because, Context, CustomerField, EffectKind, Effects, Entry, Event, Failure, Input,
    Level, Manifest, Message, Migrate, Plugin, Purpose, Question, Reply, Schedule, Scope,
    Suggestion, Task, forget, grants, log, memory, propose_level, remember, tag, untag, wake,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The plugin.
pub struct Witness;

regulars_sdk::export!(Witness, migrate);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Told {
    text: String,
}

/// Everything that the plugin can know of a call.
fn seen(cx: &Context) -> Value {
    let past: Vec<Value> = history::recent(Filter::all())
        .iter()
        .map(|it| {
            json!([
                it.id,
                it.kind,
                format!("{:?}", it.direction),
                it.occurred_at,
                it.channel,
                it.subject,
                it.body,
                it.data
            ])
        })
        .collect();
    let granted = grants::get();
    let windows: Vec<Value> = granted
        .history
        .iter()
        .map(|it| json!([it.kinds, it.days, it.limit]))
        .collect();
    json!({
        "now": cx.now, "today": [cx.today.year, i64::from(cx.today.month), i64::from(cx.today.day)],
        "timezone": cx.timezone, "seed": cx.seed.to_string(), "settings": cx.settings,
        "customer": cx.customer.as_ref().map(|it| json!([
            it.id, it.display_name, it.given_name, it.language,
            it.birthday.map(|it| json!([it.year, it.month, it.day])), format!("{:?}", it.level), it.topics, it.tags,
            it.customer_since,
        ])),
        "history": past,
        "visits": history::count(Filter::kind("visit").limit(7)),
        "remembered": [memory::get::<Value>(Scope::Customer, "last"), memory::get::<Value>(Scope::Plugin, "last")],
        "granted": [json!(granted.fields), json!(windows), json!(granted.effects), json!(granted.record_kinds), json!(granted.service)],
    })
}

impl Plugin for Witness {
    fn manifest() -> Manifest {
        let effects = [
            EffectKind::Suggest,
            EffectKind::Ask,
            EffectKind::Message,
            EffectKind::Task,
            EffectKind::Remember,
            EffectKind::Wake,
            EffectKind::Tag,
            EffectKind::ProposeLevel,
        ];
        let manifest = Manifest::new("witness", "1.0.0")
            .title("Witness")
            .summary("Tells what it sees.")
            .reads_history(["visit", "complaint"], 365, "to tell of it")
            .proposes_records(["witness/seen"], "to tell of it")
            .subscribes_to_interactions(["visit", "complaint"])
            .subscribes("customer.changed")
            .subscribes("task.closed")
            .subscribes("question.answered")
            .schedule(Schedule::daily("round", "09:00", "to tell of it"))
            .action(Action::new::<Told, Told>("tell", "Tell").summary("Tells it back."));
        let manifest = CustomerField::ALL
            .into_iter()
            .fold(manifest, |manifest, field| {
                manifest.reads_field(field, "to tell of it")
            });
        effects.into_iter().fold(manifest, |manifest, effect| {
            manifest.proposes(effect, "to tell of it")
        })
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let Event::InteractionRecorded(it) = &event else {
            let what = json!([format!("{event:?}"), seen(cx)]);
            return Ok(remember(Scope::Customer, "heard", &what).into());
        };
        match it.text() {
            Some("retry") => return Err(Failure::retry("later")),
            Some("never") => return Err(Failure::permanent("never")),
            _ => {}
        }
        log::info!("a {}", it.kind);
        let seen = seen(cx);
        let because = Because::new("You came.", [it]);
        Ok(Effects::from(
            Suggestion::new("Title")
                .body(seen.to_string())
                .action("tell")
                .expires(cx.now + 1000)
                .because("You came.", [it]),
        )
        .and(
            Question::new("q", "Why?")
                .choices(["a", "b"])
                .because("You came.", [it]),
        )
        .and(
            Message::new(Purpose::Care, "key", "Subject")
                .body("Body")
                .value("Value")
                .channels(["email", "sms"])
                .because("You came.", [it]),
        )
        .and(
            Task::new("role", "Title")
                .body("Body")
                .group_key("group")
                .because("You came.", [it]),
        )
        .and(remember(Scope::Customer, "last", &it.id))
        .and(remember(Scope::Plugin, "last", &cx.seed.to_string()))
        .and(forget(Scope::Customer, "nothing"))
        .and(wake("timer", cx.now + 86_400_000, &json!({ "n": 1.5 })))
        .and(tag("seen"))
        .and(untag("unseen"))
        .and(propose_level(Level::Medium, because))
        .and(
            Entry::internal("witness/seen")
                .subject("Subject")
                .channel("channel")
                .body("Body")
                .data(&json!({ "n": 1 })),
        ))
    }

    fn act(cx: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        let told: Told = input.read_for(action, "tell")?;
        let text = format!("{}: {}", told.text, seen(cx));
        Reply::new(&Told { text })
    }
}

impl Migrate for Witness {
    fn migrate(from: &str, scope: Scope, mut entries: Entries) -> Result<Entries, String> {
        if entries.contains_key("refuse") {
            return Err("refused".to_owned());
        }
        entries.insert("from".to_owned(), json!([from, format!("{scope:?}")]));
        Ok(entries)
    }
}
