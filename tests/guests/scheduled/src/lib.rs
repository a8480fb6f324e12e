//! A guest that counts, in the customer's memory, how often each of its schedules and timers fired.

use regulars_sdk::{
    Condition, Context, CustomerField, EffectKind, Effects, Event, Failure, Manifest, Plugin,
    Schedule, Scope, Weekday, instant, memory, remember, wake,
};

/// The plugin.
pub struct Scheduled;

regulars_sdk::export!(Scheduled);

impl Plugin for Scheduled {
    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Scheduled")
            .summary("Counts what fires.")
            .reads_field(CustomerField::Tags, "to reach those with a tag")
            .reads_history(
                ["booking", "purchase"],
                365,
                "to be told of bookings, and reach those who bought",
            )
            .proposes(EffectKind::Remember, "to count")
            .proposes(EffectKind::Wake, "to be woken")
            .subscribes_to_interactions(["booking"])
            .schedule(Schedule::daily(
                "night",
                "02:30",
                "a time that clock changes skip and repeat",
            ))
            .schedule(Schedule::daily("monday", "10:00", "a day of the week").on([Weekday::Monday]))
            .schedule(
                Schedule::daily("quiet-regulars", "11:00", "conditions that all must hold")
                    .when(Condition::Inactive { days: 14 })
                    .when(Condition::Tagged {
                        tag: "regular".to_owned(),
                    })
                    .when(Condition::Level {
                        level: "medium".to_owned(),
                    })
                    .when(Condition::HasKind {
                        kind: "purchase".to_owned(),
                    }),
            )
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let key = match event {
            Event::ScheduleDue(id) => id,
            Event::TimerDue(due) => format!("timer {} {}", due.id, due.payload),
            Event::InteractionRecorded(booking) => {
                let tomorrow = instant::hours_after(cx.now, 24);
                return Ok(wake("tomorrow", tomorrow, &booking.text().unwrap_or("")).into());
            }
            _ => return Ok(Effects::none()),
        };
        let count = memory::get::<u32>(Scope::Customer, &key).unwrap_or(0) + 1;
        Ok(remember(Scope::Customer, key, &count).into())
    }
}
