//! The data shows what, not why: ask, once and in person, and remember the answer as stated.

mod pattern;
mod settings;

use regulars_sdk::{
    Action, Answered, Caller, Context, EffectKind, Effects, Event, Failure, Input, Manifest,
    Outcome, Plugin, Question, Reply, Scope, log, memory, remember, tag,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use pattern::Pattern;
pub use settings::Settings;

/// The plugin.
pub struct AskOnce;

regulars_sdk::export!(AskOnce);

/// Customer's memory: the question, from the moment that it was put.
const ASKED: &str = "asked";
/// Customer's memory: the answer, as stated.
const STATED: &str = "stated";

/// The question that was put.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Asked {
    id: String,
    question: String,
    /// `YYYY-MM-DD`
    on: String,
}

/// What the customer said.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Stated {
    answer: String,
    /// `YYYY-MM-DD`
    on: String,
    /// The interaction that holds the answer.
    interaction: String,
}

#[derive(Deserialize, JsonSchema)]
struct AnswerInput {}

/// What was asked and stated so far.
#[derive(Serialize, JsonSchema)]
struct Answer {
    asked: Option<Asked>,
    stated: Option<Stated>,
}

impl Plugin for AskOnce {
    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Ask once")
            .summary("Asks, once and in person, why a customer does what the data shows, and remembers the answer as stated.")
            .reads_history(["purchase"], 180, "to see what they buy nearly always")
            .newest(pattern::ENOUGH)
            .reads_history(["visit"], 180, "to see whether they come at one time of the week")
            .newest(pattern::ENOUGH)
            .proposes(EffectKind::Ask, "the one question")
            .proposes(EffectKind::Remember, "to ask it once, and to keep the answer as stated")
            .proposes(EffectKind::Tag, "to label those who answered, where you set a label")
            .subscribes_to_interactions(["visit", "purchase"])
            .subscribes("question.answered")
            .action(
                Action::new::<AnswerInput, Answer>("answer", "What they told us")
                    .summary("The question that was put to this customer, and the answer as stated.")
                    .callers([Caller::Staff, Caller::App]),
            )
            .settings::<Settings>()
            .outcome(Outcome::new("visit", "came back within 30 days", "visit", 30))
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let settings: Settings = cx.settings()?;
        match event {
            Event::InteractionRecorded(it) if it.is_inbound() => {
                if memory::get::<Asked>(Scope::Customer, ASKED).is_some() {
                    return Ok(Effects::none());
                }
                Ok(match pattern(&settings, &it.kind) {
                    Some(pattern) => ask(cx, pattern),
                    None => {
                        log::debug!("nothing striking about the {}s", it.kind);
                        Effects::none()
                    }
                })
            }
            Event::QuestionAnswered(it) => Ok(keep(cx, &settings, it)),
            _ => Ok(Effects::none()),
        }
    }

    fn act(_: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        if action != "answer" {
            return Err(Failure::no_such_action(action));
        }
        let AnswerInput {} = input.read()?;
        Reply::new(&Answer {
            asked: memory::get(Scope::Customer, ASKED),
            stated: memory::get(Scope::Customer, STATED),
        })
    }
}

fn pattern(settings: &Settings, kind: &str) -> Option<Pattern> {
    match kind {
        "purchase" if settings.ask_about_purchases => pattern::category(settings),
        "visit" if settings.ask_about_visits => pattern::time_of_week(settings),
        _ => None,
    }
}

fn ask(cx: &Context, pattern: Pattern) -> Effects {
    let asked = Asked {
        id: pattern.id.to_owned(),
        question: pattern.question.clone(),
        on: cx.today.to_string(),
    };
    let question = Question::new(pattern.id, pattern.question)
        .because(pattern.reason, pattern.evidence.iter().take(12));
    Effects::from(question).and(remember(Scope::Customer, ASKED, &asked))
}

fn keep(cx: &Context, settings: &Settings, it: Answered) -> Effects {
    let asked = memory::get::<Asked>(Scope::Customer, ASKED);
    let answer = it.answer.trim();
    if answer.is_empty() || asked.is_none_or(|asked| asked.id != it.id) {
        log::info!("no answer to a question of ours");
        return Effects::none();
    }
    let stated = Stated {
        answer: answer.to_owned(),
        on: cx.today.to_string(),
        interaction: it.interaction,
    };
    let mut effects = Effects::from(remember(Scope::Customer, STATED, &stated));
    if !settings.tag.trim().is_empty() {
        effects.push(tag(settings.tag.trim()));
    }
    effects
}
