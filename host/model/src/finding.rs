use serde::Serialize;

/// A finding of `doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The checked object, such as `pages` or `plugin overheard`.
    pub check: String,
    pub state: FindingState,
    /// The finding, as a sentence.
    pub found: String,
    /// The advised remedy. `None` if none is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingState {
    /// No problem.
    Ok,
    /// It works, but an operator should look at it.
    Warning,
    /// It is broken, or will be soon.
    Error,
}

impl Finding {
    pub fn ok(check: impl Into<String>, found: impl Into<String>) -> Finding {
        Finding {
            check: check.into(),
            state: FindingState::Ok,
            found: found.into(),
            advice: None,
        }
    }

    pub fn warning(
        check: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Finding {
        Finding {
            state: FindingState::Warning,
            advice: Some(advice.into()),
            ..Finding::ok(check, found)
        }
    }

    pub fn error(
        check: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Finding {
        Finding {
            state: FindingState::Error,
            advice: Some(advice.into()),
            ..Finding::ok(check, found)
        }
    }
}
