//! One-click unsubscription (RFC 8058): a POST with `List-Unsubscribe=One-Click` ends messages to a contact
//! point. Mailboxes prefetch links, so a GET changes nothing; it shows people a page with one button.

use axum::extract::{Path, Request, State};
use axum::http::{Extensions, StatusCode};
use maud::html;

use super::auth::{closed_page, failed, read_form, too_many};
use super::layout::Page;
use crate::{App, blocking};
use regulars::sentences as say;

const NAME: &str = "List-Unsubscribe";
const VALUE: &str = "One-Click";

pub(super) async fn ask(
    State(app): State<App>,
    Path(token): Path<String>,
    from: Extensions,
) -> Result<Page, Page> {
    app.count_visit(&token, &from).map_err(too_many)?;
    app.host().unsubscribe_link(&token).map_err(closed_page)?;
    let main = html! {
        div.panel {
            p { (say::unsubscribe_intro()) }
            form method="post" action="unsubscribe" {
                input type="hidden" name=(NAME) value=(VALUE);
                button type="submit" { (say::unsubscribe_confirm()) }
            }
        }
    };
    Ok(Page::new(StatusCode::OK, say::unsubscribe_title(), main))
}

pub(super) async fn confirm(
    State(app): State<App>,
    Path(token): Path<String>,
    request: Request,
) -> Result<Page, Page> {
    let fields = read_form(&app, &token, request).await?;
    if fields.get(NAME) != Some(VALUE) {
        return Err(Page::note(
            StatusCode::BAD_REQUEST,
            say::unsubscribe_invalid_title(),
            &[say::unsubscribe_invalid()],
        ));
    }
    let link = app.host().unsubscribe_link(&token).map_err(closed_page)?;
    let done = blocking(app.host(), move |_| link.confirm()).await;
    done.map_err(failed)?;
    Ok(Page::note(
        StatusCode::OK,
        say::unsubscribed_title(),
        &[say::unsubscribed(), say::unsubscribed_undo()],
    ))
}
