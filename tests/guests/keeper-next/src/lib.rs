//! A guest with a life: the version that takes the other's place. It asks for more, and remembers otherwise.

use regulars_sdk::migrate::Entries;
use regulars_sdk::{
    Context, CustomerField, EffectKind, Effects, Event, Failure, Manifest, Migrate, Plugin,
    Schedule, Scope, Suggestion, memory, remember,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The plugin.
pub struct Keeper;

regulars_sdk::export!(Keeper, migrate);

regulars_sdk::settings! {
    /// What it says, and what it must not know.
    pub struct Settings {
        /// How it begins.
        pub greeting: String = "Hello".to_owned(),
        /// Of a service that it might use.
        #[schemars(extend("writeOnly" = true))]
        pub key: Option<String> = None,
    }
}

/// What it remembers of a customer.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Count {
    visit: u64,
    #[serde(default)]
    purchase: u64,
}

impl Plugin for Keeper {
    fn manifest() -> Manifest {
        Manifest::new("keeper", "2.0.0")
            .title("Keeper")
            .summary("Counts visits and purchases.")
            .settings::<Settings>()
            .reads_field(CustomerField::Birthday, "to know who is old enough")
            .reads_history(["visit"], 365, "to count a whole year")
            .reads_history(["purchase"], 365, "to count them")
            .proposes(EffectKind::Remember, "to count")
            .proposes(EffectKind::Suggest, "to tell how often they came")
            .proposes(EffectKind::Ask, "to know why")
            .proposes(EffectKind::Task, "to have it looked at")
            .proposes(EffectKind::Message, "to thank them")
            .proposes(EffectKind::Wake, "to look again")
            .proposes(EffectKind::Tag, "to mark regulars")
            .subscribes_to_interactions(["visit", "purchase"])
            .schedule(Schedule::daily("round", "03:00", "to look again"))
    }

    fn handle(_: &Context, event: Event) -> Result<Effects, Failure> {
        let Event::InteractionRecorded(it) = event else {
            return Ok(Effects::none());
        };
        let mut count: Count = memory::get(Scope::Customer, "count").unwrap_or_default();
        match it.kind.as_str() {
            "visit" => count.visit += 1,
            _ => count.purchase += 1,
        }
        let title = format!("{} visits", count.visit);
        let mut effects = Effects::from(remember(Scope::Customer, "count", &count));
        if it.text() == Some("card") {
            effects = effects.and(Suggestion::new(title).because("They came.", [&it]));
        }
        Ok(effects)
    }
}

impl Migrate for Keeper {
    fn migrate(from: &str, scope: Scope, mut entries: Entries) -> Result<Entries, String> {
        if !from.starts_with("1.") {
            return Ok(entries);
        }
        if entries.contains_key("poison") {
            return Err("poison is not for this version".to_owned());
        }
        assert!(!entries.contains_key("bomb"), "a bomb was remembered");
        if entries.contains_key("flood") {
            return Ok((0..1000).map(|n| (format!("key {n}"), json!(n))).collect());
        }
        match scope {
            Scope::Customer => {
                if let Some(visits) = entries.remove("visits") {
                    entries.insert("count".to_owned(), json!({ "visit": visits }));
                }
            }
            Scope::Plugin => {
                if let Some(all) = entries.remove("all") {
                    entries.insert("total".to_owned(), all);
                }
            }
        }
        Ok(entries)
    }
}
