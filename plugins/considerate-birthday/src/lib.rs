//! Greets customers on their birthday, in person where possible, and in writing only if they want that. The greeting is
//! never a customer's only contact with the business, and never mentions age.

use regulars_sdk::{text::between, *};

pub struct ConsiderateBirthday;
export!(ConsiderateBirthday);

/// Key in the customer's memory: the year of the last greeting.
const GREETED: &str = "greeted";
/// The hours from the greeting at 09:00 to midnight: the greeting expires with the day.
const REST_OF_DAY_HOURS: u32 = 15;

settings! {
    /// How the greeting behaves.
    pub struct Settings {
        /// How often they must have been in touch lately: a greeting is not the only contact.
        min_contacts: u32[1..=100] = 1,
        /// How many days "lately" is.
        recent_days: u32[1..=365] = 90,
        /// Also write to customers whose relationship level is medium, not only high.
        message_at_medium: bool = false,
        /// Who signs the message: the name of the business, or of a person.
        signature: String = String::new(),
    }
}

#[derive(Deserialize, JsonSchema)]
struct NextInput {}

/// What is ahead, as things stand today.
#[derive(Serialize, JsonSchema)]
struct Next {
    /// The day the next birthday is kept on, `YYYY-MM-DD`; null where no birthday is known.
    date: Option<String>,
    in_days: Option<i64>,
    would_greet: bool,
    why: String,
}

impl Plugin for ConsiderateBirthday {
    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Considerate birthday")
            .summary("A birthday greeting, in person first, and only for customers who were in touch lately.")
            .reads_field(CustomerField::Birthday, "to know the day; the year is not used")
            .reads_field(CustomerField::GivenName, "to greet them by name")
            .reads_history(contacts::KINDS, 365, "to greet only those who were in touch lately, and to remind staff of what they did")
            .proposes(EffectKind::Suggest, "a cue at the desk to greet them in person")
            .proposes(EffectKind::Message, "a greeting for those who want to hear from us")
            .proposes(EffectKind::Remember, "to greet once a year and not twice")
            .schedule(
                Schedule::daily("birthday", "09:00", "in the morning, before they come by")
                    .when(Condition::BirthdayToday),
            )
            .action(
                Action::new::<NextInput, Next>("next", "Next birthday")
                    .summary("When the next birthday is, and whether it would be greeted, and why."),
            )
            .settings::<Settings>()
            .outcome(Outcome::new("visit", "came back within 30 days", "visit", 30))
    }

    fn handle(cx: &Context, _: Event) -> Result<Effects, Failure> {
        let (customer, settings) = (cx.customer()?, cx.settings()?);
        if !customer.birthday.is_some_and(|it| it.occurs_on(cx.today)) {
            log::info!("{} is not the day: late is worse than never", cx.today);
            return Ok(Effects::none());
        }
        let contacts = consider(cx, &settings, cx.today.year);
        let greeting = contacts.map(|contacts| greet(cx, &settings, customer, &contacts));
        Ok(Effects::ok_or_log(greeting))
    }

    fn act(cx: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        let NextInput {} = input.read_for(action, "next")?;
        let settings: Settings = cx.settings()?;
        let birthday = cx.customer()?.birthday;
        let date = birthday.and_then(|it| it.next_from(cx.today));
        let contacts = match date {
            Some(date) => consider(cx, &settings, date.year),
            None => Err("no birthday is known".to_owned()),
        };
        let lately = |it: &Vec<_>| contacts::in_words(cx, it, settings.recent_days);
        Reply::new(&Next {
            date: date.map(|it| Date::to_string(&it)),
            in_days: date.map(|it| cx.today.days_until(it)),
            would_greet: contacts.is_ok(),
            why: contacts.as_ref().map(lately).unwrap_or_else(String::clone),
        })
    }
}

/// Returns the customer's recent contacts, newest first. Returns an error with the reason if the customer is not to be
/// greeted in `year`.
fn consider(cx: &Context, settings: &Settings, year: i32) -> Result<Vec<Interaction>, String> {
    if memory::get::<i32>(Scope::Customer, GREETED).is_some_and(|greeted| greeted >= year) {
        return Err(format!("greeted in {year} already"));
    }
    let contacts = contacts::of_days(cx, settings.recent_days);
    // At least one contact is needed as evidence, whatever the settings say.
    let (count, days) = (contacts.len(), settings.recent_days);
    let needed = settings.min_contacts.max(1);
    if count < needed as usize {
        return Err(format!(
            "in touch {count} times in {days} days, which is less than {needed}: it would come out of nowhere"
        ));
    }
    Ok(contacts)
}

/// Returns the cue, its memory, and the message if the customer wants it. `contacts` is not empty.
fn greet(
    cx: &Context,
    settings: &Settings,
    customer: &Customer,
    contacts: &[Interaction],
) -> Effects {
    let lately = contacts::in_words(cx, contacts, settings.recent_days);
    let reason = format!("Birthday today, and in touch: {lately}.");
    let evidence = &contacts[..contacts.len().min(12)];
    let expires = instant::hours_after(cx.now, REST_OF_DAY_HOURS);
    let name = customer.name_or("them");
    let cue = Suggestion::new(format!("Wish {name} a happy birthday in person"))
        .body(format!("It is today. {lately}. A kind word is enough."))
        .because(&reason, evidence)
        .expires(expires);
    let effects = Effects::from(cue).and(remember(Scope::Customer, GREETED, &cx.today.year));
    let medium_too = settings.message_at_medium && customer.level == Level::Medium;
    if customer.level < Level::High && !medium_too {
        return effects;
    }
    let hello = between("Dear ", Some(customer.name_or("")), ",\n\n");
    let signature = &settings.signature;
    let text = format!("{hello}we wish you a happy birthday.\n\n{signature}");
    let key = format!("birthday-{}", cx.today.year);
    let message = Message::new(Purpose::Care, key, "Happy birthday")
        .body(text.trim_end())
        .value("A kind word on their day; nothing to buy, nothing to do.")
        .because(reason, evidence)
        .expires(expires);
    effects.and(message)
}
