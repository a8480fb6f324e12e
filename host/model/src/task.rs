use serde::{Deserialize, Serialize};

use super::{Because, CustomerId, InstallationId, RunId, TaskId, Timestamp};

/// Work for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Task {
    pub id: TaskId,
    pub customer: CustomerId,
    /// The plugin that proposed it. `None` if a person or the host opened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<InstallationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    pub title: String,
    pub body: String,
    /// The assignee: a role or a person's name.
    pub role: String,
    pub urgent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub due_at: Option<Timestamp>,
    /// Open tasks of one customer and plugin with the same key are merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_key: Option<String>,
    pub because: Because,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    pub state: TaskState,
    /// The result in a few words, such as `done` or `not needed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub closed_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    Open,
    Closed,
}
