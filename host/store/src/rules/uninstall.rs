use super::reasons;
use crate::Change;
use regulars_model::InstallationId;

/// Returns the changes that follow from the uninstallation of a plugin: its kept versions, secrets, schedules, timers
/// and deferred events are removed, its open cards and questions dismissed, and its queued messages cancelled.
///
/// Its tasks stay, because they are people's work by now, and so do its memories, runs and components.
pub fn after_uninstall(installation: &InstallationId) -> [Change; 8] {
    let id = || installation.clone();
    [
        Change::KeepSchedules {
            installation: id(),
            keep: Vec::new(),
        },
        Change::DropTimersOf(id()),
        Change::DropDeferredOf(id()),
        Change::DropSecretsOf(id()),
        Change::CancelMessagesOf {
            installation: id(),
            why: reasons::UNINSTALLED.to_owned(),
        },
        Change::DismissCardsOf(id()),
        Change::DismissQuestionsOf(id()),
        Change::DropVersions {
            installation: id(),
            keep: 0,
        },
    ]
}
