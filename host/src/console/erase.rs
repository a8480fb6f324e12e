//! The end, in two steps: a page that asks, and a form that does it.

use axum::extract::{Path, Request, State};
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::form::{Fields, Wrong, beside, summary};
use super::layout::Sheet;
use super::own_page::{Shown, on_page, opened, too_many};
use crate::http::App;

/// The box that has to be ticked.
const BOX: &str = "sure";

pub(super) fn section(shown: &Shown<'_>) -> Markup {
    html! {
        section aria-labelledby="erase" {
            h2 id="erase" { "Erase everything about you" }
            p { "We remove all that we keep about you: your name, how to reach you, what happened, what we made of it. Nobody can bring it back." }
            p.row { a.button.quiet href=(shown.path("erase")) { "Erase everything …" } }
        }
    }
}

pub(super) async fn ask(
    State(app): State<App>,
    Path(token): Path<String>,
    from: Extensions,
) -> Response {
    on_page(&app, token, &from, |_, _, token| {
        Ok(question(token, &[]).into_response())
    })
    .await
}

/// What it means, and a box to tick: nobody erases themselves by one slip.
fn question(token: &str, wrong: &[Wrong]) -> Sheet {
    let main = html! {
        (summary(wrong))
        div.panel {
            p { "This removes your name, your addresses and numbers, everything that you said or did with us, and what our programs remember of you." }
            p { "We keep a seal of your addresses, from which nobody can read them, so that nothing is ever sent there again. And we keep that something happened and when, without a word of what, or of whom." }
            p { "Copies that we made for emergencies hold it for a while longer. You may want to download everything before." }
            form method="post" action="erase" {
                (beside(wrong, BOX))
                label.choice for=(BOX) {
                    input type="checkbox" id=(BOX) name=(BOX) value="yes" aria-describedby=[(!wrong.is_empty()).then(|| format!("{BOX}-wrong"))];
                    span { "Yes, erase everything about me. It cannot be undone." }
                }
                p.row {
                    button type="submit" { "Erase everything now" }
                    a.button.quiet href={ "../" (token) } { "No, go back" }
                }
            }
        }
    };
    let status = match wrong {
        [] => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Sheet::new(status, "Erase everything about you?", main)
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
    opened(&app, token, move |page, _, token| {
        if fields.get(BOX) != Some("yes") {
            let wrong = Wrong::new(BOX, "Tick the box to say that you are sure.");
            return Ok(question(token, &[wrong]).into_response());
        }
        page.erase()?;
        Ok(erased(StatusCode::OK).into_response())
    })
    .await
}

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
