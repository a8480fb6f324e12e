//! The frame, style and security headers of all pages.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use regulars::sentences as say;

const STYLE: &str = include_str!("style.css");

/// Content security policy: nothing is loaded or run. The style is allowed by its hash, and forms post only
/// to this host.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
});

/// The argument of a sentence that [`with_markup`] replaces.
pub(super) const SLOT: &str = "\u{fffc}";

/// Renders a sentence with markup in place of [`SLOT`].
pub(super) fn with_markup(sentence: &str, markup: Markup) -> Markup {
    let (before, after) = sentence.split_once(SLOT).unwrap_or((sentence, ""));
    html! { (before) (markup) (after) }
}

/// A page for customers.
pub(super) struct Page {
    pub status: StatusCode,
    pub title: String,
    pub main: Markup,
    /// Content beside the heading, above the main part.
    pub intro: Markup,
    /// Seconds for the `retry-after` header.
    pub retry_after: Option<u32>,
}

impl Page {
    pub fn new(status: StatusCode, title: impl Into<String>, main: Markup) -> Page {
        Page {
            status,
            title: title.into(),
            main,
            intro: html! {},
            retry_after: None,
        }
    }

    /// Creates a page with paragraphs of plain text.
    pub fn note(status: StatusCode, title: &str, paragraphs: &[&str]) -> Page {
        let main = html! {
            div.panel { @for text in paragraphs { p { (text) } } }
        };
        Page::new(status, title, main)
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex, nofollow";
                    meta name="referrer" content="no-referrer";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#main" { (say::page_skip_to_content()) }
                    header {
                        h1 dir="auto" { (self.title) }
                        (self.intro)
                    }
                    main id="main" tabindex="-1" { (self.main) }
                    footer {
                        p { (say::page_promise()) }
                    }
                }
            }
        };
        let mut response = (self.status, page.into_string()).into_response();
        let headers = response.headers_mut();
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, html);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        set_security_headers(headers);
        response
    }
}

/// Sets the security headers of every response below `/my`, including downloads and redirects. The server's
/// middleware disables caching.
pub(super) fn set_security_headers(headers: &mut HeaderMap) {
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
