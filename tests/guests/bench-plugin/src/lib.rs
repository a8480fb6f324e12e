//! A guest that does what a plugin usually does: it reads ten interactions and a memory, and
//! returns two effects. The same work is a plain function, to be measured without a sandbox.

use regulars_sdk::history::{self, Filter};
use regulars_sdk::{
    Context, CustomerField, Effect, EffectKind, Effects, Event, Failure, Interaction, Manifest,
    Plugin, Scope, Suggestion, memory, remember,
};
use serde::Deserialize;

/// The plugin.
pub struct Bench;

regulars_sdk::export!(Bench);

/// How many of the newest interactions it reads.
pub const INTERACTIONS: u32 = 10;
/// The key that it counts under, in the customer's memory.
pub const COUNTER: &str = "seen";

impl Plugin for Bench {
    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Bench")
            .summary("Does a usual amount of work, to be measured.")
            .reads_field(CustomerField::GivenName, "to name them on a card")
            .reads_history(["visit", "purchase"], 365, "to count them")
            .newest(INTERACTIONS)
            .proposes(EffectKind::Suggest, "to return an effect")
            .proposes(EffectKind::Remember, "to return another")
            .subscribes_to_interactions(["visit"])
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let Event::InteractionRecorded(visit) = event else {
            return Ok(Effects::none());
        };
        let recent = history::recent(Filter::all().limit(INTERACTIONS));
        let seen = memory::get::<u64>(Scope::Customer, COUNTER);
        let name = cx.customer()?.name_or("They");
        Ok(native(name, &visit, &recent, seen).into_iter().collect())
    }
}

#[derive(Deserialize)]
struct Amount {
    amount: f64,
}

/// What the plugin does, on plain data: nothing here knows of a sandbox.
pub fn native(
    name: &str,
    event: &Interaction,
    recent: &[Interaction],
    seen: Option<u64>,
) -> [Effect; 2] {
    let amounts = recent.iter().filter_map(|it| it.data_as::<Amount>());
    let spent: f64 = amounts.map(|it| it.amount).sum();
    let count = recent.len();
    let seen = seen.unwrap_or(0) + 1;
    let newest = recent.first().unwrap_or(event);
    let card = Suggestion::new(format!("{name} is here"))
        .body(format!("{count} times lately, {spent:.2} spent."))
        .because(format!("Visit number {seen} that we saw."), [newest]);
    [card.into(), remember(Scope::Customer, COUNTER, &seen)]
}
