//! A call of a plugin with all that it depended on, so that it can be made again: on this host, on
//! another machine, or with another version of the plugin.
//!
//! [`Transcript`] is what a run keeps, [`Replay`] what came of making its call again, and [`Masked`]
//! says what a copy without personal data has lost. A transcript is a value of its own: neither
//! needs a host or a database.

mod compare;
mod mask;
mod pack;
mod replay;

pub use compare::Difference;
pub use mask::Masked;
pub use pack::TranscriptError;
pub use replay::Replay;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    Digest, FailureKind, Grants, InstallationId, RunId, RunOutcome, Timestamp, Trigger,
};
use crate::runtime::{Answer, Called, RunLimits, Slice};

/// Everything that one run depended on, and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// Which form of transcript this is.
    #[cfg_attr(feature = "schema", schema(value_type = String, example = "regulars.transcript/1"))]
    pub format: Format,
    /// The contract between host and plugin: `regulars:plugin@0.1.0`.
    pub contract: String,
    pub run: RunId,
    pub plugin: InstallationId,
    /// The component that ran.
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub digest: Digest,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub started_at: Timestamp,
    pub trigger: Trigger,
    /// The hook, and what it was called with.
    pub called: Called,
    /// What the plugin was granted when it ran: `seen` is cut to it.
    pub grants: Grants,
    /// The world as the plugin saw it.
    #[cfg_attr(feature = "schema", schema(value_type = Slice))]
    pub seen: Arc<Slice>,
    pub limits: RunLimits,
    /// What the plugin answered, before the host checked or decided any of it.
    pub answer: Answer,
    /// What the run came to: an answer may have been refused by the host's checks.
    pub outcome: RunOutcome,
    /// Set in a copy whose personal data was replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub masked: Option<Masked>,
}

/// The form that this program reads and writes. A file of another one is refused by name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub struct Format;

impl Format {
    /// What stands in the file.
    pub const NAME: &'static str = "regulars.transcript/1";
    /// What every version's name begins with.
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
            "the form “{}” is not known here: this program reads {}; a newer one may read it",
            crate::text::line(&name, 64),
            Format::NAME
        ))
    }
}

/// What a replay may take at the least, in wall-clock time. Fuel ends it long before: this is for
/// busy machines, on which the recorded limit would make it fail where the run did not.
const PATIENCE: Duration = Duration::from_secs(30);

impl Transcript {
    /// The limits for making the call again: the recorded ones, but for the time. A run that met its
    /// time limit is given the same again, since only that can end it in the same way.
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
