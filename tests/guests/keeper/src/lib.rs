//! A guest with a life: the version that comes first. It counts visits, for each customer and in all.

use regulars_sdk::{
    Context, CustomerField, EffectKind, Effects, Event, Failure, Manifest, Message, Plugin,
    Purpose, Question, Schedule, Scope, Suggestion, Task, memory, remember, wake,
};

/// The plugin.
pub struct Keeper;

regulars_sdk::export!(Keeper);

regulars_sdk::settings! {
    /// What it says, and what it must not know.
    pub struct Settings {
        /// How it begins.
        pub greeting: String = "Hello".to_owned(),
        /// Of a service that it might use.
        #[schemars(extend("writeOnly" = true), length(min = 10))]
        pub key: Option<String> = None,
    }
}

impl Plugin for Keeper {
    fn manifest() -> Manifest {
        Manifest::new("keeper", "1.0.0")
            .title("Keeper")
            .summary("Counts visits.")
            .settings::<Settings>()
            .reads_field(CustomerField::GivenName, "to greet them")
            .reads_history(["visit"], 90, "to count them")
            .proposes(EffectKind::Remember, "to count")
            .proposes(EffectKind::Suggest, "to tell how often they came")
            .proposes(EffectKind::Ask, "to know why")
            .proposes(EffectKind::Task, "to have it looked at")
            .proposes(EffectKind::Message, "to thank them")
            .proposes(EffectKind::Wake, "to look again")
            .subscribes_to_interactions(["visit"])
            .schedule(Schedule::daily("round", "03:00", "to look again"))
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let Event::InteractionRecorded(visit) = event else {
            return Ok(Effects::none());
        };
        let settings: Settings = cx.settings()?;
        let seen = if cx.settings.contains("key") && settings.key.is_some() {
            "key"
        } else {
            "no key"
        };
        let text = visit.text().unwrap_or_default().to_owned();
        let visits = memory::get::<u64>(Scope::Customer, "visits").unwrap_or(0) + 1;
        let all = memory::get::<u64>(Scope::Plugin, "all").unwrap_or(0) + 1;
        let mut effects = Effects::from(remember(Scope::Customer, "visits", &visits))
            .and(remember(Scope::Plugin, "all", &all))
            .and(remember(Scope::Plugin, "seen", &seen));
        for word in text.split_whitespace() {
            effects = match word {
                "card" => effects.and(
                    Suggestion::new(format!("{} {visits}", settings.greeting))
                        .because("They came.", [&visit]),
                ),
                "tell" => effects.and(Suggestion::new(seen).because("They came.", [&visit])),
                "ask" => effects.and(Question::new("why", "Why?").because("They came.", [&visit])),
                "task" => effects.and(Task::new("desk", "Look").because("They came.", [&visit])),
                "write" => effects.and(
                    Message::new(Purpose::Care, visit.id.as_str(), "Thank you")
                        .body("For coming")
                        .value("to be thanked")
                        .channels(["email"])
                        .because("you came", [&visit]),
                ),
                "wake" => effects.and(wake("later", visit.occurred_at + 90 * 86_400_000, &true)),
                // Another version has to know what to do with it.
                "poison" | "bomb" | "flood" => effects.and(remember(Scope::Customer, word, &true)),
                _ => effects,
            };
        }
        Ok(effects)
    }
}
