//! The testing kit shows a plugin what its manifest asks for, and no more.

use regulars_sdk::history::{self, Filter};
use regulars_sdk::testing::{Scene, past};
use regulars_sdk::*;

/// Looks at everything, and logs it.
struct Probe;

impl Plugin for Probe {
    fn manifest() -> Manifest {
        Manifest::new("probe", "1.0.0")
            .reads_field(CustomerField::GivenName, "to test")
            .reads_history(["visit"], 30, "to test")
            .newest(3)
            .reads_history(["purchase"], 90, "to test")
            .proposes(EffectKind::Wake, "to test")
            .proposes(EffectKind::Tag, "to test")
            .subscribes_to_interactions(["visit"])
            .subscribes("customer.changed")
            .schedule(Schedule::daily("look", "09:00", "to test"))
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        if let Event::TimerDue(due) = event {
            log::info!("{} {} {}", due.id, due.payload, cx.now);
            return Ok(Effects::none());
        }
        let seen = history::recent(Filter::all());
        assert_eq!(history::count(Filter::all()) as usize, seen.len());
        let ids: Vec<_> = seen.iter().map(|it| it.id.as_str()).collect();
        let customer = cx.customer()?;
        log::info!("{}", ids.join(" "));
        log::info!("{:?} {:?}", customer.given_name, customer.birthday);
        log::info!("{} {}", cx.today, customer.tags.len());
        Ok(Effects::from(wake("later", instant::days_after(cx.now, 2), &7)).and(tag("seen")))
    }
}

#[test]
fn history_is_newest_first_within_windows() {
    let mut scene = Scene::<Probe>::new().interactions([
        past("purchase").id("old purchase").days_ago(91),
        past("purchase").id("p60").days_ago(60),
        past("note").id("note").days_ago(1),
        past("visit").id("v31").days_ago(31),
        past("visit").id("v9").days_ago(9),
        past("visit").id("v2").days_ago(2),
        past("visit").id("v5").days_ago(5),
    ]);
    scene
        .interaction_recorded(past("visit").id("now"))
        .logged("now v2 v5 p60");
}

#[test]
fn unrequested_fields_are_none() {
    let mut scene = Scene::<Probe>::new().customer(|c| {
        c.given_name("Ada")
            .tag("regular")
            .birthday(Birthday::yearless(5, 4))
    });
    let run = scene.schedule("look");
    run.logged("Some(\"Ada\") None");
    run.logged("2026-06-01 0");
}

#[test]
fn today_is_local_to_customer() {
    let scene = Scene::<Probe>::new().now("2026-12-31T12:00:00Z");
    { scene.timezone("Pacific/Auckland") }
        .schedule("look")
        .logged("2027-01-01");
}

#[test]
fn timer_has_its_payload_and_time() {
    let mut scene = Scene::<Probe>::new();
    let run = scene.schedule("look");
    scene.apply(&run);
    let then = instant::days_after(scene.now_is(), 2);
    scene.timer("later").logged(&format!("later 7 {then}"));
}

#[test]
#[should_panic(expected = "does not subscribe to `interaction.recorded` of \"note\"")]
fn unsubscribed_event_fails_the_test() {
    let _ = Scene::<Probe>::new().interaction_recorded(past("note"));
}

#[test]
fn default_plugin_has_no_actions() {
    let cx = Context {
        now: 0,
        today: Date::from_epoch(0),
        timezone: "UTC".to_owned(),
        seed: 0,
        settings: "{}".to_owned(),
        customer: None,
    };
    let answer = Probe::act(&cx, "dance", Input::new("{}"));
    assert_eq!(answer, Err(Failure::permanent("no such action: dance")));
}
