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

use super::auth::{PageResult, open_portal, read_form, with_portal};
use super::form::{FieldError, Fields, error_summary};
use super::layout::{Page, set_security_headers};
use super::{choices, consents, data, download, erase, messages, plugin_data, unsubscribe, words};
use crate::App;
use regulars::error::Error;
use regulars::host::{Contents, Host, Portal};
use regulars::model::*;
use regulars::sentences as say;
use regulars::store::PageRequest;

/// Interactions and messages per page.
const PER_PAGE: u32 = 20;

/// Returns the routes of the portal. They need no key: the token in the path is the credential.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/my/{token}", get(show))
        .route("/my/{token}/level", form_route(choices::set_level))
        .route("/my/{token}/pause", form_route(choices::set_pause))
        .route("/my/{token}/topics", form_route(choices::set_topics))
        .route("/my/{token}/channels", form_route(choices::set_channels))
        .route("/my/{token}/consents", form_route(consents::set_consents))
        .route("/my/{token}/data.json", get(download::everything))
        .route("/my/{token}/contact.vcf", get(download::contact_card))
        .route("/my/{token}/erase", get(ask_to_erase).post(erase_all))
        .route(
            "/my/{token}/unsubscribe",
            get(unsubscribe::ask).post(unsubscribe::confirm),
        )
}

/// The data of one rendered page.
pub(super) struct PageContext<'a> {
    pub contents: &'a Contents,
    /// The customer's time zone, else the business's.
    pub zone: &'a TimeZone,
    pub now: &'a Zoned,
    pub errors: &'a [FieldError],
    token: &'a str,
    /// The posted form, if it is shown again at its own path.
    rejected: Option<&'a Fields>,
}

impl PageContext<'_> {
    /// Returns a form's path. Paths are relative, since the router may be nested under any prefix.
    pub fn path(&self, form: &str) -> String {
        match self.rejected {
            Some(_) => form.to_owned(),
            None => format!("{}/{form}", self.token),
        }
    }

    /// Returns the page's own path.
    pub fn here(&self) -> String {
        match self.rejected {
            Some(_) => format!("../{}", self.token),
            None => self.token.to_owned(),
        }
    }

    /// Returns the posted value, if the form is shown again for correction.
    pub fn sent(&self, field: &str) -> &str {
        let sent = self.rejected.and_then(|fields| fields.get(field));
        sent.unwrap_or_default()
    }

    pub fn plugin(&self, id: &InstallationId) -> String {
        match self.contents.plugins.get(id) {
            Some(title) => words::line(title),
            None => words::key(id.as_str()),
        }
    }

    fn render(&self, done: Option<&'static str>) -> Page {
        let customer = &self.contents.customer;
        let name = customer
            .given_name
            .as_ref()
            .or(customer.display_name.as_ref());
        let hello = match name.filter(|name| !name.trim().is_empty()) {
            Some(name) => say::hello_name(words::line(name)),
            None => say::hello().to_owned(),
        };
        let consents = consents::consents(self);
        let main = html! {
            @if let Some(done) = done { p.panel.done role="status" { (done) } }
            (error_summary(self.errors))
            (choices::level(self))
            (choices::pause(self))
            (choices::topics(self))
            (choices::channels(self))
            (consents)
            (messages::messages(self))
            (plugin_data::plugin_data(self))
            (data::data(self))
            (self.download_section())
            (self.erase_section())
        };
        let status = match self.errors {
            [] => StatusCode::OK,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Page {
            intro: self.intro(!consents.0.is_empty()),
            ..Page::new(status, hello, main)
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

    fn download_section(&self) -> Markup {
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

    fn erase_section(&self) -> Markup {
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
pub(super) struct PortalQuery {
    done: Option<String>,
    history: Option<String>,
    messages: Option<String>,
}

impl PortalQuery {
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
            limit: PER_PAGE,
        };
        (page(&self.history), page(&self.messages))
    }
}

async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    query: Result<Query<PortalQuery>, QueryRejection>,
    from: Extensions,
) -> PageResult {
    let query = query.map_or_else(|_| PortalQuery::default(), |Query(query)| query);
    with_portal(&app, token, &from, move |page, host, token| {
        Ok(render_page(host, page, token, &query, &[], None)?.into_response())
    })
    .await
}

/// Renders the current page. With `rejected`, it is the response to a rejected form.
fn render_page(
    host: &Host,
    page: &Portal,
    token: &str,
    query: &PortalQuery,
    errors: &[FieldError],
    rejected: Option<&Fields>,
) -> Result<Page, Error> {
    let (interactions, messages) = query.pages();
    let contents = page.contents(interactions, messages)?;
    let zone = host.zone_of(&contents.customer);
    let now = host.now().to_zoned(zone.clone());
    let context = PageContext {
        contents: &contents,
        zone: &zone,
        now: &now,
        errors,
        token,
        rejected,
    };
    Ok(context.render(query.done()))
}

/// The name of the confirmation, or the error in the form.
pub(super) type FormResult = Result<Result<&'static str, FieldError>, Error>;

/// Returns the route of a form.
fn form_route(set: fn(&Portal, &Fields) -> FormResult) -> MethodRouter<App> {
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
    set: fn(&Portal, &Fields) -> FormResult,
) -> PageResult {
    let fields = read_form(&app, &token, request).await?;
    open_portal(&app, token, move |page, host, token| {
        match set(page, &fields)? {
            Ok(done) => Ok(see_other(token, done)),
            Err(wrong) => {
                let query = PortalQuery::default();
                let answer = render_page(host, page, token, &query, &[wrong], Some(&fields))?;
                Ok(answer.into_response())
            }
        }
    })
    .await
}

async fn ask_to_erase(
    State(app): State<App>,
    Path(token): Path<String>,
    from: Extensions,
) -> PageResult {
    with_portal(&app, token, &from, |_, _, token| {
        Ok(erase::ask(token, &[]).into_response())
    })
    .await
}

async fn erase_all(
    State(app): State<App>,
    Path(token): Path<String>,
    request: Request,
) -> PageResult {
    let fields = read_form(&app, &token, request).await?;
    open_portal(&app, token, move |page, _, token| {
        match erase::check_sure(&fields) {
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
    if let Ok(url) = HeaderValue::from_str(&format!("../{token}?done={done}")) {
        headers.insert(header::LOCATION, url);
    }
    set_security_headers(&mut headers);
    (StatusCode::SEE_OTHER, headers).into_response()
}
