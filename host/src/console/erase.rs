//! Erasure in two steps, since it cannot be undone.

use axum::http::StatusCode;
use maud::html;

use super::form::{Fields, Wrong, beside, summary};
use super::layout::Sheet;

const SURE: &str = "sure";

/// Returns the page that explains erasure, with its form.
pub(super) fn ask(token: &str, wrong: &[Wrong]) -> Sheet {
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let title = if wrong.is_empty() {
        "Erase everything about you?"
    } else {
        "Not erased: tick the box first"
    };
    let main = html! {
        (summary(wrong))
        div.panel {
            p { "If you go on, we erase your name, your contact points, what you told us and what we noted about you. This cannot be undone, not even by us." }
            p { "What waits to be sent to you is cancelled. We keep one thing: a scrambled mark of the addresses and numbers that are yours alone, which nobody can read back, so that nothing is sent there again. And we go on counting that something happened, without you in it. Copies that we keep for emergencies hold your data until we throw them away." }
            p { "Perhaps you want to take your data with you first: " a href={ "../" (token) "#download" } { "download it" } "." }
            form method="post" action="erase" {
                (beside(wrong, SURE))
                label.choice for=(SURE) {
                    input type="checkbox" id=(SURE) name="sure" value="yes"
                        aria-invalid=[(!wrong.is_empty()).then_some("true")]
                        aria-describedby=[(!wrong.is_empty()).then_some("sure-wrong")];
                    span { "Yes, erase everything about me" }
                }
                div.row.group {
                    button.danger type="submit" { "Erase for good" }
                    a.button.quiet href={ "../" (token) } { "No, go back" }
                }
            }
        }
    };
    Sheet::new(status, title, main)
}

pub(super) fn sure(fields: &Fields) -> Result<(), Wrong> {
    match fields.get("sure") {
        Some("yes") => Ok(()),
        _ => Err(Wrong::new(
            SURE,
            "Tick the box if you want everything erased",
        )),
    }
}

/// Returns the page after the erasure.
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
