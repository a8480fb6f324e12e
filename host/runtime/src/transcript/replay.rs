use std::collections::BTreeSet;

use regulars_manifest::Manifest;
use serde::Serialize;

use super::Transcript;
use super::compare::{self, OutputDiff};
use crate::plugin::field_name;
use crate::runtime::{CallOutput, Plugin, Runtime, RuntimeConfig};
use crate::{Error, plugin};
use regulars_model::{Component, Digest, FailureKind, Grants, InstallationId, RunId};

/// The result of repeating a recorded call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Replay {
    pub run: RunId,
    pub plugin: InstallationId,
    /// The digest of the component that ran.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub recorded_with: Digest,
    /// The digest of the replayed component. It differs if another version was tried.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub replayed_with: Digest,
    /// True if effects, output and the kind of failure are equal as JSON with sorted keys.
    pub same: bool,
    pub same_fuel: bool,
    /// Empty if `same` is true.
    pub differences: Vec<OutputDiff>,
    pub recorded: CallOutput,
    pub replayed: CallOutput,
    /// Caveats for the reader.
    pub notes: Vec<String>,
}

/// The host's share of a thread's stack in bytes, besides the guest's.
const HOST_STACK: usize = 2 << 20;

impl Transcript {
    /// Repeats the call with a component. Starts a separate runtime if `runtime` does not support the
    /// recorded limits. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Plugin`] if the component cannot be a plugin here. [`Error::Config`] if no engine supports
    /// the limits.
    pub fn replay(&self, runtime: &Runtime, component: &Component) -> Result<Replay, Error> {
        if runtime.can_hold(&self.limits) {
            return self.replay_loaded(runtime, &*runtime.load(component)?);
        }
        let own = Runtime::new(self.limits.over(RuntimeConfig {
            instances: 1,
            ..runtime.config().clone()
        }))?;
        let loaded = own.load(component)?;
        // The caller's thread may have less stack than the guest may use.
        let stack = self.limits.max_wasm_stack + HOST_STACK;
        std::thread::scope(|threads| {
            let thread = std::thread::Builder::new().stack_size(stack);
            let replay = thread.spawn_scoped(threads, || self.replay_loaded(&own, &loaded));
            match replay.map(|replay| replay.join()) {
                Ok(Ok(replay)) => replay,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(error) => Err(Error::Config {
                    key: "runtime.max_wasm_stack",
                    problem: format!("cannot start a thread with {stack} bytes of stack: {error}"),
                }),
            }
        })
    }

    /// [`Transcript::replay`] with a component that `runtime` has loaded.
    fn replay_loaded(&self, runtime: &Runtime, loaded: &Plugin) -> Result<Replay, Error> {
        let replayed = self.output_of(runtime, loaded);
        let mut notes = Vec::new();
        if loaded.digest() != self.digest {
            let manifest = plugin::read(&runtime.describe(loaded)?)?;
            notes.extend(asks(&self.grants, &manifest));
        }
        let same = replayed.canonical() == self.answer.canonical();
        let same_fuel = replayed.fuel == self.answer.fuel;
        notes.extend(self.caveats(loaded.digest(), same_fuel));
        Ok(Replay {
            run: self.run,
            plugin: self.plugin.clone(),
            recorded_with: self.digest,
            replayed_with: loaded.digest(),
            same,
            same_fuel,
            differences: compare::differences(&self.answer, &replayed),
            recorded: self.answer.clone(),
            replayed,
            notes,
        })
    }

    /// Returns a component's output for the recorded call. The runtime must support the recorded limits.
    pub fn output_of(&self, runtime: &Runtime, plugin: &Plugin) -> CallOutput {
        runtime.replay(plugin, &self.seen, &self.called, &self.replay_limits())
    }

    fn caveats(&self, digest: Digest, same_fuel: bool) -> Vec<String> {
        let mut notes = Vec::new();
        let failure = self.answer.failure.as_ref().map(|failure| failure.kind);
        match failure {
            Some(FailureKind::TimedOut) => notes.push(
                "the run timed out, which depends on the machine's load: \
                 a replay may time out or not"
                    .to_owned(),
            ),
            Some(FailureKind::StackOverflow) => notes.push(
                "the run overflowed its stack, whose size depends on the processor: on another kind of \
                 machine it may end elsewhere"
                    .to_owned(),
            ),
            _ => {}
        }
        if digest == self.digest && !same_fuel && failure != Some(FailureKind::TimedOut) {
            notes.push(
                "the same component used another amount of fuel: the transcript was changed, or \
                 a host that counts fuel differently made it"
                    .to_owned(),
            );
        }
        if self.masked.is_some() {
            notes.push(
                "personal data in this transcript was replaced, and the plugin may behave differently on it"
                    .to_owned(),
            );
        }
        notes
    }
}

/// Returns notes on another version's requests beyond and below the recorded grants. The replay shows it the
/// recorded data in any case.
fn asks(granted: &Grants, manifest: &Manifest) -> Vec<String> {
    let asked = Grants::all_requested(manifest);
    let mut notes = Vec::new();
    let (wider, narrower) = (sights(&asked, granted), sights(granted, &asked));
    if !wider.is_empty() {
        notes.push(format!(
            "this version requests {}, which was not recorded: the replay does not show it",
            wider.join(", ")
        ));
    }
    if !narrower.is_empty() {
        notes.push(format!(
            "this version does not request {}, which was recorded: the replay shows it anyway",
            narrower.join(", ")
        ));
    }
    let new: Vec<String> = asked
        .effects
        .difference(&granted.effects)
        .map(ToString::to_string)
        .collect();
    if !new.is_empty() {
        notes.push(format!(
            "this version requests to propose {}, which must be granted first",
            new.join(", ")
        ));
    }
    notes
}

/// Returns the data that `these` grants show and `those` do not.
fn sights(these: &Grants, those: &Grants) -> Vec<String> {
    let mut sights: BTreeSet<String> = these
        .fields
        .difference(&those.fields)
        .map(|field| format!("the customer's {}", field_name(*field)))
        .collect();
    for window in &these.history {
        let within = |kind: Option<&String>| {
            those.history.iter().any(|other| {
                let shown = match kind {
                    None => other.kinds.is_empty(),
                    Some(kind) => other.kinds.is_empty() || other.kinds.contains(kind),
                };
                shown && other.days >= window.days
            })
        };
        let kinds: Vec<&str> = match window.kinds.is_empty() {
            true if within(None) => Vec::new(),
            true => vec!["everything recorded"],
            false => {
                let missing = window.kinds.iter().filter(|kind| !within(Some(kind)));
                missing.map(String::as_str).collect()
            }
        };
        if !kinds.is_empty() {
            let (kinds, days) = (kinds.join(" and "), window.days);
            sights.insert(format!("{kinds} of the last {days} days"));
        }
    }
    sights.into_iter().collect()
}
