use std::time::Duration;

use crate::model::{CustomerId, FailureKind, InstallationId, RunId, Timestamp};
use crate::store::StoreError;

/// Everything that the host can refuse or fail at. Each says what would allow it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The id names nothing here.
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: String },

    /// The customer's data was erased. Nothing new is kept under their id.
    #[error(
        "the data of customer {customer} was erased on {}: whoever comes back is a new customer, with a new id",
        .at.strftime("%-d %B %Y")
    )]
    Erased { customer: CustomerId, at: Timestamp },

    /// A value that cannot be used. `field` is a JSON pointer (RFC 6901) or an argument's name.
    #[error("{field}: {problem}")]
    Invalid { field: String, problem: String },

    /// The id is taken by something else.
    #[error(
        "there is already another {what} with the id {id}: use a new id, or send the same content to repeat it"
    )]
    Duplicate { what: &'static str, id: String },

    /// Somebody else changed it in the meantime, or its state does not allow this any more.
    #[error("{what}: {problem}")]
    Conflict { what: &'static str, problem: String },

    /// A plugin that cannot be installed or loaded.
    #[error("{0}")]
    Plugin(#[from] crate::plugin::PluginError),

    /// Another version of an installed plugin wants more than the one that works now.
    #[error(
        "{plugin}: this version asks for more than the one that is installed, which works on: {}. \
         Accept that by name (`accept_wider`, `--yes`), or say what to grant", .asks.join("; ")
    )]
    WiderAsks {
        plugin: InstallationId,
        /// Each in plain words.
        asks: Vec<String>,
    },

    /// The plugin ran and failed; the run holds its logs.
    #[error("{detail} (run {run})")]
    Failed {
        run: RunId,
        failure: FailureKind,
        detail: String,
    },

    /// The plugin has used what it may for now. `problem` names the limit.
    #[error("{plugin} {problem}")]
    Limited {
        plugin: InstallationId,
        problem: String,
        /// When the same call may go better.
        retry_after: Duration,
    },

    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// The configuration cannot be used. `key` names the setting.
    #[error("{key}: {problem}")]
    Config { key: &'static str, problem: String },

    /// The host is shutting down and takes nothing new.
    #[error("the host is stopping: send it again when it is back")]
    Stopped,
}

impl Error {
    /// A thread could not be started.
    pub(crate) fn no_thread(error: std::io::Error) -> Error {
        Error::Config {
            key: "workers",
            problem: format!("a thread could not be started: {error}"),
        }
    }

    pub(crate) fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Error {
        Error::Invalid {
            field: field.into(),
            problem: problem.into(),
        }
    }

    pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Error {
        Error::NotFound {
            what,
            id: id.to_string(),
        }
    }

    /// Who can mend it.
    pub fn blame(&self) -> Blame {
        match self {
            Error::NotFound { .. }
            | Error::Erased { .. }
            | Error::Invalid { .. }
            | Error::Duplicate { .. }
            | Error::Conflict { .. } => Blame::Caller,
            Error::Plugin(error) => error.blame(),
            Error::Failed { failure, .. } => failure.blame(),
            Error::Limited { .. } | Error::Config { .. } | Error::WiderAsks { .. } => {
                Blame::Operator
            }
            Error::Store(error) => error.blame(),
            Error::Stopped => Blame::Host,
        }
    }
}

/// Who can mend an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Blame {
    /// Whoever called: a wrong id, a wrong field.
    Caller,
    /// The plugin's developer.
    Guest,
    /// Whoever runs this host: a setting, a grant, a disk.
    Operator,
    /// Regulars itself.
    Host,
}
