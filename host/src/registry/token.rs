//! What a registry that wants to know who asks is shown: a name and a password, or a token from the realm that it names.

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

/// The most bytes of an answer with a token.
const TOKEN: usize = 64 << 10;

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// Whom the registry believes.
enum Challenge {
    /// Whoever knows the password.
    Basic,
    /// Whoever has a token of this realm.
    Bearer {
        realm: String,
        service: Option<String>,
    },
}

impl Registry {
    /// What is to be shown where this was answered, to do such a thing with a repository; nobody where nothing would help. A
    /// realm is told the login, by HTTPS alone; and where there is one, the registry is not.
    pub(super) async fn authorize(
        &self,
        answered: &HeaderMap,
        reference: &Reference,
        actions: &str,
    ) -> Result<RegistryAuth, RegistryError> {
        let (realm, service) = match challenge(answered) {
            None => return Ok(RegistryAuth::Anonymous),
            Some(Challenge::Basic) => return Ok(self.login.clone()),
            Some(Challenge::Bearer { realm, service }) => (realm, service),
        };
        let mut url: Url = realm
            .parse()
            .map_err(|_| self.astray(&realm, "invalid URL"))?;
        self.may_go(&url)?;
        let scope = format!("repository:{}:{actions}", reference.repository());
        url.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", &service);
        }
        let answer = self.follow(url, "application/json", &self.login).await?;
        let answer = answer.answer;
        if answer.status() != StatusCode::OK {
            return Err(self.refusal(answer, &reference.whole()).await);
        }
        let body = self.body(answer, TOKEN).await?;
        let token: Option<Token> = serde_json::from_slice(&body).ok();
        let token = token.and_then(|it| it.token.or(it.access_token));
        let usable = |token: &String| HeaderValue::try_from(token).is_ok();
        match token.filter(usable) {
            Some(token) => Ok(RegistryAuth::Bearer(token)),
            None => Err(RegistryError::Refused {
                host: self.host.clone(),
                problem: "something without a token where it promised one".to_owned(),
            }),
        }
    }
}

/// What is sent for it; none where nobody says who asks.
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

/// What is asked for; a token before a password.
fn challenge(answered: &HeaderMap) -> Option<Challenge> {
    let texts = answered.get_all(WWW_AUTHENTICATE).iter();
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
