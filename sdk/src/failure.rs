use crate::Failure;

impl Failure {
    /// Creates a failure after which the host tries again later.
    pub fn retry(why: impl Into<String>) -> Failure {
        Failure::Retry(why.into())
    }

    /// Creates a failure after which the host does not try again.
    pub fn permanent(why: impl Into<String>) -> Failure {
        Failure::Permanent(why.into())
    }

    /// Creates the failure for an unknown action.
    pub fn no_such_action(action: &str) -> Failure {
        Failure::Permanent(format!("no such action: {action}"))
    }
}
