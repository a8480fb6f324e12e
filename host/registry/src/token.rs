//! Authentication to registries: basic credentials, or a bearer token from the realm that the registry names.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_auth::ChallengeRef;
use oci_client::Reference;
use oci_client::secrets::RegistryAuth;
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{StatusCode, Url};
use serde::Deserialize;

use super::client::Registry;
use super::error::RegistryError;

/// The maximum size of a token response in bytes.
const TOKEN: usize = 64 << 10;

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// The authentication scheme that a registry asks for.
enum Challenge {
    /// A name and a password.
    Basic,
    /// A token from this realm.
    Bearer {
        realm: String,
        service: Option<String>,
    },
}

impl Registry {
    /// Returns the credentials for a challenge, with the permission for `actions` on the reference's
    /// repository. Anonymous if there is no challenge. The login goes to a token realm over HTTPS only, and
    /// in that case never to the registry itself.
    pub(super) async fn authorize(
        &self,
        headers: &HeaderMap,
        reference: &Reference,
        actions: &str,
    ) -> Result<RegistryAuth, RegistryError> {
        let (realm, service) = match challenge(headers) {
            None => return Ok(RegistryAuth::Anonymous),
            Some(Challenge::Basic) => return Ok(self.login.clone()),
            Some(Challenge::Bearer { realm, service }) => (realm, service),
        };
        let mut url: Url = realm
            .parse()
            .map_err(|_| self.bad_redirect(&realm, "invalid URL"))?;
        self.check_target(&url)?;
        let scope = format!("repository:{}:{actions}", reference.repository());
        url.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", &service);
        }
        let response = self.follow(url, "application/json", &self.login).await?;
        let response = response.response;
        if response.status() != StatusCode::OK {
            return Err(self.refusal(response, &reference.whole()).await);
        }
        let body = self.body(response, TOKEN).await?;
        let token: Option<Token> = serde_json::from_slice(&body).ok();
        let token = token.and_then(|it| it.token.or(it.access_token));
        let usable = |token: &String| HeaderValue::try_from(token).is_ok();
        match token.filter(usable) {
            Some(token) => Ok(RegistryAuth::Bearer(token)),
            None => Err(RegistryError::Refused {
                host: self.host.clone(),
                problem: "a token response without a token".to_owned(),
            }),
        }
    }
}

/// Returns the `Authorization` header. `None` for anonymous requests.
pub(super) fn header(who: &RegistryAuth) -> Option<HeaderValue> {
    let text = match who {
        RegistryAuth::Anonymous => return None,
        RegistryAuth::Basic(name, password) => {
            format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
        }
        RegistryAuth::Bearer(token) => format!("Bearer {token}"),
    };
    let mut header = HeaderValue::try_from(text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// Returns the requested scheme. Bearer tokens are preferred to passwords.
fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    let texts = headers.get_all(WWW_AUTHENTICATE).iter();
    let texts: Vec<&str> = texts.filter_map(|it| it.to_str().ok()).collect();
    let all: Vec<ChallengeRef> = texts
        .into_iter()
        .filter_map(|text| http_auth::parse_challenges(text).ok())
        .flatten()
        .collect();
    let of = |scheme: &str| all.iter().find(|it| it.scheme.eq_ignore_ascii_case(scheme));
    if let Some(bearer) = of("bearer") {
        let parameter = |name: &str| {
            let mut all = bearer.params.iter();
            let found = all.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_unescaped())
        };
        return Some(Challenge::Bearer {
            realm: parameter("realm")?,
            service: parameter("service"),
        });
    }
    of("basic").map(|_| Challenge::Basic)
}
