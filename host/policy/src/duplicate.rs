use super::{Candidate, PolicyView, verdict};
use regulars_model::{Effect, Verdict, VerdictOutcome};

/// The group of the tasks in which staff decide on a customer's level.
pub const LEVEL_GROUP: &str = "regulars:level";

/// Prevents duplicate tasks and messages.
pub(super) fn judge(
    view: &PolicyView<'_>,
    allowed: &[&Candidate<'_>],
    candidate: &Candidate<'_>,
) -> Option<Verdict> {
    let key = key(view, candidate.effect)?;
    let entry = (candidate.installation.clone(), key.to_owned());
    let known = match candidate.effect {
        Effect::Message(_) => view.desk.message_keys.contains(&entry),
        _ => view.desk.open_groups.contains(&entry),
    };
    let concurrent = allowed.iter().any(|other| {
        other.installation == candidate.installation
            && other.effect.kind() == candidate.effect.kind()
            && self::key(view, other.effect) == Some(key)
    });
    if !known && !concurrent {
        return None;
    }
    let detail = match candidate.effect {
        Effect::Message(_) => {
            "The plugin proposed this very message before; another dedupe key would make it another message."
        }
        Effect::ProposeLevel { .. } => {
            "Staff were asked about this customer's level already; they can be asked again once that task is closed."
        }
        _ => "A task of this group is open already; it can be opened again once that is closed.",
    };
    verdict("duplicate", VerdictOutcome::Deny, detail)
}

fn key<'e>(view: &PolicyView<'_>, effect: &'e Effect) -> Option<&'e str> {
    match effect {
        Effect::Task(task) => task.group_key.as_deref(),
        Effect::Message(message) => Some(&message.dedupe_key),
        // A lower level takes effect at once, without a task.
        Effect::ProposeLevel { level, .. } if *level > view.level => Some(LEVEL_GROUP),
        _ => None,
    }
}
