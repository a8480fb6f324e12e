//! A guest that proposes the message that an interaction of the kind `note` describes.

use regulars_sdk::{
    Context, EffectKind, Effects, Event, Failure, Manifest, Message, Plugin, Purpose,
};
use serde::Deserialize;

/// The plugin.
pub struct Postman;

regulars_sdk::export!(Postman);

/// The data of a `note`.
#[derive(Deserialize)]
struct Letter {
    key: String,
    subject: String,
    body: String,
    channels: Vec<String>,
}

impl Plugin for Postman {
    fn manifest() -> Manifest {
        Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Postman")
            .summary("Writes what it is told to.")
            .reads_history(["note"], 365, "to know what to write")
            .proposes(EffectKind::Message, "to write it")
            .subscribes_to_interactions(["note"])
    }

    fn handle(_: &Context, event: Event) -> Result<Effects, Failure> {
        let Event::InteractionRecorded(it) = event else {
            return Ok(Effects::none());
        };
        let Some(letter) = it.data_as::<Letter>() else {
            return Err(Failure::permanent("this is no letter"));
        };
        Ok(Effects::from(
            Message::new(Purpose::Care, letter.key, letter.subject)
                .body(letter.body)
                .value("to know it")
                .channels(letter.channels)
                .because("you asked to hear of this", [&it]),
        ))
    }
}
