//! `/my/{token}`: the page, its forms and its downloads.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Zoned;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Deserialize;

use super::form::{Fields, Wrong, summary};
use super::layout::{Sheet, strict};
use super::{agreed, choices, downloads, erase, inferred, kept, messages, unsubscribe, words};
use crate::error::Error;
use crate::host::{Contents, Host, Opened, OwnPage};
use crate::http::{App, Problem, blocking};
use crate::model::*;
use crate::store::PageRequest;

/// Things that happened, and messages, on one page.
const SHOWN: u32 = 20;

/// The pages of customers. They are open: the token is the key.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/my/{token}", get(show))
        .route("/my/{token}/level", post(save_level))
        .route("/my/{token}/pause", post(save_pause))
        .route("/my/{token}/topics", post(save_topics))
        .route("/my/{token}/channels", post(save_channels))
        .route("/my/{token}/consents", post(save_consents))
        .route("/my/{token}/contact.vcf", get(downloads::vcard))
        .route("/my/{token}/data.json", get(downloads::data))
        .route("/my/{token}/erase", get(erase::ask).post(erase::confirm))
        .route(
            "/my/{token}/unsubscribe",
            get(unsubscribe::ask).post(unsubscribe::confirm),
        )
}

/// What one page is made of.
pub(super) struct Shown<'a> {
    pub contents: &'a Contents,
    /// The customer's, else the business's.
    pub zone: &'a TimeZone,
    pub now: &'a Zoned,
    pub wrong: &'a [Wrong],
    token: &'a str,
    /// The form that was sent and is shown again, at its own path.
    again: Option<&'a Fields>,
}

impl Shown<'_> {
    /// A form's path. Paths are relative: nobody knows below which path the router is nested.
    pub fn path(&self, form: &str) -> String {
        match self.again {
            Some(_) => form.to_owned(),
            None => format!("{}/{form}", self.token),
        }
    }

    /// The page's own path.
    pub fn here(&self) -> String {
        match self.again {
            Some(_) => format!("../{}", self.token),
            None => self.token.to_owned(),
        }
    }

    /// What was typed, where it is to be put right.
    pub fn sent(&self, field: &str) -> &str {
        let sent = self.again.and_then(|fields| fields.get(field));
        sent.unwrap_or_default()
    }

    pub fn plugin(&self, id: &InstallationId) -> String {
        match self.contents.plugins.get(id) {
            Some(title) => words::line(title),
            None => words::key(id.as_str()),
        }
    }

    fn sheet(&self, done: Option<&'static str>) -> Sheet {
        let customer = &self.contents.customer;
        let name = customer
            .given_name
            .as_ref()
            .or(customer.display_name.as_ref());
        let hello = match name.filter(|name| !name.trim().is_empty()) {
            Some(name) => format!("Hello, {}", words::line(name)),
            None => "Hello".to_owned(),
        };
        let consents = agreed::consents(self);
        let main = html! {
            @if let Some(done) = done { p.panel.done role="status" { (done) } }
            (summary(self.wrong))
            (choices::level(self))
            (choices::pause(self))
            (choices::topics(self))
            (choices::channels(self))
            (consents)
            (messages::messages(self))
            (inferred::inferred(self))
            (kept::kept(self))
            (self.download())
            (erase::section(self))
        };
        let status = match self.wrong {
            [] => StatusCode::OK,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Sheet {
            intro: self.intro(!consents.0.is_empty()),
            ..Sheet::new(status, hello, main)
        }
    }

    fn intro(&self, consents: bool) -> Markup {
        let links = [
            ("level", "How much", true),
            ("pause", "Take a break", true),
            ("topics", "About what", true),
            ("channels", "How", true),
            ("consents", "What you agreed to", consents),
            ("messages", "What we sent", true),
            ("inferred", "What we make of it", true),
            ("kept", "What we keep", true),
            ("download", "Download", true),
            ("erase", "Erase", true),
        ];
        html! {
            p { "This is your page. You decide here how much you hear from us, and you see all that we keep about you. Whoever has the link to this page can open it: keep it to yourself." }
            nav aria-label="On this page" {
                ul {
                    @for (id, label, there) in links {
                        @if there { li { a href={ "#" (id) } { (label) } } }
                    }
                }
            }
        }
    }

    fn download(&self) -> Markup {
        html! {
            section aria-labelledby="download" {
                h2 id="download" { "Take it with you" }
                p { "Everything that we keep about you, in one file (JSON), or your contact details for an address book (vCard)." }
                p.row {
                    a.button.quiet href=(self.path("data.json")) download="my-data.json" { "Download everything" }
                    a.button.quiet href=(self.path("contact.vcf")) download="my-contact.vcf" { "Download contact card" }
                }
            }
        }
    }
}

/// What the page is asked for. It is a person's: what cannot be read is passed over.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    done: Option<String>,
    history: Option<String>,
    messages: Option<String>,
}

impl Asked {
    /// The confirmation of what was saved before.
    fn done(&self) -> Option<&'static str> {
        Some(match self.done.as_deref()? {
            "level" => "Saved. That is how much you hear from us from now on.",
            "pause" => "Saved. We are silent as long as you said.",
            "resumed" => "Saved. The break is over.",
            "topics" => "Saved. These are your topics.",
            "channels" => "Saved. We reach you only in these ways.",
            "consents" => "Saved. We write only about what you agreed to.",
            _ => return None,
        })
    }

    fn pages(&self) -> (PageRequest, PageRequest) {
        let page = |after: &Option<String>| PageRequest {
            after: after.as_deref().and_then(|after| after.parse().ok()),
            limit: SHOWN,
        };
        (page(&self.history), page(&self.messages))
    }
}

async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    from: Extensions,
) -> Response {
    let asked = asked.map_or_else(|_| Asked::default(), |Query(asked)| asked);
    on_page(&app, token, &from, move |page, host, token| {
        Ok(sheet(host, page, token, &asked, &[], None)?.into_response())
    })
    .await
}

/// The page as it is now; with `again`, a form's answer.
fn sheet(
    host: &Host,
    page: &OwnPage,
    token: &str,
    asked: &Asked,
    wrong: &[Wrong],
    again: Option<&Fields>,
) -> Result<Sheet, Error> {
    let (interactions, messages) = asked.pages();
    let contents = page.contents(interactions, messages)?;
    let zone = host.core.zone_of(&contents.customer);
    let now = choices::local(host.now(), &zone);
    let shown = Shown {
        contents: &contents,
        zone: &zone,
        now: &now,
        wrong,
        token,
        again,
    };
    Ok(shown.sheet(asked.done()))
}

type Saved = Result<Result<(), Wrong>, Error>;

async fn save(
    app: App,
    token: String,
    request: Request,
    saves: impl FnOnce(&OwnPage, &Fields, &Zoned) -> Saved + Send + 'static,
    done: &'static str,
) -> Response {
    if let Err(seconds) = app.let_in(&token, request.extensions()) {
        return too_many(seconds);
    }
    let fields = match Fields::read(&app, request).await {
        Ok(fields) => fields,
        Err(sheet) => return sheet.into_response(),
    };
    opened(&app, token, move |page, host, token| {
        let zone = page.zone()?;
        let now = choices::local(host.now(), &zone);
        match saves(page, &fields, &now)? {
            Ok(()) => {
                let over = fields.get("for") == Some("over");
                Ok(see_other(token, if over { "resumed" } else { done }))
            }
            Err(wrong) => {
                let asked = Asked::default();
                let sheet = sheet(host, page, token, &asked, &[wrong], Some(&fields))?;
                Ok(sheet.into_response())
            }
        }
    })
    .await
}

macro_rules! saving {
    ($($handler:ident: $done:literal, $saves:expr;)*) => {$(
        async fn $handler(
            State(app): State<App>,
            Path(token): Path<String>,
            request: Request,
        ) -> Response {
            save(app, token, request, $saves, $done).await
        }
    )*};
}

saving! {
    save_level: "level", |page, fields, _| choices::set_level(page, fields);
    save_pause: "pause", choices::set_pause;
    save_topics: "topics", |page, fields, _| choices::set_topics(page, fields);
    save_channels: "channels", |page, fields, _| choices::set_channels(page, fields);
    save_consents: "consents", |page, fields, _| agreed::set_consents(page, fields);
}

/// Back to the page, by a GET: loading it again saves nothing twice.
fn see_other(token: &str, done: &str) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(place) = HeaderValue::from_str(&format!("../{token}?done={done}")) {
        headers.insert(header::LOCATION, place);
    }
    strict(&mut headers);
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Counts the request, and does something with the page that the token opens.
pub(super) async fn on_page(
    app: &App,
    token: String,
    from: &Extensions,
    work: impl FnOnce(&OwnPage, &Host, &str) -> Result<Response, Error> + Send + 'static,
) -> Response {
    match app.let_in(&token, from) {
        Ok(()) => opened(app, token, work).await,
        Err(seconds) => too_many(seconds),
    }
}

/// Does something with the page that the token opens, or says why it opens none.
pub(super) async fn opened(
    app: &App,
    token: String,
    work: impl FnOnce(&OwnPage, &Host, &str) -> Result<Response, Error> + Send + 'static,
) -> Response {
    let done = blocking(app.host(), move |host| match host.own_page(&token)? {
        Opened::To(page) => match work(&page, host, &token) {
            // Erased while it was read.
            Err(Error::NotFound { .. } | Error::Erased { .. }) => {
                Ok(erase::erased(StatusCode::GONE).into_response())
            }
            other => other,
        },
        Opened::Expired => Ok(gone().into_response()),
        Opened::Unknown => Ok(unknown().into_response()),
        Opened::Erased => Ok(erase::erased(StatusCode::GONE).into_response()),
    });
    match done.await {
        Ok(response) => response,
        Err(problem) => failed(&problem).into_response(),
    }
}

const AGAIN: &str =
    "You get a new link with every message from us, and from our staff whenever you ask for one.";

pub(super) fn gone() -> Sheet {
    Sheet::note(
        StatusCode::GONE,
        "This link has had its time",
        &[
            "Links to your page end after a while, to keep others out.",
            AGAIN,
        ],
    )
}

/// It says nothing about whether there is such a customer.
pub(super) fn unknown() -> Sheet {
    Sheet::note(
        StatusCode::NOT_FOUND,
        "This link opens nothing",
        &[
            "Perhaps a part of it got lost on the way. Try to open it from the message once more.",
            AGAIN,
        ],
    )
}

pub(super) fn too_many(seconds: u32) -> Response {
    let sheet = Sheet::note(
        StatusCode::TOO_MANY_REQUESTS,
        "A little slower, please",
        &["That was a lot at once. Wait a moment, then try again. Nothing was changed."],
    );
    let mut response = sheet.into_response();
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, seconds.into());
    response
}

pub(super) fn failed(problem: &Problem) -> Sheet {
    Sheet::note(
        StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        "That did not work",
        &[
            "Something went wrong on our side. Load the page again to see how things are, and try once more in a while.",
        ],
    )
}
