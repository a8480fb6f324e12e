//! A small host that runs a plugin natively, under plain `cargo test`.
//!
//! ```
//! # use regulars_sdk::{*, testing::*};
//! # struct Coffee;
//! # impl Plugin for Coffee {
//! #     fn manifest() -> Manifest {
//! #         Manifest::new("coffee", "1.0.0")
//! #             .proposes(EffectKind::Suggest, "to be of use")
//! #             .proposes(EffectKind::Remember, "not to repeat itself")
//! #             .subscribes_to_interactions(["visit"])
//! #     }
//! #     fn handle(_: &Context, event: Event) -> Result<Effects, Failure> {
//! #         let Event::InteractionRecorded(visit) = event else { return Ok(Effects::none()) };
//! #         if memory::get::<bool>(Scope::Customer, "offered").is_some() { return Ok(Effects::none()) }
//! #         Ok(Effects::from(Suggestion::new("Coffee?").because("They came.", [&visit]))
//! #             .and(remember(Scope::Customer, "offered", &true)))
//! #     }
//! # }
//! let mut scene = Scene::<Coffee>::new()
//!     .now("2026-03-01T09:00:00Z")
//!     .timezone("Europe/Berlin")
//!     .customer(|c| c.given_name("Ada").level(Level::Medium))
//!     .interaction(past("purchase").days_ago(3));
//!
//! let run = scene.interaction_recorded(past("visit"));
//! assert_eq!(run.suggestion().title, "Coffee?");
//!
//! scene.apply(&run); // stores the plugin's memory for the next call
//! scene.days_pass(1);
//! scene.interaction_recorded(past("visit")).no_effects();
//! ```
//!
//! It applies the host's rules. History is newest first and within the requested windows, and unrequested
//! fields are `None`. A test fails if the host would refuse an effect: one that the manifest does not propose,
//! one without a reason, or one whose evidence is not in this customer's history. It checks neither JSON
//! Schemas nor limits of time and memory: `regulars plugin run` does.

mod grant;
mod hooks;
mod past;
mod person;
mod rules;
mod run;
mod scene;
pub(crate) mod world;

pub use past::{Past, past};
pub use person::Person;
pub use run::{LogLine, Run};
pub use scene::Scene;
