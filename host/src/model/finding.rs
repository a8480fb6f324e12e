use serde::Serialize;

/// What an examination found at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, such as `pages` or `plugin overheard`.
    pub check: String,
    pub state: FindingState,
    /// What was found, as a sentence.
    pub found: String,
    /// What to do about it; none where there is nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingState {
    /// All is as it should be.
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// Something is broken, or will be soon.
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
