use super::{Candidate, PolicyView, verdict};
use crate::model::{Effect, Verdict, VerdictOutcome};

/// Keeps the same piece of work from being opened, and the same message from being said, twice.
pub(super) fn judge(
    view: &PolicyView<'_>,
    allowed: &[&Candidate<'_>],
    candidate: &Candidate<'_>,
) -> Option<Verdict> {
    let key = key(candidate.effect)?;
    let entry = (candidate.installation.clone(), key.to_owned());
    let known = match candidate.effect {
        Effect::Task(_) => view.desk.open_groups.contains(&entry),
        _ => view.desk.message_keys.contains(&entry),
    };
    let beside = allowed.iter().any(|other| {
        other.installation == candidate.installation
            && other.effect.kind() == candidate.effect.kind()
            && self::key(other.effect) == Some(key)
    });
    if !known && !beside {
        return None;
    }
    let detail = match candidate.effect {
        Effect::Task(_) => {
            "A task of this group is open already; it can be opened again once that is closed."
        }
        _ => {
            "The plugin proposed this very message before; another dedupe key would make it another message."
        }
    };
    verdict("duplicate", VerdictOutcome::Deny, detail)
}

fn key(effect: &Effect) -> Option<&str> {
    match effect {
        Effect::Task(task) => task.group_key.as_deref(),
        Effect::Message(message) => Some(&message.dedupe_key),
        _ => None,
    }
}
