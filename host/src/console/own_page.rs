//! `/my/{token}`: the customer portal, its forms and its downloads.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use jiff::Zoned;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde::Deserialize;

use super::form::{Fields, Wrong, summary};
use super::layout::{Sheet, strict};
use super::opening::{Answer, on_page, opened, posted};
use super::{agreed, choices, download, erase, inferred, kept, messages, unsubscribe, words};
use crate::error::Error;
use crate::host::{Contents, Host, OwnPage};
use crate::http::App;
use crate::model::*;
use crate::sentences as say;
use crate::store::PageRequest;

/// Interactions and messages per page.
const SHOWN: u32 = 20;

/// Returns the routes of the portal. They need no key: the token in the path is the credential.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/my/{token}", get(show))
        .route("/my/{token}/level", saves(choices::set_level))
        .route("/my/{token}/pause", saves(choices::set_pause))
        .route("/my/{token}/topics", saves(choices::set_topics))
        .route("/my/{token}/channels", saves(choices::set_channels))
        .route("/my/{token}/consents", saves(agreed::set_consents))
        .route("/my/{token}/data.json", get(download::everything))
        .route("/my/{token}/contact.vcf", get(download::contact_card))
        .route("/my/{token}/erase", get(ask_to_erase).post(erase_all))
        .route(
            "/my/{token}/unsubscribe",
            get(unsubscribe::ask).post(unsubscribe::confirm),
        )
}

/// The data of one rendered page.
pub(super) struct Shown<'a> {
    pub contents: &'a Contents,
    /// The customer's time zone, else the business's.
    pub zone: &'a TimeZone,
    pub now: &'a Zoned,
    pub wrong: &'a [Wrong],
    token: &'a str,
    /// The posted form, if it is shown again at its own path.
    again: Option<&'a Fields>,
}

impl Shown<'_> {
    /// Returns a form's path. Paths are relative, since the router may be nested under any prefix.
    pub fn path(&self, form: &str) -> String {
        match self.again {
            Some(_) => form.to_owned(),
            None => format!("{}/{form}", self.token),
        }
    }

    /// Returns the page's own path.
    pub fn here(&self) -> String {
        match self.again {
            Some(_) => format!("../{}", self.token),
            None => self.token.to_owned(),
        }
    }

    /// Returns the posted value, if the form is shown again for correction.
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
            Some(name) => say::hello_name(words::line(name)),
            None => say::hello().to_owned(),
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
            (self.farewell())
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
            ("level", say::nav_level(), true),
            ("pause", say::nav_pause(), true),
            ("topics", say::nav_topics(), true),
            ("channels", say::nav_channels(), true),
            ("consents", say::nav_consents(), consents),
            ("messages", say::nav_messages(), true),
            ("inferred", say::nav_plugin_data(), true),
            ("kept", say::nav_data(), true),
            ("download", say::nav_download(), true),
            ("erase", say::nav_erase(), true),
        ];
        html! {
            p { (say::intro()) }
            nav aria-label=(say::page_sections()) {
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
                h2 id="download" { (say::download_title()) }
                p { (say::download_intro()) }
                p.row {
                    a.button.quiet href=(self.path("data.json")) download="my-data.json" { (say::download_everything()) }
                    a.button.quiet href=(self.path("contact.vcf")) download="my-contact.vcf" { (say::download_card()) }
                }
            }
        }
    }

    fn farewell(&self) -> Markup {
        html! {
            section aria-labelledby="erase" {
                h2 id="erase" { (say::erase_title()) }
                p { (say::erase_intro()) }
                p.row { a.button.danger href=(self.path("erase")) { (say::erase_open()) } }
            }
        }
    }
}

/// Query parameters of the page. Invalid values are ignored, since people edit URLs.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    done: Option<String>,
    history: Option<String>,
    messages: Option<String>,
}

impl Asked {
    /// Returns the confirmation of the last saved form.
    fn done(&self) -> Option<&'static str> {
        Some(match self.done.as_deref()? {
            "level" => say::saved_level(),
            "pause" => say::saved_pause(),
            "resumed" => say::saved_resumed(),
            "topics" => say::saved_topics(),
            "channels" => say::saved_channels(),
            "consents" => say::saved_consents(),
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
) -> Answer {
    let asked = asked.map_or_else(|_| Asked::default(), |Query(asked)| asked);
    on_page(&app, token, &from, move |page, host, token| {
        Ok(sheet(host, page, token, &asked, &[], None)?.into_response())
    })
    .await
}

/// Renders the current page. With `again`, it is the response to a rejected form.
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
    let now = host.now().to_zoned(zone.clone());
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

/// The name of the confirmation, or the error in the form.
pub(super) type Saved = Result<Result<&'static str, Wrong>, Error>;

/// Returns the route of a form.
fn saves(set: fn(&OwnPage, &Fields) -> Saved) -> MethodRouter<App> {
    post(
        move |State(app): State<App>, Path(token): Path<String>, request: Request| {
            save(app, token, request, set)
        },
    )
}

async fn save(
    app: App,
    token: String,
    request: Request,
    set: fn(&OwnPage, &Fields) -> Saved,
) -> Answer {
    let fields = posted(&app, &token, request).await?;
    opened(&app, token, move |page, host, token| {
        match set(page, &fields)? {
            Ok(done) => Ok(see_other(token, done)),
            Err(wrong) => {
                let asked = Asked::default();
                let sheet = sheet(host, page, token, &asked, &[wrong], Some(&fields))?;
                Ok(sheet.into_response())
            }
        }
    })
    .await
}

async fn ask_to_erase(
    State(app): State<App>,
    Path(token): Path<String>,
    from: Extensions,
) -> Answer {
    on_page(&app, token, &from, |_, _, token| {
        Ok(erase::ask(token, &[]).into_response())
    })
    .await
}

async fn erase_all(State(app): State<App>, Path(token): Path<String>, request: Request) -> Answer {
    let fields = posted(&app, &token, request).await?;
    opened(&app, token, move |page, _, token| {
        match erase::sure(&fields) {
            Ok(()) => {
                page.erase()?;
                // The page after the redirect confirms the erasure.
                Ok(see_other(token, "erase"))
            }
            Err(wrong) => Ok(erase::ask(token, &[wrong]).into_response()),
        }
    })
    .await
}

/// Redirects to the page with a GET, so that a reload does not post again.
fn see_other(token: &str, done: &str) -> Response {
    let mut headers = HeaderMap::new();
    if let Ok(place) = HeaderValue::from_str(&format!("../{token}?done={done}")) {
        headers.insert(header::LOCATION, place);
    }
    strict(&mut headers);
    (StatusCode::SEE_OTHER, headers).into_response()
}
