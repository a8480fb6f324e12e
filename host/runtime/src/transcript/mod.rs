//! Transcripts: a plugin's call with everything that it depended on, for a replay on this host, on another
//! machine, or with another version of the plugin.
//!
//! A run stores a [`Transcript`]. A [`Replay`] is the result of repeating its call, and [`Masked`] describes
//! a copy without personal data. A transcript is self-contained: it needs neither a host nor a database.

mod compare;
mod mask;
mod pack;
mod replay;

pub use compare::OutputDiff;
pub use mask::Masked;
pub use pack::TranscriptError;
pub use replay::Replay;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::runtime::{CallOutput, Invocation, PluginView, RunLimits};
use regulars_model::{
    Digest, FailureKind, Grants, InstallationId, RunId, RunOutcome, Timestamp, Trigger,
};

/// Everything that a run depended on, and its result.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// The format version of the transcript.
    #[cfg_attr(feature = "schema", schema(value_type = String, example = "regulars.transcript/1"))]
    pub format: Format,
    /// The contract between host and plugin: `regulars:plugin@0.1.0`.
    pub contract: String,
    pub run: RunId,
    pub plugin: InstallationId,
    /// The digest of the component that ran.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub digest: Digest,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub started_at: Timestamp,
    pub trigger: Trigger,
    /// The hook and its input.
    pub called: Invocation,
    /// The plugin's grants at the time of the run. `seen` is restricted to them.
    pub grants: Grants,
    /// The world as the plugin saw it.
    #[cfg_attr(feature = "schema", schema(value_type = PluginView))]
    pub seen: Arc<PluginView>,
    pub limits: RunLimits,
    /// The plugin's output, before the host validated it and decided on it.
    pub answer: CallOutput,
    /// The result of the run. The host may have rejected the output.
    pub outcome: RunOutcome,
    /// Set in a masked copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked: Option<Masked>,
}

/// The format that this program reads and writes. Files of another format are refused with its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub struct Format;

impl Format {
    /// The format's name in files.
    pub const NAME: &'static str = "regulars.transcript/1";
    /// The prefix of every version's name.
    pub const FAMILY: &'static str = "regulars.transcript/";
}

impl From<Format> for &'static str {
    fn from(_: Format) -> &'static str {
        Format::NAME
    }
}

impl TryFrom<String> for Format {
    type Error = String;

    fn try_from(name: String) -> Result<Format, String> {
        if name == Format::NAME {
            return Ok(Format);
        }
        Err(format!(
            "unknown format “{}”: expected {}, a newer program may read it",
            regulars_model::text::line(&name, 64),
            Format::NAME
        ))
    }
}

/// The minimum wall-clock limit of a replay. On a busy machine the recorded limit could end a replay where it
/// did not end the run. Fuel ends it long before.
const PATIENCE: Duration = Duration::from_secs(30);

impl Transcript {
    /// Returns the limits of a replay: the recorded ones with a longer time limit. A run that timed out keeps
    /// its time limit, because only that can reproduce its end.
    pub fn replay_limits(&self) -> RunLimits {
        let mut limits = self.limits;
        if !self.timed_out() {
            limits.timeout_ms = PATIENCE.as_millis() as u64;
        }
        limits
    }

    fn timed_out(&self) -> bool {
        let failure = self.answer.failure.as_ref();
        failure.is_some_and(|failure| failure.kind == FailureKind::TimedOut)
    }
}
