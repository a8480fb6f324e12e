//! HTTP exchanges with a registry: allowed redirects, the hosts that receive credentials, and size limits.

use oci_client::Reference;
use oci_client::secrets::RegistryAuth;
use reqwest::header::{ACCEPT, AUTHORIZATION, LOCATION};
use reqwest::{Response, StatusCode, Url};

use super::artifact::MANIFEST;
use super::client::Registry;
use super::error::RegistryError;
use super::token::header;
use regulars_model::Digest;
use regulars_model::web_url;

/// The maximum number of redirects in one exchange.
const HOPS: usize = 5;
/// The maximum size in bytes of a manifest or an error body. Registries hold manifests to the same limit.
const DOCUMENT: usize = 4 << 20;

/// A response after all redirects.
pub(super) struct FinalResponse {
    pub response: Response,
    /// True if the original host sent it, and no redirect led elsewhere.
    pub from_origin: bool,
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
            let response = self.get(reference, &path, MANIFEST).await?;
            match response.status() {
                StatusCode::OK => {
                    let body = self.body(response, DOCUMENT).await?;
                    // The digest is computed: the registry's header is not trusted.
                    let digest = Digest::of(&body);
                    Ok(Some((body, digest)))
                }
                StatusCode::NOT_FOUND => Ok(None),
                _ => Err(self.refusal(response, &reference.whole()).await),
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
        let credentials = self
            .credentials
            .lock()
            .expect("no panic while it is locked")
            .clone();
        let first = self.follow(url.clone(), accept, &credentials).await?;
        if first.response.status() != StatusCode::UNAUTHORIZED || !first.from_origin {
            return Ok(first.response);
        }
        let headers = first.response.headers();
        let credentials = self.authorize(headers, reference, "pull").await?;
        if credentials == RegistryAuth::Anonymous {
            return Ok(first.response);
        }
        *self
            .credentials
            .lock()
            .expect("no panic while it is locked") = credentials.clone();
        Ok(self.follow(url, accept, &credentials).await?.response)
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
    ) -> Result<FinalResponse, RegistryError> {
        let home = url.origin();
        let mut from_origin = true;
        for _ in 0..=HOPS {
            let mut request = self.http.get(url.clone()).header(ACCEPT, accept);
            if from_origin && let Some(header) = header(who) {
                request = request.header(AUTHORIZATION, header);
            }
            let sent = request.send().await;
            let response = sent.map_err(|error| self.broken(&url, &error, error.is_connect()))?;
            let Some(next) = self.redirect_target(&url, &response)? else {
                return Ok(FinalResponse {
                    response,
                    from_origin,
                });
            };
            from_origin &= next.origin() == home;
            url = next;
        }
        Err(self.bad_redirect(
            url.as_str(),
            "five redirects are followed, and this is the sixth",
        ))
    }

    /// Returns the target of a redirect. `None` if the response is none.
    fn redirect_target(
        &self,
        from: &Url,
        response: &Response,
    ) -> Result<Option<Url>, RegistryError> {
        if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(place) = response.headers().get(LOCATION) else {
            return Ok(None);
        };
        let place = String::from_utf8_lossy(place.as_bytes());
        let next = from
            .join(&place)
            .map_err(|_| self.bad_redirect(&place, "invalid URL"))?;
        if from.scheme() == "https" && next.scheme() == "http" {
            return Err(self.bad_redirect(
                &place,
                "redirects from HTTPS to plain HTTP are not followed",
            ));
        }
        self.check_target(&next)?;
        Ok(Some(next))
    }

    /// Checks that a redirect's target is allowed, by scheme and host.
    pub(super) fn check_target(&self, to: &Url) -> Result<(), RegistryError> {
        let name = to.host_str().unwrap_or_default();
        let here = web_url::is_loopback(name);
        match to.scheme() {
            "https" => Ok(()),
            "http" if !self.plain => Err(self.bad_redirect(
                to.as_str(),
                "redirects from HTTPS to plain HTTP are not followed",
            )),
            "http" if here || self.options.insecure => Ok(()),
            "http" => Err(self.bad_redirect(
                to.as_str(),
                "plain HTTP is allowed for loopback addresses only, or with --insecure",
            )),
            _ => Err(self.bad_redirect(to.as_str(), "expected https://")),
        }
    }

    /// Reads a whole body of at most `most` bytes.
    pub(super) async fn body(
        &self,
        mut response: Response,
        most: usize,
    ) -> Result<Vec<u8>, RegistryError> {
        let too_long = || RegistryError::Refused {
            host: self.host.clone(),
            problem: format!("a body longer than the limit of {most} bytes"),
        };
        if response.content_length().is_some_and(|it| it > most as u64) {
            return Err(too_long());
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk(&mut response).await? {
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
        response: &mut Response,
    ) -> Result<Option<impl AsRef<[u8]> + use<>>, RegistryError> {
        let chunk = response.chunk().await;
        chunk.map_err(|error| self.broken(response.url(), &error, false))
    }

    /// Converts an unexpected response into an error. `what` is the requested reference.
    pub(super) async fn refusal(&self, response: Response, what: &str) -> RegistryError {
        let code = response.status().as_u16();
        if let Some(known) = self.refused(code, what) {
            return known;
        }
        match self.body(response, DOCUMENT).await {
            Ok(body) => RegistryError::Refused {
                host: self.host.clone(),
                problem: regulars_model::text::line(&format!("{code} {}", said(&body)), 300),
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
