use std::collections::BTreeSet;

use regulars_manifest::{Action, EffectKind, HistoryAsk, Manifest, Schedule, Subscription};
use serde::Serialize;

use regulars_model::grants::Kind;
use regulars_model::grants::asks_service;
use regulars_model::grants::display::{
    effect_words, event_words, field_words, history_words, plural, schedule_words,
};
use regulars_model::{Digest, Grants, Installation};

/// The difference between another version of a plugin and the installed one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VersionDiff {
    pub from: VersionName,
    pub to: VersionName,
    /// True if the other version requests more, so that an operator must agree.
    pub wider: bool,
    /// The changed requests. Empty if both versions request the same.
    pub changes: Vec<AskChange>,
    /// The requests that the operator refused the installed version, as sentences. They stay refused unless
    /// granted by name.
    pub refused: Vec<String>,
    /// True if the other version migrates the memory itself, with its hook `migrate`.
    pub migrates: bool,
}

/// A version of a plugin.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct VersionName {
    /// The manifest's version.
    pub version: String,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub digest: Digest,
}

/// One changed request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AskChange {
    pub direction: AskDirection,
    /// The part of the manifest: reads, proposals, triggers or actions.
    pub part: AskPart,
    /// The request, as a sentence.
    pub what: String,
    /// The plugin's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AskDirection {
    /// The version requests more.
    Wider,
    /// The version requests less.
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
    /// Returns the beginning of the sentence that the request completes.
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

/// Returns the changed requests of another version, the wider ones first.
pub fn diff_manifests(installed: &Installation, new: &Manifest) -> Vec<AskChange> {
    let old = &installed.manifest;
    let mut changes = uncovered(old, new, Some(&installed.grants));
    changes.extend(uncovered(new, old, None));
    changes
}

/// Returns the requests of `second` that `first` does not cover. If `granted` is given, they are wider, and
/// the sentences tell the present grant.
fn uncovered(first: &Manifest, second: &Manifest, granted: Option<&Grants>) -> Vec<AskChange> {
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

/// Returns the present grant of the requested kinds, in parentheses.
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

/// Returns true if `first` shows everything that `second` shows.
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

/// Returns true if `second` runs only for customers and on days that `first` already covers. Time of day is
/// ignored.
fn same_calls(first: &Schedule, second: &Schedule) -> bool {
    let days = first.on.is_empty()
        || !second.on.is_empty() && second.on.iter().all(|day| first.on.contains(day));
    // All conditions must hold, so more conditions mean fewer customers.
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
