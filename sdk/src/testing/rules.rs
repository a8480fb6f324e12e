//! The host's rules on effects.

use crate::{Because, Effect, EffectKind, Interaction, Manifest};

/// Returns the reason that the host would refuse an effect. `None` if it would accept it.
pub(super) fn refusal(
    manifest: &Manifest,
    history: &[Interaction],
    effect: &Effect,
) -> Option<String> {
    let kind = kind_of(effect);
    let asks = || {
        manifest
            .proposes
            .iter()
            .filter(move |ask| ask.effect == kind)
    };
    if asks().next().is_none() {
        return Some(format!("the manifest does not propose `{kind}`"));
    }
    let because = |because| unfounded(history, because);
    let problem = match effect {
        Effect::Suggest(it) => blank("title", &it.title)
            .or_else(|| because(&it.because))
            .or_else(|| {
                let action = it.action.as_ref()?;
                let declared = manifest.actions.iter().any(|a| a.id == *action);
                (!declared).then(|| format!("the manifest declares no action {action:?}"))
            }),
        Effect::Ask(it) => blank("id", &it.id)
            .or_else(|| blank("text", &it.text))
            .or_else(|| because(&it.because)),
        Effect::Message(it) => blank("subject", &it.subject)
            .or_else(|| blank("value", &it.value))
            .or_else(|| blank("dedupe-key", &it.dedupe_key))
            .or_else(|| blank("channels", &it.channels.concat()))
            .or_else(|| because(&it.because)),
        Effect::Task(it) => blank("title", &it.title)
            .or_else(|| blank("role", &it.role))
            .or_else(|| because(&it.because)),
        Effect::ProposeLevel((_, it)) => because(it),
        Effect::Remember(it) => blank("key", &it.key),
        Effect::Wake(it) => blank("key", &it.key),
        Effect::Tag(tag) | Effect::Untag(tag) => blank("tag", tag),
        Effect::Record(it) => blank("kind", &it.kind).or_else(|| {
            let declared = asks().any(|ask| ask.kinds.contains(&it.kind));
            (!declared).then(|| format!("the manifest does not propose to record {:?}", it.kind))
        }),
    };
    problem.map(|problem| format!("`{kind}`: {problem}"))
}

/// Returns the kind of an effect, as in manifests.
pub(super) fn kind_of(effect: &Effect) -> EffectKind {
    match effect {
        Effect::Suggest(_) => EffectKind::Suggest,
        Effect::Ask(_) => EffectKind::Ask,
        Effect::Message(_) => EffectKind::Message,
        Effect::Task(_) => EffectKind::Task,
        Effect::Remember(_) => EffectKind::Remember,
        Effect::Wake(_) => EffectKind::Wake,
        Effect::Tag(_) | Effect::Untag(_) => EffectKind::Tag,
        Effect::ProposeLevel(_) => EffectKind::ProposeLevel,
        Effect::Record(_) => EffectKind::Record,
    }
}

fn blank(what: &str, text: &str) -> Option<String> {
    text.trim().is_empty().then(|| format!("{what} is empty"))
}

fn unfounded(history: &[Interaction], because: &Because) -> Option<String> {
    if because.evidence.is_empty() {
        return Some("it cites no evidence".to_owned());
    }
    blank("reason", &because.reason).or_else(|| {
        let known = |id: &&String| history.iter().all(|it| it.id != **id);
        let forged = because.evidence.iter().find(known)?;
        Some(format!("{forged:?} is not in this customer's history"))
    })
}
