use crate::Failure;

impl Failure {
    /// Try again later: the input may be answered another time.
    pub fn retry(why: impl Into<String>) -> Failure {
        Failure::Retry(why.into())
    }

    /// Never try this again.
    pub fn permanent(why: impl Into<String>) -> Failure {
        Failure::Permanent(why.into())
    }

    /// The answer to an action that the plugin does not have.
    pub fn no_such_action(action: &str) -> Failure {
        Failure::Permanent(format!("no such action: {action}"))
    }
}
