//! A guest whose memory tells whether an event was missed, seen twice, or seen out of its order.

use regulars_sdk::{
    Context, EffectKind, Effects, Entry, Event, Failure, Manifest, Plugin, Schedule, Scope, Task,
    memory, remember,
};
use serde::{Deserialize, Serialize};

/// The plugin.
pub struct Counter;

regulars_sdk::export!(Counter);

/// Where it keeps what it saw of a customer.
pub const SEEN: &str = "seen";
/// Where it counts how often the clock called it for a customer.
pub const DUE: &str = "due";
/// Where it counts the purchases of everybody.
pub const PURCHASES: &str = "purchases";
/// The kind of the entries that it appends, one for each interaction.
pub const ENTRY: &str = "counter/seen";
/// Group keys of its tasks, one for each purchase, start with it and end with the purchase's id.
pub const TASK: &str = "purchase:";

/// How many ids are kept as they are.
const LAST: usize = 5;

/// What it saw of a customer: the digest depends on every id and on their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// How many.
    pub count: u64,
    /// FNV-1a over all ids, in order.
    pub digest: u64,
    /// The last few ids.
    pub last: Vec<String>,
}

impl Seen {
    /// Takes note of one more.
    pub fn add(&mut self, id: &str) {
        self.count += 1;
        for byte in id.bytes() {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.last.push(id.to_owned());
        if self.last.len() > LAST {
            self.last.remove(0);
        }
    }
}

impl Plugin for Counter {
    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Counter")
            .summary("Keeps count of what it is called for.")
            .reads_history(["visit", "purchase"], 1, "to be told of them")
            .newest(1)
            .proposes(EffectKind::Remember, "to count")
            .proposes(EffectKind::Task, "to have an effect for each purchase")
            .proposes_records([ENTRY], "to have an effect for each interaction")
            .subscribes_to_interactions(["visit", "purchase"])
            .schedule(Schedule::daily("round", "03:00", "to count everybody"))
    }

    fn handle(_: &Context, event: Event) -> Result<Effects, Failure> {
        let interaction = match event {
            Event::InteractionRecorded(interaction) => interaction,
            Event::ScheduleDue(_) => {
                let due = memory::get::<u64>(Scope::Customer, DUE).unwrap_or(0) + 1;
                return Ok(remember(Scope::Customer, DUE, &due).into());
            }
            _ => return Ok(Effects::none()),
        };
        let mut seen: Seen = memory::get(Scope::Customer, SEEN).unwrap_or_default();
        seen.add(&interaction.id);
        let entry = Entry::internal(ENTRY).members([("of", Some(interaction.id.as_str()))]);
        let mut effects = vec![remember(Scope::Customer, SEEN, &seen), entry.into()];
        if interaction.kind == "purchase" {
            let all = memory::get::<u64>(Scope::Plugin, PURCHASES).unwrap_or(0) + 1;
            effects.push(remember(Scope::Plugin, PURCHASES, &all));
            let task = Task::new("counter", "Look at a purchase")
                .group_key(format!("{TASK}{}", interaction.id))
                .because("It was recorded.", [&interaction]);
            effects.push(task.into());
        }
        Ok(effects.into_iter().collect())
    }
}
