//! Introduces a trainer to customers who come often without progress towards their stated goal. The evidence is their
//! visits and measurements. The plugin asks once for a missing goal, and never invents one.

use regulars_sdk::{history::Filter, progress::Goal, progress::Measured, progress::Verdict, *};

pub struct CoachReferral;
export!(CoachReferral);

/// Key in the customer's memory: the instant of the last referral.
const REFERRED: &str = "referred-at";
/// Key in the customer's memory: the answer, as stated. It is also the question's id.
const TRAINING_FOR: &str = "training-for";

settings! {
    /// When a trainer would help.
    pub struct Settings {
        /// Coming often is at least so many visits…
        visits: u32[1..=200] = 12,
        /// … in so many days.
        visit_days: u32[1..=90] = 30,
        /// How many days of measurements are compared, the first with the last.
        measured_days: u32[28..=365] = 90,
        /// The first and last measurement lie at least so many days apart; less says nothing.
        min_days: u32[28..=365] = 28,
        /// Progress is at least so many percent of the way from the first measurement to the goal.
        min_progress_percent: u32[0..=100] = 10,
        /// After a referral, none for so many days.
        pause_days: u32[1..=3650] = 60,
        /// A link to something worth reading, to go with the introduction; empty for none.
        reading: String = String::new(),
        /// Ask those who come often and stated no goal what they are training for, once.
        ask_for_goal: bool = true,
    }
}

#[derive(Deserialize, JsonSchema)]
struct WhyInput {}

/// What the plugin sees, and what follows from it.
#[derive(Serialize, JsonSchema)]
struct Why {
    visits: u32,
    visit_days: u32,
    /// The goal that was stated last, if any.
    goal: Option<Goal>,
    /// What they said they train for, when asked.
    training_for: Option<String>,
    #[serde(flatten)]
    measured: Measured,
    would_refer: bool,
    why: String,
}

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
        let settings: Settings = cx.settings()?;
        if let Event::QuestionAnswered(it) = event {
            let answer = it.answer_to(TRAINING_FOR);
            let kept = answer.map(|it| remember(Scope::Customer, TRAINING_FOR, it));
            return Ok(Effects::some_or(kept, "no answer to our question"));
        }
        // Most calls end here, so they cost only a count.
        if history::count(visits(cx, &settings)) < settings.visits {
            return Ok(Effects::none());
        }
        let seen = look(cx, &settings);
        Ok(Effects::ok_or_log(match seen.goal {
            Some(_) if seen.would_refer => Ok(refer(cx, &settings, &seen)),
            Some(_) => Err(seen.why),
            None => ask(cx, &settings, &seen).ok_or(seen.why),
        }))
    }

    fn act(cx: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        let WhyInput {} = input.read_for(action, "why")?;
        Reply::new(&look(cx, &cx.settings()?))
    }
}

/// Returns the filter for visits in the last `visit_days` days.
fn visits(cx: &Context, settings: &Settings) -> Filter {
    Filter::kind("visit").since(cx.days_ago(settings.visit_days))
}

/// Returns the visible facts and their assessment.
fn look(cx: &Context, settings: &Settings) -> Why {
    let visits = history::count(visits(cx, settings));
    let progress = progress::to_stated_goal(cx.days_ago(settings.measured_days));
    let (verdict, went) = progress.verdict(settings.min_days, settings.min_progress_percent);
    let referred = memory::within_days(cx, Scope::Customer, REFERRED, settings.pause_days);
    let came = format!("{visits} visits in {} days", settings.visit_days);
    let (would_refer, why) = match (verdict, referred) {
        _ if visits < settings.visits => (false, format!("{came}; {} are often", settings.visits)),
        (Verdict::NoGoal, _) => (false, format!("{came}, and {went}")),
        (Verdict::Stuck, Some(ago)) => (false, format!("suggested {ago} days ago already: {went}")),
        (Verdict::Stuck, None) => (true, format!("{came}, and {went}")),
        _ => (false, went),
    };
    Why {
        visits,
        visit_days: settings.visit_days,
        goal: progress.goal,
        training_for: memory::get(Scope::Customer, TRAINING_FOR),
        measured: progress.measured,
        would_refer,
        why,
    }
}

fn refer(cx: &Context, settings: &Settings, seen: &Why) -> Effects {
    let what = text::between(" They train for: “", seen.training_for.as_deref(), "”.");
    let reading = text::between(" To read: ", Some(&settings.reading), "");
    let help = "A trainer could look at the plan with them.";
    let newest = history::evidence(visits(cx, settings));
    let reason = format!("{}.", seen.why);
    let card = Suggestion::new(format!("Introduce {} to a trainer", cx.name_or("them")))
        .body(format!("They work for it: {reason} {help}{what}{reading}"))
        .action("why")
        .because(reason, seen.measured.evidence.iter().chain(&newest));
    Effects::from(card).and(remember(Scope::Customer, REFERRED, &cx.now))
}

fn ask(cx: &Context, settings: &Settings, seen: &Why) -> Option<Effects> {
    let wanted = settings.ask_for_goal && seen.training_for.is_none();
    let asked = memory::once(Scope::Customer, "asked-goal").filter(|_| wanted)?;
    let newest = history::evidence(visits(cx, settings));
    let question = Question::new(TRAINING_FOR, "What are you training for at the moment?")
        .because(format!("{}.", seen.why), newest);
    Some(Effects::from(question).and(asked))
}
