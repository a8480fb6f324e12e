//! A guest that writes to whoever does something, as its settings say, and remembers what became of it.

use regulars_sdk::{
    Context, EffectKind, Effects, Entry, Event, Failure, Manifest, Message, Plugin, Purpose, Scope,
    instant, memory, remember,
};

/// The plugin.
pub struct Messenger;

regulars_sdk::export!(Messenger);

regulars_sdk::settings! {
    /// What it writes.
    pub struct Settings {
        /// service, care, education, community, offer or survey.
        pub purpose: String = "care".to_owned(),
        /// What it is about; empty for nothing in particular.
        pub topic: String = String::new(),
        /// The subject.
        pub subject: String = "Hello".to_owned(),
        /// The text.
        pub body: String = "It was good to see you.".to_owned(),
        /// Channels, the best one first.
        pub channels: Vec<String> = vec!["email".to_owned()],
        /// For how many hours it is useful; 0 for ever.
        pub hours: u32 = 0,
        /// Whether it records everything once more, as if the customer had said it, and writes about that.
        pub echo: bool = false,
    }
}

/// Where it keeps what it heard of its messages: the types of the events, in order.
pub const HEARD: &str = "heard";

/// What it says that the customer said.
const ECHO: &str = "messenger/echo";

const NEWS: [&str; 5] = [
    "message.sent",
    "message.bounced",
    "message.failed",
    "message.unsubscribed",
    "message.answered",
];

impl Plugin for Messenger {
    fn manifest() -> Manifest {
        let manifest = Manifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .title("Messenger")
            .summary("Writes to whoever does something.")
            .reads_history(["visit", "purchase", ECHO], 30, "to be told of them")
            .proposes_records([ECHO], "to write about that")
            .proposes(EffectKind::Message, "to write")
            .proposes_service_messages("to answer to what was done")
            .proposes(EffectKind::Remember, "to know what became of it")
            .subscribes_to_interactions(["visit", "purchase", ECHO])
            .settings::<Settings>();
        NEWS.into_iter()
            .fold(manifest, |manifest, kind| manifest.subscribes(kind))
    }

    fn handle(cx: &Context, event: Event) -> Result<Effects, Failure> {
        let settings: Settings = cx.settings()?;
        match event {
            Event::InteractionRecorded(it) if settings.echo && it.kind != ECHO => {
                Ok(Entry::inbound(ECHO).into())
            }
            Event::InteractionRecorded(it) => {
                let mut message = Message::new(
                    purpose(&settings.purpose)?,
                    it.id.as_str(),
                    settings.subject,
                )
                .body(settings.body)
                .value("They know where they stand.")
                .channels(settings.channels)
                .because("They were here.", [&it]);
                if !settings.topic.is_empty() {
                    message = message.topic(settings.topic);
                }
                if settings.hours > 0 {
                    message = message.expires(instant::hours_after(cx.now, settings.hours));
                }
                Ok(message.into())
            }
            Event::Other((kind, _)) => {
                let mut heard: Vec<String> =
                    memory::get(Scope::Customer, HEARD).unwrap_or_default();
                heard.push(kind);
                Ok(remember(Scope::Customer, HEARD, &heard).into())
            }
            _ => Ok(Effects::none()),
        }
    }
}

fn purpose(word: &str) -> Result<Purpose, Failure> {
    Ok(match word {
        "service" => Purpose::Service,
        "care" => Purpose::Care,
        "education" => Purpose::Education,
        "community" => Purpose::Community,
        "offer" => Purpose::Offer,
        "survey" => Purpose::Survey,
        _ => return Err(Failure::permanent("there is no such purpose")),
    })
}
