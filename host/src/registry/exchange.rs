//! HTTP exchanges with a registry: allowed redirects, the hosts that receive credentials, and size limits.

use std::net::IpAddr;

use oci_client::Reference;
use oci_client::secrets::RegistryAuth;
use reqwest::header::{ACCEPT, AUTHORIZATION, LOCATION};
use reqwest::{Response, StatusCode, Url};

use super::artifact::MANIFEST;
use super::client::Registry;
use super::error::RegistryError;
use super::token::header;
use crate::model::Digest;

/// The maximum number of redirects in one exchange.
const HOPS: usize = 5;
/// The maximum size in bytes of a manifest or an error body. Registries hold manifests to the same limit.
const DOCUMENT: usize = 4 << 20;

/// A response after all redirects.
pub(super) struct Answered {
    pub answer: Response,
    /// True if the original host sent it, and no redirect led elsewhere.
    pub at_home: bool,
}

impl Registry {
    /// Returns a manifest and its digest. `None` if the registry does not have it.
    pub(super) fn manifest(
        &self,
        reference: &Reference,
    ) -> Result<Option<(Vec<u8>, Digest)>, RegistryError> {
        let name = reference.digest().or(reference.tag()).unwrap_or_default();
        let path = format!("manifests/{name}");
        self.wait_briefly(async {
            let answer = self.get(reference, &path, MANIFEST).await?;
            match answer.status() {
                StatusCode::OK => {
                    let body = self.body(answer, DOCUMENT).await?;
                    // The digest is computed: the registry's header is not trusted.
                    let digest = Digest::of(&body);
                    Ok(Some((body, digest)))
                }
                StatusCode::NOT_FOUND => Ok(None),
                _ => Err(self.refusal(answer, &reference.whole()).await),
            }
        })
    }

    /// Requests a path of a reference's repository, and authenticates if the registry asks for it.
    pub(super) async fn get(
        &self,
        reference: &Reference,
        path: &str,
        accept: &str,
    ) -> Result<Response, RegistryError> {
        let url = self.url(reference, &format!("{}/{path}", reference.repository()))?;
        let shown = self.shown.lock().expect("nobody panics with it").clone();
        let first = self.follow(url.clone(), accept, &shown).await?;
        if first.answer.status() != StatusCode::UNAUTHORIZED || !first.at_home {
            return Ok(first.answer);
        }
        let headers = first.answer.headers();
        let shown = self.authorize(headers, reference, "pull").await?;
        if shown == RegistryAuth::Anonymous {
            return Ok(first.answer);
        }
        *self.shown.lock().expect("nobody panics with it") = shown.clone();
        Ok(self.follow(url, accept, &shown).await?.answer)
    }

    /// Returns the URL of a path below `/v2/`.
    pub(super) fn url(&self, reference: &Reference, path: &str) -> Result<Url, RegistryError> {
        let scheme = if self.plain { "http" } else { "https" };
        let url = format!("{scheme}://{}/v2/{path}", reference.resolve_registry());
        url.parse().map_err(|_| RegistryError::Reference {
            given: reference.whole(),
            problem: "invalid URL".to_owned(),
        })
    }

    /// Sends a request and follows redirects. Credentials go only to the original host, and not after a
    /// detour through another.
    pub(super) async fn follow(
        &self,
        mut url: Url,
        accept: &str,
        who: &RegistryAuth,
    ) -> Result<Answered, RegistryError> {
        let home = url.origin();
        let mut at_home = true;
        for _ in 0..=HOPS {
            let mut request = self.http.get(url.clone()).header(ACCEPT, accept);
            if at_home && let Some(header) = header(who) {
                request = request.header(AUTHORIZATION, header);
            }
            let sent = request.send().await;
            let answer = sent.map_err(|error| self.broken(&url, &error, error.is_connect()))?;
            let Some(next) = self.sent_on(&url, &answer)? else {
                return Ok(Answered { answer, at_home });
            };
            at_home &= next.origin() == home;
            url = next;
        }
        Err(self.astray(
            url.as_str(),
            "five redirects are followed, and this is the sixth",
        ))
    }

    /// Returns the target of a redirect. `None` if the response is none.
    fn sent_on(&self, from: &Url, answer: &Response) -> Result<Option<Url>, RegistryError> {
        if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(place) = answer.headers().get(LOCATION) else {
            return Ok(None);
        };
        let place = String::from_utf8_lossy(place.as_bytes());
        let next = from
            .join(&place)
            .map_err(|_| self.astray(&place, "invalid URL"))?;
        if from.scheme() == "https" && next.scheme() == "http" {
            return Err(self.astray(
                &place,
                "redirects from HTTPS to plain HTTP are not followed",
            ));
        }
        self.may_go(&next)?;
        Ok(Some(next))
    }

    /// Checks that a redirect's target is allowed, by scheme and host.
    pub(super) fn may_go(&self, to: &Url) -> Result<(), RegistryError> {
        let name = to.host_str().unwrap_or_default();
        let address = name.trim_matches(['[', ']']).parse::<IpAddr>();
        let here = name == "localhost" || address.is_ok_and(|it| it.is_loopback());
        match to.scheme() {
            "https" => Ok(()),
            "http" if !self.plain => Err(self.astray(
                to.as_str(),
                "redirects from HTTPS to plain HTTP are not followed",
            )),
            "http" if here || self.options.insecure => Ok(()),
            "http" => Err(self.astray(
                to.as_str(),
                "plain HTTP is allowed for loopback addresses only, or with --insecure",
            )),
            _ => Err(self.astray(to.as_str(), "expected https://")),
        }
    }

    /// Reads a whole body of at most `most` bytes.
    pub(super) async fn body(
        &self,
        mut answer: Response,
        most: usize,
    ) -> Result<Vec<u8>, RegistryError> {
        let too_long = || RegistryError::Refused {
            host: self.host.clone(),
            problem: format!("a body longer than the limit of {most} bytes"),
        };
        if answer.content_length().is_some_and(|it| it > most as u64) {
            return Err(too_long());
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk(&mut answer).await? {
            bytes.extend_from_slice(chunk.as_ref());
            if bytes.len() > most {
                return Err(too_long());
            }
        }
        Ok(bytes)
    }

    /// Returns the next part of a body. `None` at its end.
    pub(super) async fn chunk(
        &self,
        answer: &mut Response,
    ) -> Result<Option<impl AsRef<[u8]> + use<>>, RegistryError> {
        let chunk = answer.chunk().await;
        chunk.map_err(|error| self.broken(answer.url(), &error, false))
    }

    /// Converts an unexpected response into an error. `what` is the requested reference.
    pub(super) async fn refusal(&self, answer: Response, what: &str) -> RegistryError {
        let code = answer.status().as_u16();
        if let Some(known) = self.refused(code, what) {
            return known;
        }
        match self.body(answer, DOCUMENT).await {
            Ok(body) => RegistryError::Refused {
                host: self.host.clone(),
                problem: crate::text::line(&format!("{code} {}", said(&body)), 300),
            },
            Err(error) => error,
        }
    }
}

/// Returns the error text of a registry: the message of the OCI error document, or the body's beginning.
fn said(body: &[u8]) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let first = json.as_ref().map(|json| &json["errors"][0]);
    let words = first.and_then(|first| first["message"].as_str().or(first["code"].as_str()));
    match words {
        Some(words) => words.to_owned(),
        None => String::from_utf8_lossy(&body[..body.len().min(1000)]).into_owned(),
    }
}
