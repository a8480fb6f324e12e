//! Shows staff a card when a customer returns after a long time.

use regulars_sdk::{history::Filter, *};

pub struct WelcomeBack;
export!(WelcomeBack);

settings! {
    /// Settings of the plugin.
    pub struct Settings {
        /// Days without a visit that count as away.
        away_days: u32[2..=730] = 60,
    }
}

impl Plugin for WelcomeBack {
    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Welcome back")
            .summary("Staff notice who has been away for a while.")
            .reads_field(CustomerField::GivenName, "to greet them by name")
            .reads_history(["visit"], 730, "to see when they were last here")
            .proposes(EffectKind::Suggest, "a card at the desk")
            .subscribes_to_interactions(["visit"])
            .settings::<Settings>()
            .outcome(Outcome::new("visit", "came again in 30 days", "visit", 30))
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let Settings { away_days } = cx.settings()?;
        let visits = history::recent(Filter::kind("visit").limit(2));
        let (Event::InteractionRecorded(now), [_, last]) = (event, &visits[..]) else {
            log::info!("no visit before this one is known");
            return Ok(Effects::none());
        };
        let away = instant::days_between(last.occurred_at, now.occurred_at);
        if away < i64::from(away_days) {
            log::info!("not away for long: {away} of {away_days} days");
            return Ok(Effects::none());
        }
        let name = cx.customer()?.name_or("them");
        let card = Suggestion::new(format!("Welcome {name} back"))
            .body("A word is enough: ask how they have been.")
            .because(format!("Away for {away} days."), [&now, last]);
        Ok(card.into())
    }
}
