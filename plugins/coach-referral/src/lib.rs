//! Comes often, gets no closer to the goal they stated: introduce a trainer, with the visits and
//! the measurements that show it. No goal stated: ask once, and invent none.

use regulars_sdk::{history::Filter, progress::Goal, progress::Measured, *};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The plugin.
pub struct CoachReferral;
export!(CoachReferral);

/// Customer's memory: the moment of the last referral.
const REFERRED: &str = "referred-at";
/// Customer's memory: that the question was put.
const ASKED: &str = "asked-goal";
/// Customer's memory: the answer, as stated. Also the question's id.
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
    first: Option<f64>,
    last: Option<f64>,
    /// Days between the first and the last measurement.
    measured_days: Option<i64>,
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
            let answer = text::some(&it.answer).filter(|_| it.id == TRAINING_FOR);
            let kept = answer.map(|it| remember(Scope::Customer, TRAINING_FOR, it));
            return Ok(Effects::some_or(kept, "no answer to our question"));
        }
        // Most customers end here, and cost a number only.
        let visits = history::count(visits(cx, &settings));
        if visits < settings.visits {
            return Ok(Effects::none());
        }
        let (goal, measured) = seen(cx, &settings);
        let proposed = match judge(cx, &settings, visits, goal.as_ref(), measured.as_ref()) {
            Ok(why) if goal.is_some() => Ok(refer(cx, &settings, &why, measured)),
            Ok(why) => ask(cx, &settings, &why).ok_or(why),
            Err(why) => Err(why),
        };
        Ok(Effects::ok_or_log(proposed))
    }

    fn act(cx: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        let WhyInput {} = input.read_for(action, "why")?;
        let settings: Settings = cx.settings()?;
        let visits = history::count(visits(cx, &settings));
        let (goal, measured) = seen(cx, &settings);
        let judged = judge(cx, &settings, visits, goal.as_ref(), measured.as_ref());
        let measured = measured.as_ref();
        Reply::new(&Why {
            visits,
            visit_days: settings.visit_days,
            training_for: memory::get(Scope::Customer, TRAINING_FOR),
            first: measured.map(|it| it.first),
            last: measured.map(|it| it.last),
            measured_days: measured.map(|it| it.days),
            would_refer: judged.is_ok() && goal.is_some(),
            goal,
            why: judged.unwrap_or_else(|why| why),
        })
    }
}

/// The visits of the window.
fn visits(cx: &Context, settings: &Settings) -> Filter {
    Filter::kind("visit").since(cx.days_ago(settings.visit_days))
}

/// The goal, and how its metric went.
fn seen(cx: &Context, settings: &Settings) -> (Option<Goal>, Option<Measured>) {
    let goal = progress::stated_goal();
    let since = cx.days_ago(settings.measured_days);
    let measured = goal
        .as_ref()
        .and_then(|it| progress::measured(&it.metric, since));
    (goal, measured)
}

/// Why to speak to them, to refer or, without a goal, to ask; or else why not.
fn judge(
    cx: &Context,
    settings: &Settings,
    visits: u32,
    goal: Option<&Goal>,
    measured: Option<&Measured>,
) -> Result<String, String> {
    let (days, often) = (settings.visit_days, settings.visits);
    if visits == 0 || visits < often {
        return Err(format!("{visits} visits in {days} days; {often} are often"));
    }
    let Some(Goal { metric, target }) = goal else {
        return Ok(format!(
            "{visits} visits in {days} days, and no stated goal"
        ));
    };
    let (metric, min) = (metric.replace('_', " "), settings.min_days);
    let Some(it) = measured.filter(|it| it.days >= i64::from(min)) else {
        return Err(format!("{metric} was not measured over {min} days or more"));
    };
    let Measured {
        first,
        last,
        days: over,
        ..
    } = it;
    let went = format!("{metric} went from {first} to {last} in {over} days, the goal is {target}");
    let progress = it.percent_of_the_way(*target);
    if progress >= 100.0 {
        return Err(format!("the goal is reached: {went}"));
    }
    // What is no number is no reason to speak to anyone.
    if progress.is_nan() || progress >= f64::from(settings.min_progress_percent) {
        return Err(format!("it goes well: {went}"));
    }
    let referred = memory::get::<Instant>(Scope::Customer, REFERRED);
    let ago = referred.map(|at| instant::days_between(at, cx.now));
    match ago.filter(|ago| *ago < i64::from(settings.pause_days)) {
        Some(ago) => Err(format!("suggested {ago} days ago already: {went}")),
        None => Ok(format!("{visits} visits in {days} days, and {went}")),
    }
}

fn refer(cx: &Context, settings: &Settings, why: &str, measured: Option<Measured>) -> Effects {
    let what: Option<String> = memory::get(Scope::Customer, TRAINING_FOR);
    let what = what.map_or(String::new(), |it| format!(" They train for: “{it}”."));
    let reading = text::between(" To read: ", Some(&settings.reading), "");
    let help = "A trainer could look at the plan with them.";
    let measured = measured.into_iter().flat_map(|it| it.evidence);
    let card = Suggestion::new(format!("Introduce {} to a trainer", cx.name_or("them")))
        .body(format!("They work for it: {why}. {help}{what}{reading}"))
        .action("why")
        .because(format!("{why}."), measured.chain(newest(cx, settings)));
    Effects::from(card).and(remember(Scope::Customer, REFERRED, &cx.now))
}

fn ask(cx: &Context, settings: &Settings, why: &str) -> Option<Effects> {
    let asked = memory::once(Scope::Customer, ASKED).filter(|_| settings.ask_for_goal)?;
    if memory::get::<String>(Scope::Customer, TRAINING_FOR).is_some() {
        return None;
    }
    let question = Question::new(TRAINING_FOR, "What are you training for at the moment?")
        .because(format!("{why}."), newest(cx, settings));
    Some(Effects::from(question).and(asked))
}

/// Enough visits to show that they come often.
fn newest(cx: &Context, settings: &Settings) -> Vec<Interaction> {
    history::recent(visits(cx, settings).limit(12))
}
