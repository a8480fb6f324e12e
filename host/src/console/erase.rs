//! The end.

use axum::http::StatusCode;

use super::layout::Sheet;

/// What is left to say.
pub(super) fn erased(status: StatusCode) -> Sheet {
    Sheet::note(
        status,
        "Everything about you is erased",
        &[
            "There is nothing here about you any more, and nothing will be sent to you.",
            "Thank you for the time you were with us. You are welcome whenever you like.",
        ],
    )
}
