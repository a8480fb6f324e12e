use std::collections::BTreeSet;

use regulars_manifest::{Action, EffectKind, HistoryAsk, Manifest, Schedule, Subscription};
use serde::Serialize;

use super::grant::asks_service;
use super::windows::Kind;
use super::words::{effect_words, event_words, field_words, history_words, plural, schedule_words};
use crate::model::{Digest, Grants, Installation};

/// How another version of a plugin differs from the one that is installed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Difference {
    pub from: VersionName,
    pub to: VersionName,
    /// Whether it asks for anything more, so that a person has to say yes.
    pub wider: bool,
    /// What it asks for otherwise; none where it asks for the same.
    pub changes: Vec<AskChange>,
    /// What it asks for and was refused the installed version, each in plain words: it stays refused, unless it is
    /// granted by name.
    pub refused: Vec<String>,
    /// Whether it takes over by itself what the installed version remembers (the hook `migrate`).
    pub migrates: bool,
}

/// A version of a plugin.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VersionName {
    /// As its manifest says.
    pub version: String,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub digest: Digest,
}

/// One thing that is asked for otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AskChange {
    pub direction: AskDirection,
    /// What it may see, what it may propose, when it runs, or what it can be asked to do.
    pub part: AskPart,
    /// In plain words.
    pub what: String,
    /// Why the plugin says that it needs that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AskDirection {
    /// It asks for more.
    Wider,
    /// It does not ask for that any more.
    Narrower,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AskPart {
    Sees,
    Proposes,
    Runs,
    Answers,
}

impl AskPart {
    /// Before what is asked for, this makes a sentence.
    pub fn words(self) -> &'static str {
        match self {
            AskPart::Sees => "to see",
            AskPart::Proposes => "to propose",
            AskPart::Runs => "to run",
            AskPart::Answers => "to be asked to",
        }
    }
}

impl std::fmt::Display for AskChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.part.words(), self.what)?;
        match &self.because {
            Some(because) => write!(f, ": {because}"),
            None => Ok(()),
        }
    }
}

/// What another version asks for otherwise than the installed one: more first.
pub(crate) fn between(installed: &Installation, new: &Manifest) -> Vec<AskChange> {
    let old = &installed.manifest;
    let mut changes = lacking(old, new, Some(&installed.grants));
    changes.extend(lacking(new, old, None));
    changes
}

/// What the second asks for that the first does not cover. Where that is more than before, what was granted of it is
/// told.
fn lacking(first: &Manifest, second: &Manifest, granted: Option<&Grants>) -> Vec<AskChange> {
    let direction = match granted {
        Some(_) => AskDirection::Wider,
        None => AskDirection::Narrower,
    };
    let mut found = Vec::new();
    let mut add = |part, what: String, because: Option<&String>| {
        found.push(AskChange {
            direction,
            part,
            what,
            because: because.cloned(),
        });
    };
    for ask in &second.reads.customer {
        if !first.reads.customer.iter().any(|it| it.field == ask.field) {
            let what = field_words(ask.field).to_owned();
            add(AskPart::Sees, what, Some(&ask.because));
        }
    }
    for ask in &second.reads.history {
        if !first.reads.history.iter().any(|it| covers(it, ask)) {
            let mut what = history_words(ask);
            if let Some(granted) = granted {
                what += &until_now(first, granted, ask);
            }
            let same = |it: &&HistoryAsk| it.kinds == ask.kinds;
            let before = first.reads.history.iter().find(same);
            if before.is_some_and(|before| before.limit != ask.limit) {
                what += &format!(", the newest {}", ask.limit);
            }
            add(AskPart::Sees, what, Some(&ask.because));
        }
    }
    for ask in &second.proposes {
        let before = first.proposes.iter().filter(|it| it.effect == ask.effect);
        let known: BTreeSet<&String> = before.clone().flat_map(|it| &it.kinds).collect();
        let new_kinds: Vec<&str> = ask
            .kinds
            .iter()
            .filter(|kind| !known.contains(kind))
            .map(String::as_str)
            .collect();
        let unknown = before.count() == 0;
        if unknown || ask.effect == EffectKind::Record && !new_kinds.is_empty() {
            let kinds = match new_kinds.is_empty() {
                true => String::new(),
                false => format!(" ({})", new_kinds.join(", ")),
            };
            let what = format!("{}{kinds}", effect_words(ask.effect));
            add(AskPart::Proposes, what, Some(&ask.because));
        }
    }
    if asks_service(second) && !asks_service(first) {
        let what =
            "service messages, which the caps do not hold back (only if you grant that by name)";
        add(AskPart::Proposes, what.to_owned(), None);
    }
    for wants in &second.subscribes {
        if !first.subscribes.iter().any(|it| hears(it, wants)) {
            add(AskPart::Runs, event_words(&wants.event, &wants.kinds), None);
        }
    }
    for schedule in &second.schedules {
        if !first.schedules.iter().any(|it| same_calls(it, schedule)) {
            add(AskPart::Runs, schedule_words(schedule), None);
        }
    }
    for action in &second.actions {
        if !first.actions.iter().any(|it| open_to(it, action)) {
            let what = format!("{}: {}", action.id, action.summary);
            add(AskPart::Answers, what, None);
        }
    }
    found
}

/// What was granted until now of the kinds that are asked for again.
fn until_now(first: &Manifest, granted: &Grants, ask: &HistoryAsk) -> String {
    let known = |kind: &&String| {
        let mut asks = first.reads.history.iter();
        asks.any(|it| it.kinds.is_empty() || it.kinds.contains(kind))
    };
    let longest = |kind: Kind| {
        let windows = granted.history.iter().filter(|it| it.shows_kind(kind));
        windows.map(|it| it.days).max()
    };
    let every = || first.reads.history.iter().any(|it| it.kinds.is_empty());
    let kinds: Vec<(Kind, Option<u32>)> = match ask.kinds.as_slice() {
        [] if every() => vec![(None, longest(None))],
        kinds => {
            let kinds = kinds.iter().filter(known).map(|kind| Some(kind.as_str()));
            kinds.map(|kind| (kind, longest(kind))).collect()
        }
    };
    let days = |days: Option<u32>| days.map_or("none".to_owned(), |days| days.to_string());
    let first = kinds.first().map(|(_, days)| *days);
    match first {
        None => String::new(),
        Some(same) if kinds.iter().all(|(_, days)| *days == same) => match same {
            Some(same) if same >= ask.days => String::new(),
            Some(same) => format!(" (until now {same})"),
            None => " (refused until now)".to_owned(),
        },
        Some(_) => {
            let each = kinds.iter().map(|(kind, longest)| {
                format!("{} {}", plural(kind.unwrap_or_default()), days(*longest))
            });
            format!(" (until now: {})", each.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Whether whoever sees the first window sees the second.
fn covers(first: &HistoryAsk, second: &HistoryAsk) -> bool {
    let all = |kinds: &[String]| kinds.is_empty();
    let kinds = all(&first.kinds)
        || !all(&second.kinds) && second.kinds.iter().all(|kind| first.kinds.contains(kind));
    kinds && second.days <= first.days && second.limit <= first.limit
}

fn hears(first: &Subscription, second: &Subscription) -> bool {
    first.event == second.event
        && (first.kinds.is_empty()
            || !second.kinds.is_empty()
                && second.kinds.iter().all(|kind| first.kinds.contains(kind)))
}

/// Whether the second calls for nobody, and on no day, for whom and on which the first does not. The time of day is free.
fn same_calls(first: &Schedule, second: &Schedule) -> bool {
    let days = first.on.is_empty()
        || !second.on.is_empty() && second.on.iter().all(|day| first.on.contains(day));
    // All conditions hold together: more of them are fewer customers.
    let fewer = first
        .audience
        .all
        .iter()
        .all(|condition| second.audience.all.contains(condition));
    days && fewer
}

fn open_to(first: &Action, second: &Action) -> bool {
    let staff = [regulars_manifest::Caller::Staff];
    let callers = |action: &'_ Action| match action.callers.is_empty() {
        true => staff.to_vec(),
        false => action.callers.clone(),
    };
    let known = callers(first);
    first.id == second.id && callers(second).iter().all(|caller| known.contains(caller))
}
