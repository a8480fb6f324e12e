//! Erasure in two steps, since it cannot be undone.

use axum::http::StatusCode;
use maud::html;

use super::form::{FieldError, Fields, error_summary, field_error};
use super::layout::{Page, SLOT, with_markup};
use regulars::sentences as say;

const SURE: &str = "sure";

/// Returns the page that explains erasure, with its form.
pub(super) fn ask(token: &str, errors: &[FieldError]) -> Page {
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let title = if errors.is_empty() {
        say::erase_ask_title()
    } else {
        say::erase_not_sure_title()
    };
    let download = html! {
        a href={ "../" (token) "#download" } { (say::erase_download_link()) }
    };
    let main = html! {
        (error_summary(errors))
        div.panel {
            p { (say::erase_consequence()) }
            p { (say::erase_remains()) }
            p { (with_markup(&say::erase_download_first(SLOT), download)) }
            form method="post" action="erase" {
                (field_error(errors, SURE))
                label.choice for=(SURE) {
                    input type="checkbox" id=(SURE) name="sure" value="yes"
                        aria-invalid=[(!errors.is_empty()).then_some("true")]
                        aria-describedby=[(!errors.is_empty()).then_some("sure-wrong")];
                    span { (say::erase_sure()) }
                }
                div.row.group {
                    button.danger type="submit" { (say::erase_confirm()) }
                    a.button.quiet href={ "../" (token) } { (say::erase_back()) }
                }
            }
        }
    };
    Page::new(status, title, main)
}

pub(super) fn check_sure(fields: &Fields) -> Result<(), FieldError> {
    match fields.get("sure") {
        Some("yes") => Ok(()),
        _ => Err(FieldError::new(SURE, say::erase_not_sure())),
    }
}

/// Returns the page after the erasure.
pub(super) fn erased(status: StatusCode) -> Page {
    Page::note(
        status,
        say::erased_title(),
        &[say::erased(), say::erased_thanks()],
    )
}
