use std::collections::BTreeSet;
use std::sync::Arc;

use regulars_manifest::Condition;

use super::calendar::Calendar;
use super::report::LeftOut;
use crate::error::Error;
use crate::host::Core;
use crate::model::*;
use crate::plugin_set::{Active, PluginSet};

/// The plugins that run together, and what they have to be told.
pub(super) struct Cast {
    pub set: PluginSet,
    /// The place in the set of the one that is looked at.
    pub subject: usize,
    pub calendar: Calendar,
}

/// What has to be known of a customer's past, beyond what plugins are shown.
#[derive(Default)]
pub(super) struct Needs {
    /// The most days that some plugin is shown.
    pub days: u32,
    /// Whether it matters when they last came, however long ago.
    pub inbound: bool,
    /// Kinds of which it matters whether there ever was one.
    pub kinds: BTreeSet<String>,
}

impl Cast {
    pub fn new(
        core: &Core,
        subject: Arc<Active>,
        others: &[Arc<Active>],
        (from, until): (Timestamp, Timestamp),
    ) -> Result<Cast, Error> {
        let id = subject.installation.id.clone();
        let mut all: Vec<Arc<Active>> = others.to_vec();
        all.push(subject);
        all.sort_by(|a, b| a.installation.id.cmp(&b.installation.id));
        let set = PluginSet { all };
        let calendar = Calendar::new(core, &set, from, until)?;
        let mut cast = Cast {
            set,
            subject: 0,
            calendar,
        };
        cast.subject = cast.place(&id).unwrap_or(0);
        Ok(cast)
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

/// The installed plugins that run, and those that do not.
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
