//! Reading and rendering of forms.

use std::collections::BTreeSet;

use axum::extract::Request;
use axum::http::StatusCode;
use futures_util::stream;
use maud::{Markup, html};

use super::layout::Page;
use crate::{App, media_type};
use regulars::sentences as say;

/// Longest form body in bytes.
const MAX_BODY: usize = 64 * 1024;

/// The fields of a form, in order.
pub(super) struct Fields(Vec<(String, String)>);

/// An invalid field: the id of its input, and the error.
#[derive(Debug)]
pub(super) struct FieldError {
    pub field: &'static str,
    pub problem: String,
}

impl FieldError {
    pub fn new(field: &'static str, problem: impl Into<String>) -> FieldError {
        FieldError {
            field,
            problem: problem.into(),
        }
    }
}

impl Fields {
    /// Reads the body of a request from a browser or a mailbox. RFC 8058 §3.2 requires both encodings.
    pub async fn read(app: &App, request: Request) -> Result<Fields, Page> {
        let kind = media_type(request.headers()).unwrap_or_default();
        let header = request.headers().get("content-type").cloned();
        let body = app.body(request, MAX_BODY).await.map_err(|status| {
            Page::note(
                status,
                say::form_incomplete_title(),
                &[say::form_incomplete()],
            )
        })?;
        let unreadable = || {
            Page::note(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                say::form_unreadable_title(),
                &[say::form_unreadable()],
            )
        };
        match kind.as_str() {
            "application/x-www-form-urlencoded" => {
                let pairs = form_urlencoded::parse(&body);
                Ok(Fields(pairs.into_owned().collect()))
            }
            "multipart/form-data" => {
                let header = header.as_ref().and_then(|it| it.to_str().ok());
                let boundary = header.and_then(|it| multer::parse_boundary(it).ok());
                let boundary = boundary.ok_or_else(unreadable)?;
                parts(body, boundary).await.map_err(|_| unreadable())
            }
            _ => Err(unreadable()),
        }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(given, _)| given == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let found = self.0.iter().filter(move |(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn set(&self, name: &str) -> BTreeSet<String> {
        self.all(name).map(str::to_owned).collect()
    }
}

async fn parts(body: Vec<u8>, boundary: String) -> multer::Result<Fields> {
    let whole = stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut parts = multer::Multipart::new(whole, boundary);
    let mut fields = Vec::new();
    while let Some(part) = parts.next_field().await? {
        let name = part.name().unwrap_or_default().to_owned();
        fields.push((name, part.text().await?));
    }
    Ok(Fields(fields))
}

/// Renders the errors of a form at the top of the page, each with a link to its field.
pub(super) fn error_summary(errors: &[FieldError]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.panel.errors role="alert" {
                h2 { (say::form_errors_title()) }
                ul { @for it in errors { li { a href={ "#" (it.field) } { (it.problem) } } } }
            }
        }
    }
}

/// Renders the error of one field, beside it.
pub(super) fn field_error(errors: &[FieldError], field: &str) -> Markup {
    let found = errors.iter().find(|it| it.field == field);
    html! {
        @if let Some(it) = found { p.wrong id={ (field) "-wrong" } { (it.problem) } }
    }
}

/// A checkbox or radio button.
pub(super) struct Choice<'a> {
    pub kind: &'static str,
    pub id: String,
    pub name: &'a str,
    pub value: &'a str,
    pub chosen: bool,
    pub label: &'a str,
    pub means: Option<&'a str>,
}

impl maud::Render for Choice<'_> {
    fn render(&self) -> Markup {
        html! {
            label.choice for=(self.id) {
                input type=(self.kind) id=(self.id) name=(self.name) value=(self.value) checked[self.chosen];
                span {
                    span dir="auto" { (self.label) }
                    @if let Some(text) = self.means { span.soft { (text) } }
                }
            }
        }
    }
}
