//! Asks the customer once, in person, about a striking habit, and remembers the answer as stated. Data shows a habit,
//! but not its reason.

use regulars_sdk::*;

pub struct AskOnce;
export!(AskOnce);

/// Key in the customer's memory: the question that was asked.
const ASKED: &str = "asked";
/// Key in the customer's memory: the answer, as stated.
const STATED: &str = "stated";
/// The number of newest interactions in which the plugin looks for a habit. Reading more would make every call slower.
const ENOUGH: u32 = 60;

settings! {
    /// What is striking enough to ask about.
    pub struct Settings {
        /// Ask about a category that someone buys nearly always.
        ask_about_purchases: bool = true,
        /// It takes at least so many purchases of which the category is known.
        min_purchases: u32[2..=60] = 6,
        /// Nearly always is at least so many percent of what they bought.
        category_percent: u32[51..=100] = 80,
        /// Ask about a time of the week at which someone comes nearly always.
        ask_about_visits: bool = true,
        /// It takes at least so many visits.
        min_visits: u32[2..=60] = 8,
        /// Nearly always is at least so many percent of the visits.
        same_time_percent: u32[51..=100] = 80,
        /// The same time is so many hours earlier or later.
        same_time_hours: u32[1..=12] = 2,
        /// A label for customers who answered; empty for none.
        tag: String = String::new(),
    }
}

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
            .newest(ENOUGH)
            .reads_history(["visit"], 180, "to see whether they come at one time of the week")
            .newest(ENOUGH)
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
        let (settings, asked) = (cx.settings()?, memory::get(Scope::Customer, ASKED));
        let proposed = match (event, asked) {
            (Event::InteractionRecorded(it), None) if it.is_inbound() => ask(cx, &settings, &it),
            (Event::QuestionAnswered(it), Some(asked)) => keep(cx, &settings, &asked, it),
            _ => None,
        };
        let silent = "asked before, nothing striking, or no answer to our question";
        Ok(Effects::some_or(proposed, silent))
    }

    fn act(_: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        let AnswerInput {} = input.read_for(action, "answer")?;
        Reply::new(&Answer {
            asked: memory::get(Scope::Customer, ASKED),
            stated: memory::get(Scope::Customer, STATED),
        })
    }
}

/// Returns the question about a striking habit. Returns `None` if there is no such habit.
fn ask(cx: &Context, settings: &Settings, now: &Interaction) -> Option<Effects> {
    let (id, question, habit) = match now.kind.as_str() {
        "purchase" if settings.ask_about_purchases => {
            let bought = habit::purchases(settings.min_purchases, ENOUGH)?;
            let habit = habit::category(&bought)?.at_least(settings.category_percent)?;
            let what = &habit.what;
            let question =
                format!("You often choose {what}. May we ask what makes it the one for you?");
            ("why-category", question, habit)
        }
        "visit" if settings.ask_about_visits => {
            let visits = history::inbound("visit", settings.min_visits, ENOUGH)?;
            let habit = habit::time_of_week(&visits, settings.same_time_hours)?
                .at_least(settings.same_time_percent)?;
            let question = "You nearly always come at the same time of the week. May we ask what makes it yours?";
            ("why-time", question.to_owned(), habit)
        }
        _ => return None,
    };
    let asked = Asked {
        id: id.to_owned(),
        question,
        on: cx.today.to_string(),
    };
    let question = Question::new(id, &asked.question).because(habit.reason, habit.evidence);
    Some(Effects::from(question).and(remember(Scope::Customer, ASKED, &asked)))
}

/// Returns the memory of the answer, as stated, and the tag if one is set. Returns `None` for an answer to another
/// question.
fn keep(cx: &Context, settings: &Settings, asked: &Asked, it: Answered) -> Option<Effects> {
    let stated = Stated {
        answer: it.answer_to(&asked.id)?.to_owned(),
        on: cx.today.to_string(),
        interaction: it.interaction,
    };
    let mut effects = Effects::from(remember(Scope::Customer, STATED, &stated));
    effects.extend(text::some(&settings.tag).map(tag));
    Some(effects)
}
