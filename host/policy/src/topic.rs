use super::{Outreach, Policy, verdict};
use regulars_model::{MessageProposal, Purpose, Verdict, VerdictOutcome};

/// Limits messages to the topics that the customer chose. Service messages are exempt.
pub(super) fn judge(
    policy: &Policy,
    outreach: &Outreach<'_>,
    message: &MessageProposal,
) -> Option<Verdict> {
    use VerdictOutcome::{Allow, Deny};
    match &message.topic {
        _ if message.purpose == Purpose::Service => {
            verdict("topic", Allow, "Service needs no topic.")
        }
        Some(topic) if outreach.known.topics.contains(topic) => {
            verdict("topic", Allow, "The customer chose this topic.")
        }
        Some(topic) => verdict(
            "topic",
            Deny,
            format!(
                "The customer did not choose the topic “{}”; choosing it would allow it.",
                regulars_model::text::line(topic, 64)
            ),
        ),
        None if policy.contact.topics.required.contains(&message.purpose) => verdict(
            "topic",
            Deny,
            "It does not say what it is about, and the policy's “topics.required” wants that for its purpose.",
        ),
        None => verdict(
            "topic",
            Allow,
            "It is about no topic that customers choose.",
        ),
    }
}
