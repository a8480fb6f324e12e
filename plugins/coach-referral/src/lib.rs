//! Comes often, gets no closer to the goal they stated: introduce a trainer, with the visits and
//! the measurements that show it. No goal stated: ask once, and invent none.

mod goal;
mod settings;
mod verdict;
mod why;

use regulars_sdk::history;
use regulars_sdk::{
    Action, Context, CustomerField, EffectKind, Effects, Event, Failure, Input, Interaction,
    Manifest, Outcome, Plugin, Question, Reply, Scope, Suggestion, log, memory, remember,
};

pub use settings::Settings;
use verdict::{Picture, Verdict, look};
use why::{Why, WhyInput};

/// The plugin.
pub struct CoachReferral;

regulars_sdk::export!(CoachReferral);

/// Customer's memory: the moment of the last referral.
const REFERRED: &str = "referred-at";
/// Customer's memory: that the question was put.
const ASKED: &str = "asked-goal";
/// Customer's memory: the answer, as stated.
const TRAINING_FOR: &str = "training-for";
const QUESTION: &str = "training-for";

impl Plugin for CoachReferral {
    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Coach referral")
            .summary("Introduces a trainer to those who come often and get no closer to the goal they stated.")
            .reads_field(CustomerField::GivenName, "to name them on the card")
            .reads_history(["visit"], 90, "to see who comes often")
            .reads_history(["measurement", "note"], 365, "to compare what is measured with the goal they stated")
            .proposes(EffectKind::Suggest, "a card to introduce a trainer")
            .proposes(EffectKind::Ask, "to ask what they train for, where nobody knows")
            .proposes(EffectKind::Remember, "not to repeat itself")
            .subscribes_to_interactions(["visit", "measurement"])
            .subscribes("question.answered")
            .action(
                Action::new::<WhyInput, Why>("why", "Why a trainer, or why not")
                    .summary("The visits, the goal and the measurements it sees, and what follows from them."),
            )
            .settings::<Settings>()
            .outcome(Outcome::new("booking", "booked a session within 14 days", "booking", 14))
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        match event {
            Event::InteractionRecorded(_) => {
                let settings: Settings = cx.settings()?;
                // Most customers end here, and cost a number only.
                if history::count(verdict::visits(cx, &settings)) < settings.visits {
                    return Ok(Effects::none());
                }
                let picture = look(cx, &settings);
                log::info!("{}", picture.why);
                Ok(match picture.verdict {
                    Verdict::Refer => refer(cx, &settings, &picture)?,
                    Verdict::NoGoal if settings.ask_for_goal => ask(cx, &settings, &picture),
                    Verdict::NoGoal | Verdict::Leave => Effects::none(),
                })
            }
            Event::QuestionAnswered(it) if it.id == QUESTION && !it.answer.trim().is_empty() => {
                Ok(remember(Scope::Customer, TRAINING_FOR, it.answer.trim()).into())
            }
            _ => Ok(Effects::none()),
        }
    }

    fn act(cx: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        if action != "why" {
            return Err(Failure::no_such_action(action));
        }
        why::act(cx, &input.read()?)
    }
}

fn refer(cx: &Context, settings: &Settings, picture: &Picture) -> Result<Effects, Failure> {
    let name = cx.customer()?.name_or("them");
    let mut body = format!(
        "They work for it: {}. A trainer could look at the plan with them.",
        picture.why
    );
    if let Some(what) = memory::get::<String>(Scope::Customer, TRAINING_FOR) {
        body += &format!(" They train for: “{what}”.");
    }
    if !settings.reading.trim().is_empty() {
        body += &format!(" To read: {}", settings.reading.trim());
    }
    let measured = picture.measured.iter().flat_map(|it| &it.evidence);
    let visits = newest(cx, settings);
    let card = Suggestion::new(format!("Introduce {name} to a trainer"))
        .body(body)
        .action("why")
        .because(format!("{}.", picture.why), measured.chain(&visits));
    Ok(Effects::from(card).and(remember(Scope::Customer, REFERRED, &cx.now)))
}

fn ask(cx: &Context, settings: &Settings, picture: &Picture) -> Effects {
    let known = memory::get::<bool>(Scope::Customer, ASKED).is_some();
    if known || memory::get::<String>(Scope::Customer, TRAINING_FOR).is_some() {
        return Effects::none();
    }
    let question = Question::new(QUESTION, "What are you training for at the moment?")
        .because(format!("{}.", picture.why), newest(cx, settings));
    Effects::from(question).and(remember(Scope::Customer, ASKED, &true))
}

/// Enough visits to show that they come often.
fn newest(cx: &Context, settings: &Settings) -> Vec<Interaction> {
    history::recent(verdict::visits(cx, settings).limit(12))
}
