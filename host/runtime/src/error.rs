use regulars_model::{Blame, InvalidInput};

use crate::plugin::PluginError;

/// A refusal by the sandbox or by what is said of a plugin.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value that cannot be used.
    #[error(transparent)]
    Invalid(#[from] InvalidInput),

    /// The configuration cannot be used. `key` names the setting.
    #[error("{key}: {problem}")]
    Config { key: &'static str, problem: String },

    /// A plugin that cannot be installed or loaded.
    #[error(transparent)]
    Plugin(#[from] PluginError),
}

impl Error {
    pub fn invalid(field: impl Into<String>, problem: impl Into<String>) -> Error {
        Error::Invalid(InvalidInput::new(field, problem))
    }

    /// Returns who can mend it.
    pub fn blame(&self) -> Blame {
        match self {
            Error::Invalid(_) => Blame::Caller,
            Error::Config { .. } => Blame::Operator,
            Error::Plugin(error) => error.blame(),
        }
    }
}
