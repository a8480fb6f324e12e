//! Erasure in two steps, since it cannot be undone.

use axum::http::StatusCode;
use maud::html;

use super::form::{Fields, Wrong, beside, summary};
use super::layout::{SLOT, Sheet, with_markup};
use crate::sentences as say;

const SURE: &str = "sure";

/// Returns the page that explains erasure, with its form.
pub(super) fn ask(token: &str, wrong: &[Wrong]) -> Sheet {
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let title = if wrong.is_empty() {
        say::erase_ask_title()
    } else {
        say::erase_not_sure_title()
    };
    let download = html! {
        a href={ "../" (token) "#download" } { (say::erase_download_link()) }
    };
    let main = html! {
        (summary(wrong))
        div.panel {
            p { (say::erase_consequence()) }
            p { (say::erase_remains()) }
            p { (with_markup(&say::erase_download_first(SLOT), download)) }
            form method="post" action="erase" {
                (beside(wrong, SURE))
                label.choice for=(SURE) {
                    input type="checkbox" id=(SURE) name="sure" value="yes"
                        aria-invalid=[(!wrong.is_empty()).then_some("true")]
                        aria-describedby=[(!wrong.is_empty()).then_some("sure-wrong")];
                    span { (say::erase_sure()) }
                }
                div.row.group {
                    button.danger type="submit" { (say::erase_confirm()) }
                    a.button.quiet href={ "../" (token) } { (say::erase_back()) }
                }
            }
        }
    };
    Sheet::new(status, title, main)
}

pub(super) fn sure(fields: &Fields) -> Result<(), Wrong> {
    match fields.get("sure") {
        Some("yes") => Ok(()),
        _ => Err(Wrong::new(SURE, say::erase_not_sure())),
    }
}

/// Returns the page after the erasure.
pub(super) fn erased(status: StatusCode) -> Sheet {
    Sheet::note(
        status,
        say::erased_title(),
        &[say::erased(), say::erased_thanks()],
    )
}
