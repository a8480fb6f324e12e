//! One click (RFC 8058): a POST with `List-Unsubscribe=One-Click` and nothing else ends messages to a contact
//! point. Mailboxes look at links beforehand, so a GET changes nothing; for people it has one button.

use axum::extract::{Path, Request, State};
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::html;

use super::erase::erased;
use super::form::Fields;
use super::layout::Sheet;
use super::opening::{failed, gone, too_many, unknown};
use crate::host::Opened;
use crate::http::{App, blocking};

const NAME: &str = "List-Unsubscribe";
const VALUE: &str = "One-Click";

pub(super) async fn ask(
    State(app): State<App>,
    Path(token): Path<String>,
    from: Extensions,
) -> Response {
    if let Err(seconds) = app.let_in(&token, &from) {
        return too_many(seconds);
    }
    match blocking(app.host(), move |host| host.unsubscribe_link(&token)).await {
        Ok(Opened::To(_)) => {
            let main = html! {
                div.panel {
                    p { "Press the button, and we send nothing to this address any more, whatever it is about." }
                    form method="post" action="unsubscribe" {
                        input type="hidden" name=(NAME) value=(VALUE);
                        button type="submit" { "Unsubscribe" }
                    }
                }
            };
            Sheet::new(StatusCode::OK, "Do you want to unsubscribe?", main).into_response()
        }
        Ok(other) => refused(&other).into_response(),
        Err(problem) => failed(&problem).into_response(),
    }
}

pub(super) async fn confirm(
    State(app): State<App>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    if let Err(seconds) = app.let_in(&token, request.extensions()) {
        return too_many(seconds);
    }
    let fields = match Fields::read(&app, request).await {
        Ok(fields) => fields,
        Err(sheet) => return sheet.into_response(),
    };
    if fields.get(NAME) != Some(VALUE) {
        return Sheet::note(
            StatusCode::BAD_REQUEST,
            "Nothing was changed",
            &["To unsubscribe, open the link in your message and press the button there."],
        )
        .into_response();
    }
    let done = blocking(app.host(), move |host| {
        let opened = host.unsubscribe_link(&token)?;
        if let Opened::To(unsubscribe) = &opened {
            unsubscribe.confirm()?;
        }
        Ok(opened)
    });
    match done.await {
        Ok(Opened::To(_)) => Sheet::note(
            StatusCode::OK,
            "You are unsubscribed",
            &[
                "We send nothing to this address any more. What waited to be sent is cancelled.",
                "If that was a mistake, tell us: we can undo it when you ask for it.",
            ],
        )
        .into_response(),
        // It is as was asked.
        Ok(Opened::Erased) => erased(StatusCode::OK).into_response(),
        Ok(other) => refused(&other).into_response(),
        Err(problem) => failed(&problem).into_response(),
    }
}

fn refused<T>(opened: &Opened<T>) -> Sheet {
    match opened {
        Opened::Expired => gone(),
        Opened::Erased => erased(StatusCode::GONE),
        Opened::Unknown | Opened::To(_) => unknown(),
    }
}
