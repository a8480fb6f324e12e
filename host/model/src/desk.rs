use serde::{Deserialize, Serialize};

use super::{
    Because, CardId, Customer, CustomerId, InstallationId, QuestionId, RunId, Task, Timestamp,
};

/// The desk view of a customer, for staff.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Desk {
    pub customer: Customer,
    /// Open cards, newest first.
    pub cards: Vec<Card>,
    /// Open questions, newest first.
    pub questions: Vec<Question>,
    /// Open tasks about this customer, urgent ones first, then by due time.
    pub tasks: Vec<Task>,
}

/// A suggestion for staff at the desk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Card {
    pub id: CardId,
    pub customer: CustomerId,
    pub plugin: InstallationId,
    pub run: RunId,
    pub title: String,
    pub body: String,
    /// The plugin's action that the card offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    pub because: Because,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, format = DateTime))]
    pub expires_at: Option<Timestamp>,
    pub state: CardState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum CardState {
    Open,
    /// Staff followed the suggestion.
    Done,
    /// Staff dismissed the card.
    Dismissed,
    /// A newer card of the same plugin replaced it.
    Superseded,
}

/// A question that staff ask the customer in person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Question {
    pub id: QuestionId,
    pub customer: CustomerId,
    pub plugin: InstallationId,
    pub run: RunId,
    /// The plugin's own id of the question.
    pub name: String,
    pub text: String,
    pub choices: Vec<String>,
    pub because: Because,
    #[cfg_attr(feature = "schema", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    pub state: QuestionState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum QuestionState {
    Open,
    Answered,
    /// Staff did not ask, or the customer did not answer.
    Dismissed,
}
