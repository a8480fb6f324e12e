//! A birthday greeting that is never the only time a customer hears from the business: in person
//! wherever they come by, in writing only to those who want it, and without a word about age.

mod greeting;
mod next;
mod settings;

use greeting::greet;
use next::{Next, NextInput};
use regulars_sdk::history::{self, Filter};
use regulars_sdk::{
    Action, Condition, Context, CustomerField, EffectKind, Effects, Event, Failure, Input,
    Interaction, Manifest, Outcome, Plugin, Reply, Schedule, Scope, log, memory,
};
pub use settings::Settings;

/// The plugin.
pub struct ConsiderateBirthday;

regulars_sdk::export!(ConsiderateBirthday);

/// What counts as having been in touch, if it came from the customer.
const CONTACTS: [&str; 8] = [
    "visit",
    "purchase",
    "booking",
    "membership",
    "feedback",
    "call",
    "message",
    "meeting",
];
/// The year of the last greeting, in the customer's memory.
const GREETED: &str = "greeted";

impl Plugin for ConsiderateBirthday {
    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Considerate birthday")
            .summary(
                "A birthday greeting, in person first, and only for customers who were in touch lately.",
            )
            .reads_field(CustomerField::Birthday, "to know the day; the year is not used")
            .reads_field(CustomerField::GivenName, "to greet them by name")
            .reads_history(
                CONTACTS,
                365,
                "to greet only those who were in touch lately, and to remind staff of what they did",
            )
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

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let Event::ScheduleDue(_) = event else {
            return Ok(Effects::none());
        };
        let settings: Settings = cx.settings()?;
        let customer = cx.customer()?;
        if !customer.birthday.is_some_and(|it| it.occurs_on(cx.today)) {
            log::info!("{} is not the day: late is worse than never", cx.today);
            return Ok(Effects::none());
        }
        match consider(cx, &settings, cx.today.year) {
            Ok(contacts) => greet(cx, &settings, &contacts),
            Err(why) => {
                log::info!("no greeting: {why}");
                Ok(Effects::none())
            }
        }
    }

    fn act(cx: &Context, action: &str, input: Input) -> Result<Reply, Failure> {
        if action != "next" {
            return Err(Failure::no_such_action(action));
        }
        next::act(cx, &input.read()?)
    }
}

/// The contacts, newest first, that a greeting in that year would be one among; or why there
/// should be none.
fn consider(cx: &Context, settings: &Settings, year: i32) -> Result<Vec<Interaction>, String> {
    if memory::get::<i32>(Scope::Customer, GREETED).is_some_and(|greeted| greeted >= year) {
        return Err(format!("greeted in {year} already"));
    }
    let since = cx.days_ago(settings.recent_days);
    let mut contacts = history::recent(Filter::kinds(CONTACTS).since(since));
    contacts.retain(Interaction::is_inbound);
    // Without any contact there is nothing to cite, whatever the settings say.
    let needed = settings.min_contacts.max(1) as usize;
    if contacts.len() < needed {
        return Err(format!(
            "in touch {} times in {} days, which is less than {needed}: it would come out of nowhere",
            contacts.len(),
            settings.recent_days
        ));
    }
    Ok(contacts)
}
