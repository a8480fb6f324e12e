//! Brings a remark from the till to its owner, with a deadline that urgent words shorten. Then reports the outcome to
//! the member of staff who heard it, who can tell the customer in person.

use regulars_sdk::{text::quote, *};

pub struct Overheard;
export!(Overheard);

settings! {
    /// Who answers a remark, and by when.
    pub struct Settings {
        /// Who owns a remark, unless its topic has an owner of its own.
        owner_role: String = "owner".to_owned(),
        /// Who owns the remarks of a topic: `{"hygiene": "facilities"}`.
        topic_roles: std::collections::BTreeMap<String, String> = Default::default(),
        /// The owner answers within so many hours.
        sla_hours: u32[1..=2160] = 48,
        /// Words and phrases that make a remark urgent, in upper or lower case; whole words only.
        urgent_words: Vec<String> = [
            "allergy", "allergic", "sick", "ill", "injured", "injury", "hurt", "bleeding", "unsafe",
            "dangerous", "fire", "ambulance", "poisoning", "broken glass", "harassed", "threatened",
        ].map(str::to_owned).to_vec(),
        /// Who owns an urgent remark, whatever its topic.
        urgent_role: String = "manager".to_owned(),
        /// An urgent remark is answered within so many hours.
        urgent_hours: u32[1..=2160] = 2,
        /// Who is told what became of a remark of which nobody wrote down who heard it.
        desk_role: String = "desk".to_owned(),
        /// The one who heard it is told within so many hours.
        tell_hours: u32[1..=2160] = 24,
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RecordInput {
    /// What the customer said, in their words.
    #[schemars(length(min = 1, max = 4000))]
    remark: String,
    /// Who heard it, and will be told what became of it.
    #[schemars(length(min = 1, max = 100))]
    heard_by: String,
    /// Where: `desk` unless said otherwise.
    channel: Option<String>,
    /// What it is about, if it has an owner of its own.
    topic: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Recorded {
    recorded: bool,
    owner_answers_within_hours: u32,
}

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
        let proposed = match event {
            Event::InteractionRecorded(feedback) => pass_on(cx, &cx.settings()?, &feedback),
            Event::TaskClosed(task) => tell(cx, &cx.settings()?, &task),
            _ => None,
        };
        Ok(Effects::some_or(proposed, "no remark, or told already"))
    }

    /// Handles the action `record`. The feedback then comes back to the plugin as an event, like any other.
    fn act(cx: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        let input: RecordInput = input.read_for(action, "record")?;
        let remark = text::some(&input.remark).ok_or(Failure::permanent("the remark is empty"))?;
        let (heard_by, topic) = (input.heard_by.trim(), input.topic.as_deref());
        let (_, hours, _) = route(&cx.settings()?, remark, topic.unwrap_or(""));
        let entry = Entry::inbound("feedback")
            .channel(input.channel.as_deref().unwrap_or("desk"))
            .body(remark)
            .members([("heard_by", Some(heard_by)), ("topic", topic)]);
        let told = Recorded {
            recorded: true,
            owner_answers_within_hours: hours,
        };
        Ok(Reply::new(&told)?.and(entry))
    }
}

/// Returns the owner of a remark, the hours to answer it, and the urgent word in it, if any.
fn route<'a>(rules: &'a Settings, remark: &str, topic: &str) -> (&'a str, u32, Option<&'a str>) {
    let owner = rules.topic_roles.get(topic).unwrap_or(&rules.owner_role);
    let manager = text::or(&rules.urgent_role, "manager");
    match text::find_phrase(remark, &rules.urgent_words) {
        None => (text::or(owner, "owner"), rules.sla_hours, None),
        urgent => (manager, rules.urgent_hours, urgent),
    }
}

/// Returns the task for a remark's owner. Returns `None` for feedback that is not inbound or has no text.
fn pass_on(cx: &Context, settings: &Settings, feedback: &Interaction) -> Option<Effects> {
    let remark = feedback.text().filter(|_| feedback.is_inbound())?;
    let (role, hours, urgent) = route(settings, remark, &feedback.member_or("topic", ""));
    let name = cx.name_or("A customer");
    let opening = urgent.map_or("Answer".to_owned(), |word| format!("Urgent ({word})"));
    let heard = text::between(" Heard by ", feedback.member("heard_by").as_deref(), ".");
    let why = format!("{name} said so; a remark is answered within {hours} hours.");
    let task = Task::new(role, format!("{opening}: {}", quote(remark, 60)))
        .body(format!("{name} said: {}{heard}", quote(remark, 2000)))
        .due(instant::hours_after(cx.now, hours))
        .urgent_if(urgent.is_some())
        .group_key(format!("remark:{}", feedback.id))
        .because(why, [feedback]);
    Some(task.into())
}

/// Returns the report to the member of staff who heard the remark, and a card for the customer.
fn tell(cx: &Context, settings: &Settings, closed: &Closed) -> Option<Effects> {
    let it = closed.about("remark:", "feedback")?;
    let told = memory::once(Scope::Customer, &format!("told:{}", it.id))?;
    let role = it.member_or("heard_by", text::or(&settings.desk_role, "desk"));
    let name = cx.name_or("the customer");
    let news = format!("{} {}.", quote(it.text(), 300), closed.in_words());
    let title = format!("Tell {role} what became of {}", quote(it.text(), 60));
    let passed_on = format!("{role} passed it on, and it has been dealt with.");
    let back = Task::new(&role, title)
        .body(format!("{news} Thank you for passing on what {name} said."))
        .due(instant::hours_after(cx.now, settings.tell_hours))
        .group_key(format!("tell:{}", it.id))
        .because(passed_on, [&it]);
    let done = closed.outcome == "done";
    let we = if done { "did" } else { "looked into it" };
    let card = Suggestion::new(format!("You said, we {we}: tell {name}"))
        .body(news)
        .because("They said it, and have not heard what became of it.", [&it]);
    Some(Effects::from(back).and(card).and(told))
}
