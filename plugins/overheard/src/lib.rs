//! A remark made at the till reaches its owner, with a time to answer in; urgent words make it
//! urgent. When it is closed, the one who heard it is told what became of it, and so is the
//! customer, in person, the next time.

mod record;
mod settings;
mod tell;
mod words;

use regulars_sdk::{
    Action, Context, CustomerField, EffectKind, Effects, Event, Failure, Input, Interaction,
    Manifest, Outcome, Plugin, Reply, Task, instant, log,
};

use record::{RecordInput, Recorded};
pub use settings::Settings;
use words::{clip, heard_by, member, some};

/// The plugin.
pub struct Overheard;

regulars_sdk::export!(Overheard);

/// Group keys start with these, and end with the id of the feedback: they tell the owner's task
/// from the one that tells what became of it, whose closing is the end.
const REMARK: &str = "remark:";
const TELL: &str = "tell:";

impl Plugin for Overheard {
    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Overheard")
            .summary("A remark made at the till reaches its owner, and what became of it comes back to the one who heard it.")
            .reads_field(CustomerField::GivenName, "to name them in the task")
            .reads_history(["feedback"], 365, "to quote the remark when it has been dealt with")
            .proposes(EffectKind::Task, "to bring a remark to its owner, and the answer back")
            .proposes(EffectKind::Suggest, "to tell the customer what became of their remark")
            .proposes(EffectKind::Remember, "to tell it once")
            .proposes_records(["feedback"], "to write down a remark for those who heard it")
            .subscribes_to_interactions(["feedback"])
            .subscribes("task.closed")
            .action(
                Action::new::<RecordInput, Recorded>("record", "Write down a remark")
                    .summary("Keeps what the customer said, and brings it to whoever can do something about it."),
            )
            .settings::<Settings>()
            .outcome(Outcome::new("visit", "came back within 30 days", "visit", 30))
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let settings: Settings = cx.settings()?;
        match event {
            Event::InteractionRecorded(feedback) => pass_on(cx, &settings, &feedback),
            Event::TaskClosed(task) => tell::tell(cx, &settings, &task),
            _ => Ok(Effects::none()),
        }
    }

    fn act(cx: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        match action {
            "record" => record::act(cx, input.read::<RecordInput>()?),
            _ => Err(Failure::no_such_action(action)),
        }
    }
}

/// A remark, for its owner.
fn pass_on(cx: &Context, settings: &Settings, feedback: &Interaction) -> Result<Effects, Failure> {
    let Some(remark) = feedback.text().filter(|_| feedback.is_inbound()) else {
        log::info!("not a remark: it has no words, or is not the customer's");
        return Ok(Effects::none());
    };
    let name = cx.customer()?.name_or("A customer");
    let heard = heard_by(feedback).map_or(String::new(), |who| format!(" Heard by {who}."));
    let urgent = settings.urgent(remark);
    let (role, hours, title) = match urgent {
        Some(word) => (
            some(&settings.urgent_role).unwrap_or("manager"),
            settings.urgent_hours,
            format!("Urgent ({word}): “{}”", clip(remark, 60)),
        ),
        None => (
            settings.owner(member(feedback, "topic").as_deref()),
            settings.sla_hours,
            format!("Answer: “{}”", clip(remark, 60)),
        ),
    };
    let mut task = Task::new(role, title)
        .body(format!("{name} said: “{}”{heard}", clip(remark, 2000)))
        .due(instant::hours_after(cx.now, hours))
        .group_key(format!("{REMARK}{}", feedback.id))
        .because(
            format!("{name} said so; a remark is answered within {hours} hours."),
            [feedback],
        );
    task.urgent = urgent.is_some();
    Ok(task.into())
}
