use std::collections::BTreeSet;
use std::sync::Arc;

use regulars_manifest::Condition;

use super::calendar::Calendar;
use super::report::LeftOut;
use crate::engine::Engine;
use crate::error::Error;
use crate::model::*;
use crate::plugin_set::{Active, PluginSet};

/// The plugins that run together, and their schedules.
pub(super) struct Participants {
    pub set: PluginSet,
    /// The index of the rehearsed plugin in the set.
    pub subject: usize,
    pub calendar: Calendar,
}

/// The past that is needed beyond the history that plugins see.
#[derive(Default)]
pub(super) struct Needs {
    /// The longest history that a plugin sees, in days.
    pub days: u32,
    /// True if a condition asks for the last inbound interaction.
    pub inbound: bool,
    /// The kinds of interaction that conditions ask about.
    pub kinds: BTreeSet<String>,
}

impl Participants {
    pub fn new(
        engine: &Engine,
        subject: Arc<Active>,
        others: &[Arc<Active>],
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Participants, Error> {
        let id = subject.installation.id.clone();
        let mut all: Vec<Arc<Active>> = others.to_vec();
        all.push(subject);
        all.sort_by(|a, b| a.installation.id.cmp(&b.installation.id));
        let set = PluginSet { all };
        let calendar = Calendar::new(engine, &set, from, until)?;
        let mut participants = Participants {
            set,
            subject: 0,
            calendar,
        };
        participants.subject = participants.place(&id).unwrap_or(0);
        Ok(participants)
    }

    pub fn place(&self, id: &InstallationId) -> Option<usize> {
        let mut all = self.set.all.iter();
        all.position(|active| active.installation.id == *id)
    }

    pub fn subject(&self) -> &Installation {
        &self.set.all[self.subject].installation
    }

    pub fn add_needs(&self, needs: &mut Needs) {
        for active in &self.set.all {
            let days = active.installation.grants.history.iter();
            needs.days = needs.days.max(days.map(|it| it.days).max().unwrap_or(0));
        }
        for condition in self.calendar.conditions() {
            match condition {
                Condition::Inactive { .. } => needs.inbound = true,
                Condition::HasKind { kind } => {
                    needs.kinds.insert(kind.clone());
                }
                _ => {}
            }
        }
    }
}

/// Returns the installed plugins that run, and those that do not.
pub(super) fn installed(
    set: &PluginSet,
    without: &InstallationId,
) -> (Vec<Arc<Active>>, Vec<LeftOut>) {
    let (mut take_part, mut left_out) = (Vec::new(), Vec::new());
    for active in &set.all {
        let installation = &active.installation;
        if installation.id == *without {
            continue;
        }
        let why = match installation.state {
            InstallationState::Enabled if active.plugin().is_some() => {
                take_part.push(active.clone());
                continue;
            }
            InstallationState::Disabled => "it is switched off",
            InstallationState::Quarantined => "it is quarantined",
            _ => "it does not load here",
        };
        left_out.push(LeftOut {
            id: installation.id.clone(),
            why: why.to_owned(),
        });
    }
    (take_part, left_out)
}
