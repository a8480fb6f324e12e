//! A guest that does whatever its settings name, most of it against the rules: the host has to
//! stand it. `{"mode": "ok"}` behaves.

mod mode;

use regulars_sdk::{
    Action, Context, CustomerField, EffectKind, Effects, Event, Failure, Input, Manifest, Plugin,
    Reply,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use mode::Mode;

/// The plugin.
pub struct Hostile;

regulars_sdk::export!(Hostile);

/// What it is to do.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Settings {
    /// Which of its habits.
    pub mode: Mode,
    /// For `other-evidence`: the interaction to cite. For `forged-customer`: the customer.
    pub evidence: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Echo {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct Misbehave {
    mode: Mode,
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

impl Plugin for Hostile {
    fn manifest() -> Manifest {
        let every_kind = || std::iter::empty::<&str>();
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Hostile")
            .summary("Breaks a rule, to see that it holds.")
            .reads_field(CustomerField::DisplayName, "to have something to read")
            .reads_history(every_kind(), 365, "to have something to cite")
            .proposes(EffectKind::Suggest, "to cite what it should not")
            .proposes(EffectKind::Ask, "to have another that needs evidence")
            .proposes(EffectKind::Task, "to have another that needs evidence")
            .proposes(EffectKind::Remember, "to remember too much")
            .proposes(EffectKind::Wake, "to wake itself")
            .proposes(EffectKind::Tag, "to label everyone")
            .proposes(
                EffectKind::ProposeLevel,
                "to ask for more than anybody wants",
            )
            .proposes_records(
                ["hostile/echo", "complaint"],
                "to cause events without end, and hold back what others write",
            )
            .subscribes_to_interactions(every_kind())
            .action(
                Action::new::<Echo, Echo>("echo", "Echo")
                    .summary("Says it back.")
                    .about_no_customer(),
            )
            .action(
                Action::new::<Nothing, Echo>("lie", "Lie")
                    .summary("Answers what its schema rules out.")
                    .about_no_customer(),
            )
            .action(
                Action::new::<Misbehave, Echo>("misbehave", "Misbehave")
                    .summary("Does what its mode says.")
                    .about_no_customer(),
            )
            .settings::<Settings>()
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let settings: Settings = cx.settings()?;
        match event {
            Event::TimerDue(_) if settings.mode == Mode::WakeAgain => Ok(mode::wake_again().into()),
            Event::TimerDue(_) if settings.mode == Mode::WakeAndRecord => {
                Ok(mode::echoes(10).chain([mode::wake_again()]).collect())
            }
            Event::InteractionRecorded(it) => settings.mode.act_out(&settings, &it),
            _ => Ok(Effects::none()),
        }
    }

    fn act(_: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        match action {
            "echo" => Reply::new(&input.read::<Echo>()?),
            "lie" => Reply::new(&serde_json::json!({"text": 7, "truth": false})),
            "misbehave" => input.read::<Misbehave>()?.mode.answer(),
            _ => Err(Failure::no_such_action(action)),
        }
    }
}
