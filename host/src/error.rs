use std::time::Duration;

use crate::model::{
    Blame, CustomerId, FailureKind, InstallationId, InvalidInput, RunId, Timestamp,
};
use crate::store::StoreError;

/// An error of the host. Each message says what would allow the call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An unknown id.
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: String },

    /// The customer's data was erased. The host stores nothing new under their id.
    #[error(
        "the data of customer {customer} was erased on {}: create a new customer with a new id",
        .at.strftime("%-d %B %Y")
    )]
    Erased { customer: CustomerId, at: Timestamp },

    /// An invalid value. `field` is a JSON pointer (RFC 6901) or an argument's name.
    #[error("{field}: {problem}")]
    Invalid { field: String, problem: String },

    /// The id belongs to another object.
    #[error(
        "there is already another {what} with the id {id}: use a new id, or send the same content to repeat it"
    )]
    Duplicate { what: &'static str, id: String },

    /// A concurrent change, or a state that does not allow the call.
    #[error("{what}: {problem}")]
    Conflict { what: &'static str, problem: String },

    /// A plugin that cannot be installed or loaded.
    #[error("{0}")]
    Plugin(#[from] crate::plugin::PluginError),

    /// Another version of an installed plugin requests more than the installed one.
    #[error(
        "{plugin}: this version requests more than the installed one, which stays: {}; \
         accept that (`accept_wider`, `--yes`), or name the grants", .asks.join("; ")
    )]
    WiderAsks {
        plugin: InstallationId,
        /// The wider requests as sentences.
        asks: Vec<String>,
    },

    /// The plugin failed. The run holds its logs.
    #[error("{detail} (run {run})")]
    Failed {
        run: RunId,
        failure: FailureKind,
        detail: String,
    },

    /// The plugin reached a limit, which `problem` names.
    #[error("{plugin} {problem}")]
    Limited {
        plugin: InstallationId,
        problem: String,
        /// The earliest time at which a repeated call may succeed.
        retry_after: Duration,
    },

    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),

    /// An invalid configuration. `key` names the setting.
    #[error("{key}: {problem}")]
    Config { key: &'static str, problem: String },

    /// The host is shutting down and accepts nothing new.
    #[error("the host is stopping: send the request again after its restart")]
    Stopped,
}

impl From<InvalidInput> for Error {
    fn from(error: InvalidInput) -> Error {
        Error::Invalid {
            field: error.field,
            problem: error.problem,
        }
    }
}

impl From<regulars_runtime::Error> for Error {
    fn from(error: regulars_runtime::Error) -> Error {
        use regulars_runtime::Error as Runtime;
        match error {
            Runtime::Invalid(invalid) => invalid.into(),
            Runtime::Config { key, problem } => Error::Config { key, problem },
            Runtime::Plugin(error) => error.into(),
        }
    }
}

impl Error {
    /// A thread could not be started.
    pub(crate) fn no_thread(error: std::io::Error) -> Error {
        Error::Config {
            key: "workers",
            problem: format!("a thread could not be started: {error}"),
        }
    }

    /// Refuses the value of `field`: a JSON pointer (RFC 6901) or an argument's name.
    pub fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Error {
        Error::Invalid {
            field: field.into(),
            problem: problem.into(),
        }
    }

    /// Refuses an id that names nothing here.
    pub fn not_found(what: &'static str, id: impl ToString) -> Error {
        Error::NotFound {
            what,
            id: id.to_string(),
        }
    }

    /// Returns the party that can fix the error.
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
