//! Grants that are restricted further than the manifest's requests, by the names that the manifest uses.

use std::collections::BTreeSet;

use regulars_manifest::{CustomerField, EffectKind};

use super::field_name;
use crate::InvalidInput;
use crate::{Grants, HistoryGrant, KINDS};

impl Grants {
    /// Removes one grant: a field (`birthday`), an effect (`message`) or a kind of interaction (`complaint`),
    /// which can then be neither seen nor appended. The prefixes `field:`, `effect:` and `history:` resolve
    /// an ambiguous name.
    ///
    /// # Errors
    /// [`InvalidInput`] for an unknown or ambiguous name. The message lists the known ones.
    pub fn leave_out(&mut self, name: &str) -> Result<(), InvalidInput> {
        let (what, word) = match name.split_once(':') {
            Some((what @ ("field" | "effect" | "history"), word)) => (Some(what), word),
            _ => (None, name),
        };
        let field = CustomerField::ALL
            .into_iter()
            .find(|field| field_name(*field) == word)
            .filter(|field| self.fields.contains(field) && what.is_none_or(|it| it == "field"));
        let effect = self.effects.iter().copied();
        let effect = effect
            .filter(|_| what.is_none_or(|it| it == "effect"))
            .find(|effect| effect.to_string() == word);
        let kind = what.is_none_or(|it| it == "history")
            && (self.record_kinds.contains(word) || self.shows(word) && known(word, self));
        match (field, effect, kind) {
            (Some(field), None, false) => drop(self.fields.remove(&field)),
            (None, Some(effect), false) => {
                self.effects.remove(&effect);
                match effect {
                    EffectKind::Record => self.record_kinds.clear(),
                    EffectKind::Message => self.service = false,
                    _ => {}
                }
            }
            (None, None, true) => self.leave_out_kind(word),
            (None, None, false) => {
                return Err(InvalidInput::new(
                    "without",
                    format!(
                        "unknown grant “{}”: expected one of {}",
                        crate::text::line(name, 64),
                        self.names().join(", ")
                    ),
                ));
            }
            _ => {
                return Err(InvalidInput::new(
                    "without",
                    format!(
                        "ambiguous grant “{word}”: expected field:{word}, effect:{word} or history:{word}"
                    ),
                ));
            }
        }
        Ok(())
    }

    /// Limits the visible history to `days`, for one kind of interaction or for all.
    ///
    /// # Errors
    /// [`InvalidInput`] if the kind is not visible, or no window is longer.
    pub fn shorten(&mut self, kind: Option<&str>, days: u32) -> Result<(), InvalidInput> {
        let field = "history_days";
        if days == 0 {
            let problem = "expected at least 1 day: leave the kind out to hide it";
            return Err(InvalidInput::new(field, problem));
        }
        if let Some(kind) = kind.filter(|kind| !self.shows(kind) || !known(kind, self)) {
            let kind = crate::text::line(kind, 64);
            let problem = format!("no window shows “{kind}”");
            return Err(InvalidInput::new(field, problem));
        }
        let mut windows = Vec::new();
        for window in &self.history {
            match kind {
                None => windows.push(HistoryGrant {
                    days: window.days.min(days),
                    ..window.clone()
                }),
                Some(kind) => {
                    let kinds = spelled_out(&window.kinds);
                    let (its, others): (BTreeSet<_>, BTreeSet<_>) =
                        kinds.into_iter().partition(|it| it == kind);
                    if its.is_empty() || window.days <= days {
                        windows.push(window.clone());
                        continue;
                    }
                    let part = |kinds, days| HistoryGrant {
                        kinds,
                        days,
                        limit: window.limit,
                    };
                    windows.push(part(its, days));
                    windows.extend((!others.is_empty()).then(|| part(others, window.days)));
                }
            }
        }
        if windows == self.history {
            let problem = format!("no window is longer than {days} days");
            return Err(InvalidInput::new(field, problem));
        }
        self.history = windows;
        Ok(())
    }

    /// Returns the names that [`Grants::leave_out`] accepts.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        names.extend(self.fields.iter().map(|it| field_name(*it).to_owned()));
        names.extend(self.effects.iter().map(ToString::to_string));
        let mut kinds: BTreeSet<String> = self.record_kinds.clone();
        for window in &self.history {
            kinds.extend(spelled_out(&window.kinds));
        }
        for kind in kinds {
            let taken = names.contains(&kind);
            names.push(match taken {
                true => format!("history:{kind}"),
                false => kind,
            });
        }
        names
    }

    fn leave_out_kind(&mut self, kind: &str) {
        self.record_kinds.remove(kind);
        for window in &mut self.history {
            if window.kinds.is_empty() || window.kinds.contains(kind) {
                window.kinds = spelled_out(&window.kinds);
                window.kinds.remove(kind);
            }
        }
        // A window without kinds would show all of them.
        self.history.retain(|window| !window.kinds.is_empty());
    }
}

/// Returns the kinds of a window, with an empty set replaced by the host's own kinds. A restricted window
/// hides the kinds that plugins add later.
fn spelled_out(kinds: &BTreeSet<String>) -> BTreeSet<String> {
    match kinds.is_empty() {
        true => KINDS.iter().map(|kind| (*kind).to_owned()).collect(),
        false => kinds.clone(),
    }
}

fn known(kind: &str, grants: &Grants) -> bool {
    let windows = &mut grants.history.iter();
    windows.any(|window| spelled_out(&window.kinds).contains(kind))
}
