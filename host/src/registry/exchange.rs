//! What is asked of a registry: where we let it send us, who is told there who we are, and how much we take.

use oci_client::Reference;
use oci_client::secrets::RegistryAuth;
use reqwest::header::{ACCEPT, AUTHORIZATION, LOCATION};
use reqwest::{Response, StatusCode, Url};

use super::artifact::MANIFEST;
use super::client::Registry;
use super::error::RegistryError;
use super::token::header;
use crate::model::Digest;
use crate::web_url;

/// How often we let us be sent on: from a registry to where it stores its blobs, and within that.
const HOPS: usize = 5;
/// The most bytes of a manifest, and of what is said of an error: what registries hold manifests to.
const DOCUMENT: usize = 4 << 20;

/// What came of a question.
pub(super) struct Answered {
    pub answer: Response,
    /// Whether it is by whom was asked, and not by whom we were sent on to.
    pub at_home: bool,
}

impl Registry {
    /// A manifest and its digest; none where the registry has no such thing.
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
                    // The registry's word for the digest does not count.
                    let digest = Digest::of(&body);
                    Ok(Some((body, digest)))
                }
                StatusCode::NOT_FOUND => Ok(None),
                _ => Err(self.refusal(answer, &reference.whole()).await),
            }
        })
    }

    /// What there is at a path of a reference's repository. A registry that wants to know who asks is told.
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

    /// An address below `/v2/`.
    pub(super) fn url(&self, reference: &Reference, path: &str) -> Result<Url, RegistryError> {
        let scheme = if self.plain { "http" } else { "https" };
        let url = format!("{scheme}://{}/v2/{path}", reference.resolve_registry());
        url.parse().map_err(|_| RegistryError::Reference {
            given: reference.whole(),
            problem: "invalid URL".to_owned(),
        })
    }

    /// Asks, also where we are sent on to. Who we are is for whom was asked first, and for nobody else: not on the way
    /// through another host either.
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
            "five such ways are followed, and this is the sixth",
        ))
    }

    /// Where an answer sends us on to.
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
            return Err(self.astray(&place, "from HTTPS nobody is followed to plain HTTP"));
        }
        self.may_go(&next)?;
        Ok(Some(next))
    }

    /// Whether we go where a registry sends us, as far as that can be seen.
    pub(super) fn may_go(&self, to: &Url) -> Result<(), RegistryError> {
        let name = to.host_str().unwrap_or_default();
        let here = web_url::is_loopback(name);
        match to.scheme() {
            "https" => Ok(()),
            "http" if !self.plain => {
                Err(self.astray(to.as_str(), "from HTTPS nobody is followed to plain HTTP"))
            }
            "http" if here || self.options.insecure => Ok(()),
            "http" => Err(self.astray(
                to.as_str(),
                "plain HTTP is for this machine; --insecure allows it",
            )),
            _ => Err(self.astray(to.as_str(), "HTTPS is expected")),
        }
    }

    /// A body as a whole, where it is not longer than it may be.
    pub(super) async fn body(
        &self,
        mut answer: Response,
        most: usize,
    ) -> Result<Vec<u8>, RegistryError> {
        let too_long = || RegistryError::Refused {
            host: self.host.clone(),
            problem: format!("something longer than the {most} bytes that it may have"),
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

    /// What came next of a body; none at its end.
    pub(super) async fn chunk(
        &self,
        answer: &mut Response,
    ) -> Result<Option<impl AsRef<[u8]> + use<>>, RegistryError> {
        let chunk = answer.chunk().await;
        chunk.map_err(|error| self.broken(answer.url(), &error, false))
    }

    /// What an answer says that is neither what was asked for nor that there is no such thing. `what` was asked for.
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

/// What a registry says of an error, by the specification or in words of its own.
fn said(body: &[u8]) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let first = json.as_ref().map(|json| &json["errors"][0]);
    let words = first.and_then(|first| first["message"].as_str().or(first["code"].as_str()));
    match words {
        Some(words) => words.to_owned(),
        None => String::from_utf8_lossy(&body[..body.len().min(1000)]).into_owned(),
    }
}
