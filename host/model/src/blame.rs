/// The party that can fix an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Blame {
    /// The caller, who sent a wrong id or field.
    Caller,
    /// The plugin's developer.
    Guest,
    /// The operator, by a setting, a grant or a disk.
    Operator,
    /// The developers of Regulars.
    Host,
}

/// A value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct InvalidInput {
    /// A JSON pointer (RFC 6901) or an argument's name.
    pub field: String,
    /// The reason, and the allowed values.
    pub problem: String,
}

impl InvalidInput {
    /// Names a field and the problem with its value.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> InvalidInput {
        InvalidInput {
            field: field.into(),
            problem: problem.into(),
        }
    }
}
