use super::{Policy, verdict};
use regulars_model::{Level, Purpose, Verdict, VerdictOutcome};

/// Limits contact to the customer's level. Level low allows service messages only.
pub(super) fn judge(policy: &Policy, level: Level, purpose: Purpose) -> Option<Verdict> {
    use VerdictOutcome::{Allow, Deny};
    if purpose == Purpose::Service {
        return verdict("level", Allow, "Service goes to customers of every level.");
    }
    let levels = &policy.contact.levels;
    let (name, purposes) = match level {
        Level::Low => {
            return verdict(
                "level",
                Deny,
                "The customer's level is low: service only. The customer or staff can raise it.",
            );
        }
        Level::Medium => ("medium", &levels.medium),
        Level::High => ("high", &levels.high),
    };
    if purposes.contains(&purpose) {
        return verdict("level", Allow, "The customer's level allows this purpose.");
    }
    verdict(
        "level",
        Deny,
        format!(
            "Customers at level {name} get no messages of this purpose. The customer or staff can raise the level; \
             the policy's “levels.{name}” says what each level gets."
        ),
    )
}
