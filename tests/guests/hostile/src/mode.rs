use std::hint::black_box;

use regulars_sdk::{
    Because, Effect, Effects, Entry, Failure, Interaction, Level, Message, Purpose, Reply, Scope,
    Suggestion,
    history::{self, Filter},
    log, memory, propose_level, remember, tag, wake,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Settings;

/// A habit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A suggestion that cites the event's interaction.
    #[default]
    Ok,
    /// Cites an interaction that there is not.
    ForgedEvidence,
    /// Cites the interaction that the settings name.
    OtherEvidence,
    /// A message, which its manifest does not propose.
    Ungranted,
    /// Never returns.
    Loop,
    /// Takes memory until there is no more.
    MemoryBomb,
    Panic,
    Unreachable,
    /// A body of 64 MiB.
    Oversized,
    /// A million memories.
    ManyEffects,
    /// Logs without end.
    LogFlood,
    /// Logs what a terminal would obey.
    LogEscape,
    /// A suggestion without a reason.
    EmptyReason,
    /// A suggestion without evidence.
    NoEvidence,
    Retry,
    Permanent,
    /// A good suggestion, and one with forged evidence.
    Mixed,
    /// Records an interaction for each one that it sees, its own among them.
    Chain,
    DeepJson,
    DeepTimer,
    Hoard,
    RaiseLevel,
    /// Records a kind that its manifest does not propose.
    UngrantedRecord,
    /// Takes every remark for a complaint.
    Complain,
    /// Counts in the customer's memory.
    RememberCount,
    /// Counts in the plugin's memory.
    RememberPluginCount,
    /// Calls itself until the stack is full.
    DeepRecursion,
    /// Asks the host the same without end.
    LoopCalling,
    /// Writes another customer's id, which `evidence` in the settings is, wherever an id may stand.
    ForgedCustomer,
    LongKey,
    LargeValue,
    LongTitle,
    /// More memory at once than it may have.
    HoardAtOnce,
    EscapeKey,
    EscapeTag,
    ManyEvidence,
    NoSuchAction,
    /// A timer in six years, and in a million.
    FarTimer,
    FarthestTimer,
    /// Wakes itself at once, whenever it is woken.
    WakeAgain,
    /// So too, and records ten interactions each time.
    WakeAndRecord,
    /// More timers at once than it may have.
    ManyTimers,
    /// A timer in an hour, beside those that are set.
    AnotherTimer,
    /// Records a dozen interactions for each one that it sees, its own among them.
    Branch,
}

impl Mode {
    /// As the answer of an action, where a mode is one.
    pub fn answer(self) -> Result<Reply, Failure> {
        let fine = || Reply::new(&serde_json::json!({ "text": "hello" }));
        match self {
            Mode::Ok => fine(),
            Mode::Retry => Err(Failure::retry("not today")),
            Mode::Permanent => Err(Failure::permanent("not ever")),
            Mode::Panic => panic!("the guest panics"),
            Mode::Unreachable => unreachable(),
            Mode::Loop => forever(),
            Mode::LoopCalling => call_forever(),
            Mode::LogFlood => log_forever(),
            Mode::MemoryBomb => take_all_memory(),
            Mode::DeepRecursion => Reply::new(&deeper(black_box(u64::MAX))),
            Mode::Oversized => Reply::new(&serde_json::json!({ "text": "x".repeat(1_200_000) })),
            Mode::DeepJson => Reply::new(&deep()),
            Mode::ManyEffects => (0..101).fold(fine(), |reply, n| {
                Ok(reply?.and(remember(Scope::Plugin, format!("{n}"), &n)))
            }),
            // There is no customer whom it could concern.
            _ => Ok(fine()?.and(tag("vip"))),
        }
    }

    pub fn act_out(self, settings: &Settings, it: &Interaction) -> Result<Effects, Failure> {
        let forged = "01890000-0000-7000-8000-000000000000";
        Ok(match self {
            Mode::Ok => card(&it.id).into(),
            Mode::ForgedEvidence => card(forged).into(),
            Mode::OtherEvidence => card(&settings.evidence).into(),
            Mode::Mixed => Effects::from(card(&it.id)).and(card(forged)),
            Mode::EmptyReason => Suggestion::new("Hello").because(" ", [it]).into(),
            Mode::NoEvidence => Suggestion::new("Hello").because("So.", [""; 0]).into(),
            Mode::Ungranted => Message::new(Purpose::Offer, "offer", "Buy this")
                .body("Now.")
                .value("None.")
                .because("They came.", [it])
                .into(),
            Mode::Oversized => card(&it.id).body("x".repeat(64 << 20)).into(),
            Mode::ManyEffects => (0..1_000_000)
                .map(|n| remember(Scope::Customer, format!("{n}"), &n))
                .collect(),
            Mode::DeepJson => remember(Scope::Customer, "deep", &deep()).into(),
            Mode::DeepTimer => wake("deep", it.occurred_at + 120_000, &deep()).into(),
            Mode::LongKey => remember(Scope::Customer, "k".repeat(129), &1).into(),
            Mode::LargeValue => remember(Scope::Customer, "large", &"v".repeat(17 << 10)).into(),
            Mode::LongTitle => Suggestion::new("t".repeat(201))
                .because("They came.", [it])
                .into(),
            Mode::EscapeKey => remember(Scope::Customer, "\x1b[2Jkey", &1).into(),
            Mode::EscapeTag => tag("vip\u{202e}piv").into(),
            Mode::ManyEvidence => Suggestion::new("Say hello")
                .because("They came.", (0..201).map(|_| it.id.clone()))
                .into(),
            Mode::NoSuchAction => card(&it.id).action("<script>").into(),
            Mode::ForgedCustomer => Effects::from(tag(settings.evidence.clone()))
                .and(remember(
                    Scope::Customer,
                    settings.evidence.clone(),
                    &settings.evidence,
                ))
                .and(
                    Entry::internal("hostile/echo")
                        .body(settings.evidence.clone())
                        .data(&serde_json::json!({
                            "customer": settings.evidence, "customer_id": settings.evidence,
                        })),
                ),
            Mode::FarTimer => wake("far", it.occurred_at + 6 * YEAR, &1).into(),
            Mode::FarthestTimer => wake("farthest", it.occurred_at + 1_000_000 * YEAR, &1).into(),
            Mode::WakeAgain | Mode::WakeAndRecord => wake_again().into(),
            Mode::ManyTimers => (0..21)
                .map(|n| wake(format!("{n}"), it.occurred_at + HOUR, &1))
                .collect(),
            Mode::AnotherTimer => wake(it.id.clone(), it.occurred_at + HOUR, &1).into(),
            Mode::Branch => echoes(12).collect(),
            Mode::HoardAtOnce => (0..90)
                .map(|n| remember(Scope::Customer, format!("{n}"), &"x".repeat(800)))
                .collect(),
            Mode::Hoard => (0..20)
                .map(|n| remember(Scope::Customer, format!("{} {n}", it.id), &"x".repeat(500)))
                .collect(),
            Mode::RaiseLevel => {
                propose_level(Level::High, Because::new("They like us.", [it])).into()
            }
            Mode::Chain => Entry::internal("hostile/echo").body("again").into(),
            Mode::UngrantedRecord => Entry::inbound("purchase").body("never happened").into(),
            Mode::Complain if it.kind == "feedback" => Entry::inbound("complaint").into(),
            Mode::Complain => Effects::none(),
            Mode::RememberCount => count(Scope::Customer),
            Mode::RememberPluginCount => count(Scope::Plugin),
            Mode::LogEscape => {
                log::warn!("\x1b[2J\x1b]0;owned\x07 cleared\r\nforged line\u{202e} backwards\0");
                card(&it.id).into()
            }
            Mode::Retry => return Err(Failure::retry("not today")),
            Mode::Permanent => return Err(Failure::permanent("not ever")),
            Mode::Panic => panic!("the guest panics about {}", it.id),
            Mode::Unreachable => unreachable(),
            Mode::Loop => forever(),
            Mode::LoopCalling => call_forever(),
            Mode::LogFlood => log_forever(),
            Mode::MemoryBomb => take_all_memory(),
            Mode::DeepRecursion => {
                log::info!("{} deep", deeper(black_box(u64::MAX)));
                Effects::none()
            }
        })
    }
}

/// In milliseconds.
const HOUR: i64 = 3_600_000;
const YEAR: i64 = 366 * 24 * HOUR;

/// As soon as can be.
pub fn wake_again() -> Effect {
    wake("again", 0, &1)
}

pub fn echoes(most: usize) -> impl Iterator<Item = Effect> {
    (0..most).map(|n| Effect::from(Entry::internal("hostile/echo").body(format!("{n}"))))
}

fn card(evidence: &str) -> Suggestion {
    Suggestion::new("Say hello")
        .body("By name.")
        .because("They came.", [evidence])
}

fn count(scope: Scope) -> Effects {
    let seen = memory::get::<u64>(scope, "count").unwrap_or(0);
    remember(scope, "count", &(seen + 1)).into()
}

fn forever() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

fn call_forever() -> ! {
    loop {
        black_box(history::count(Filter::all()));
        black_box(memory::get::<u64>(Scope::Plugin, "none"));
    }
}

fn log_forever() -> ! {
    loop {
        log::info!("{}", "flood ".repeat(100));
    }
}

fn take_all_memory() -> ! {
    loop {
        std::mem::forget(black_box(vec![1_u8; 1 << 20]));
    }
}

fn unreachable() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

/// Every frame holds memory of the stack, so it cannot become a loop.
fn deeper(depth: u64) -> u64 {
    if depth == 0 {
        return 0;
    }
    let frame = black_box([depth; 64]);
    deeper(depth - 1) + black_box(frame)[0]
}

/// Arrays in arrays, as deep as a reader of JSON takes.
fn deep() -> serde_json::Value {
    (0..126).fold(serde_json::Value::Null, |inner, _| {
        serde_json::Value::Array(vec![inner])
    })
}
