//! Names that the glossary of ARCHITECTURE.md replaced, by the folder in which they are unambiguous.

use crate::sources::{Source, host};

/// A folder or file below `host/`, with alternatives after `|`, or empty for all of it; a retired name, or `mod` and
/// the name of a module; the name that replaced it.
type Retired = (&'static str, &'static str, &'static str);

/// A file below the folder that names one fails the test.
const RETIRED: &[Retired] = &[
    // Engine and dispatch.
    ("", "Core", "Engine"),
    ("dispatch|rehearse", "Lane", "KeyedQueue, or CustomerSim"),
    ("dispatch|rehearse", "lanes", "queues"),
    ("dispatch", "LeftOut", "Spilled"),
    ("dispatch", "park", "defer"),
    ("", "Parked", "RetryEntry"),
    ("", "ParkedQuery", "RetryQuery"),
    ("dispatch|store", "spent", "attempts_before_redrive"),
    ("dispatch|store", "bury", "expire"),
    ("", "BuryParked", "expire to the dead letter"),
    ("dispatch", "judge", "open, half_open, close"),
    ("dispatch", "Longer", "open"),
    ("dispatch", "Gate", "AdmissionController"),
    ("dispatch", "PATIENCE", "*_WAIT"),
    ("dispatch", "places", "slots"),
    ("dispatch", "crowded", "saturated"),
    ("dispatch", "mod bucket", "TokenBucket"),
    ("dispatch", "mod health", "CircuitBreaker"),
    ("dispatch", "aside", "low_priority"),
    ("", "handle_aside", "handle_low_priority"),
    ("", "at_rest", "without_workers"),
    ("", "wait_flown", "wait_drained"),
    ("", "as_it_is", "without_migrations"),
    ("dispatch", "Turn", "CustomerLock"),
    ("", "NoTurn", "Busy"),
    ("", "Ran", "CompletedRun"),
    ("", "refused_by", "validate_with"),
    ("dispatch|rehearse", "About", "DecisionInput"),
    ("dispatch|rehearse", "Origin", "EffectContext"),
    ("", "first_time", "handle_event"),
    ("", "Moment", "AsOf"),
    ("", "Slice", "PluginView"),
    // Runtime.
    ("runtime", "mod again", "replay"),
    ("runtime", "tell", "call_handle"),
    ("runtime|transcript", "Called", "Invocation"),
    ("runtime|transcript", "Answer", "CallOutput"),
    ("runtime", "mod clean", "sanitize"),
    ("runtime", "clean", "sanitize"),
    ("runtime", "Past", "HistoryEntry"),
    // Outbox.
    ("outbox", "mod hands", "SendPool"),
    ("outbox", "unheard", "abandoned"),
    ("outbox", "mod again", "recheck"),
    ("outbox", "Parcel", "Envelope"),
    ("outbox", "Taken", "Accepted"),
    ("outbox", "Refusal", "SendError"),
    // Policy.
    ("policy", "Way", "Route"),
    ("policy", "Ground", "Context"),
    ("policy", "Before", "PriorDecision"),
    ("policy", "mod late", "deadline"),
    ("policy", "mod together", "batch"),
    ("policy", "beside", "concurrent"),
    // Server.
    ("server", "Door", "RequestLimits"),
    ("server", "Worded", "its content"),
    ("server", "How", "RecordParams"),
    ("server", "Written", "RecordResponse"),
    ("server", "mod lines", "ndjson"),
    ("", "plugin_life", "plugin_lifecycle"),
    ("server", "own_page", "portal"),
    ("server", "mod opening", "auth"),
    ("server", "mod agreed", "consents"),
    ("server", "mod inferred", "plugin_data"),
    ("server", "mod kept", "data"),
    ("server", "Sheet", "Page"),
    ("server", "Shown", "PageContext"),
    ("server", "Wrong", "FieldError"),
    // Host.
    ("host", "mod place", "install_version"),
    ("host", "Next", "Candidate"),
    ("host", "Over", "ReplaceMode"),
    ("", "Granting", "GrantSpec"),
    ("", "Settled", "ResolvedSettings"),
    ("host", "mod reads", "queries"),
    ("", "Checkup", "DoctorOptions"),
    // Plugin.
    ("plugin", "mod beyond", "grant_diff"),
    ("plugin", "mod narrow", "restrict"),
    ("plugin", "mod unusual", "risk_flags"),
    ("plugin", "mod words", "display"),
    // Registry.
    ("registry", "mod acquire", "pull"),
    ("registry", "Wanted", "PullRequest"),
    ("registry", "Places", "RegistryPaths"),
    ("registry", "Kept", "Cache"),
    ("registry", "mod allowed", "trust_policy"),
    ("registry", "mod exchange", "http"),
    ("registry", "mod answers", "responses"),
    // Rehearsal.
    ("rehearse", "Cast", "PluginSet"),
    ("rehearse", "Stage", "Simulation"),
    ("rehearse", "Life", "History"),
    ("rehearse", "Happening", "TimelineEvent"),
    ("rehearse", "Tally", "Stats"),
    ("rehearse", "Found", "CustomerResult"),
    ("rehearse", "Came", "PluginReport"),
    ("rehearse", "Deed", "ProposalKey"),
    ("rehearse", "Own", "SharedMemory"),
    ("rehearse", "mod against", "baseline"),
    ("rehearse", "Watch", "Progress"),
    // Store.
    ("store", "Expect", "Precondition"),
    ("", "belongings", "customer_data"),
    ("", "left_memories", "orphaned_memories"),
    ("store", "depths", "stats"),
    ("", "line_up", "promote_head"),
    ("store", "scrub", "wal_truncate"),
];

/// Returns true if a file lies in one of the folders, or is one of the files.
fn is_in(file: &Source, folders: &str) -> bool {
    let layer = file.layer();
    let mut parts = layer.split('/').map(|part| part.trim_end_matches(".rs"));
    folders.is_empty() || parts.any(|part| folders.split('|').any(|folder| folder == part))
}

/// Code as its identifiers and keywords, each between spaces.
fn identifiers(code: &str) -> String {
    let separated = code.replace(|it: char| !it.is_alphanumeric() && it != '_', " ");
    let words: Vec<&str> = separated.split_whitespace().collect();
    format!(" {} ", words.join(" "))
}

/// Every file of the host with its identifiers.
fn with_identifiers() -> Vec<(&'static Source, String)> {
    let files = host().iter();
    files.map(|file| (file, identifiers(&file.code))).collect()
}

/// The paths of the files that name a retired name.
fn users((folders, name, _): &Retired, files: &[(&'static Source, String)]) -> Vec<&'static str> {
    let wanted = format!(" {name} ");
    files
        .iter()
        .filter(|(file, words)| is_in(file, folders) && words.contains(&wanted))
        .map(|(file, _)| file.path.as_str())
        .collect()
}

#[test]
fn retired_names_stay_retired() {
    let files = with_identifiers();
    let mut told = String::new();
    for row in RETIRED {
        for path in users(row, &files) {
            told += &format!("{path} names {}: it is now {}\n", row.1, row.2);
        }
    }
    assert!(told.is_empty(), "{told}");
}
