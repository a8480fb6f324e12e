//! A registry that sends us somewhere else, or more than anybody can take.

use base64::Engine;
use serde_json::json;

use super::fake::{Answer, Asked, Fake, holds, identity};
use super::shop::{Shop, overheard};

const UNSIGNED: [&str; 2] = ["--allow-unsigned", "acme/overheard"];
const REPOSITORY: &str = "acme/overheard:0.1.0";

/// A login for a registry, as `docker login` writes it; what is sent for it.
fn login(shop: &Shop, host: &str) -> String {
    let auth = base64::engine::general_purpose::STANDARD.encode("ada:swordfish");
    shop.login(&json!({ "auths": { host: { "auth": auth } } }));
    format!("Basic {auth}")
}

/// Asks for a name and a password, or for a token.
fn challenge(says: &str) -> Answer {
    Answer::new(401, "{}").with("www-authenticate", says)
}

fn nobody_said_who_they_are(asked: &[Asked]) {
    assert!(!asked.is_empty());
    for it in asked {
        assert_eq!(it.authorization, None, "{it:?}");
    }
}

#[test]
fn endless_response_is_cut() {
    let shop = Shop::new();
    let few = "4194304 bytes";
    let registry = Fake::start(|_| Answer::endless(200));
    shop.refuses(&registry.oci(REPOSITORY), &UNSIGNED, &["longer than", few]);
    assert!(registry.sent() < 32 << 20, "{}", registry.sent());

    let registry = Fake::start(|_| Answer::endless(500));
    shop.refuses(&registry.oci(REPOSITORY), &UNSIGNED, &["longer than", few]);
    assert!(registry.sent() < 32 << 20, "{}", registry.sent());

    let realm = Fake::start(|_| Answer::endless(200));
    let says = format!("Bearer realm=\"{}\"", realm.url("/token"));
    let registry = Fake::start(move |_| challenge(&says));
    let words = ["longer than", "65536 bytes"];
    shop.refuses(&registry.oci(REPOSITORY), &UNSIGNED, &words);
    assert!(realm.sent() < 16 << 20, "{}", realm.sent());
}

#[test]
fn credentials_stay_with_the_registry_on_redirected_blobs() {
    let (shop, wasm) = (Shop::new(), overheard());
    let store = Fake::start(move |asked| match &asked.path[..] {
        "/first" => Answer::to("/second"),
        _ => Answer::new(200, overheard()),
    });
    let first = store.url("/first");
    let registry = Fake::start(move |asked| match asked.authorization {
        None => challenge("Basic realm=\"x\""),
        Some(_) if asked.path.contains("/blobs/") => Answer::to(&first),
        Some(_) => holds(asked, &wasm),
    });
    let basic = login(&shop, &registry.host);
    shop.install(&registry.oci(REPOSITORY), &UNSIGNED).ok();
    nobody_said_who_they_are(&store.asked());
    assert_eq!(store.asked().len(), 2);
    // The registry was told.
    let asked = registry.asked();
    let told = |it: &Asked| it.authorization.as_ref() == Some(&basic);
    assert!(asked.iter().any(told), "{asked:?}");
}

#[test]
fn credentials_are_not_resent_after_a_round_trip() {
    let (shop, wasm) = (Shop::new(), overheard());
    let registry = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let back = registry.clone();
    let store = Fake::start(move |_| Answer::to(back.get().unwrap()));
    let away = store.url("/away");
    let asked_back = Fake::start(move |asked| match &asked.path[..] {
        "/back" => Answer::new(200, overheard()),
        path if path.contains("/blobs/") => Answer::to(&away),
        _ if asked.authorization.is_none() => challenge("Basic realm=\"x\""),
        _ => holds(asked, &wasm),
    });
    registry.set(asked_back.url("/back")).unwrap();
    login(&shop, &asked_back.host);
    shop.install(&asked_back.oci(REPOSITORY), &UNSIGNED).ok();
    nobody_said_who_they_are(&store.asked());
    let mut asked = asked_back.asked();
    asked.retain(|it| it.path == "/back");
    nobody_said_who_they_are(&asked);
}

#[test]
fn credentials_go_to_the_realm_but_not_to_its_redirects() {
    let (shop, wasm) = (Shop::new(), overheard());
    let foreign = Fake::start(|asked| match &asked.path[..] {
        "/first" => Answer::to("/second"),
        _ => Answer::new(200, "{\"token\":\"t0ken\"}"),
    });
    let first = foreign.url("/first");
    let realm = Fake::start(move |_| Answer::to(&first));
    let says = format!("Bearer realm=\"{}\",service=\"a b\"", realm.url("/token"));
    let registry = Fake::start(move |asked| match asked.authorization.as_deref() {
        Some("Bearer t0ken") => holds(asked, &wasm),
        _ => challenge(&says),
    });
    let basic = login(&shop, &registry.host);
    shop.install(&registry.oci(REPOSITORY), &UNSIGNED).ok();
    nobody_said_who_they_are(&foreign.asked());
    let asked = realm.asked();
    assert_eq!(asked.len(), 1, "one token is enough: {asked:?}");
    assert_eq!(asked[0].authorization, Some(basic.clone()));
    let path = &asked[0].path;
    assert!(
        path.contains("scope=repository%3Aacme%2Foverheard%3Apull"),
        "{path}"
    );
    assert!(path.contains("service=a+b"), "{path}");
    // Where there is a realm, the name and the password are for it alone.
    for it in registry.asked() {
        assert_ne!(it.authorization, Some(basic.clone()), "{it:?}");
    }
}

#[test]
fn remote_realm_without_tls_gets_no_credentials() {
    let shop = Shop::new();
    let realm = Fake::start(|_| Answer::new(200, "{\"token\":\"t0ken\"}"));
    let port = realm.host.rsplit(':').next().unwrap();
    for realm in [
        format!("http://0.0.0.0:{port}/token"),
        "ftp://127.0.0.1/token".to_owned(),
        "/token".to_owned(),
    ] {
        let says = format!("Bearer realm=\"{realm}\"");
        let registry = Fake::start(move |_| challenge(&says));
        login(&shop, &registry.host);
        let words = ["redirects to", &realm];
        shop.refuses(&registry.oci(REPOSITORY), &UNSIGNED, &words);
    }
    assert!(realm.asked().is_empty(), "{:?}", realm.asked());
}

#[test]
fn redirect_from_https_to_http_is_refused() {
    let shop = Shop::new();
    let plain = Fake::start(|asked| holds(asked, &overheard()));
    let identity = identity("0.0.0.0", shop.program.dir.path());
    let authority = [("SSL_CERT_FILE", identity.1.to_str().unwrap())];
    let install = |registry: &Fake, more: &[&str]| {
        let reference = registry.oci(REPOSITORY);
        let arguments = ["plugin", "install", &reference, "--yes"];
        let arguments = [&arguments[..], &UNSIGNED, more].concat();
        shop.run_with(&arguments, &authority)
    };
    let url = plain.url("");
    let registry = Fake::secure(&identity, move |asked| {
        Answer::to(format!("{url}{}", asked.path))
    });
    // Not even where plain HTTP would be allowed to the registry itself: it is spoken to by HTTPS.
    let said = install(&registry, &[]);
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.err.contains("redirects to http://"), "{}", said.err);
    assert_eq!(registry.asked().len(), 1);
    let says = format!("Bearer realm=\"{}\"", plain.url("/token"));
    let asks = Fake::secure(&identity, move |_| challenge(&says));
    let said = install(&asks, &[]);
    assert!(said.err.contains("redirects to http://"), "{}", said.err);
    assert!(plain.asked().is_empty(), "{:?}", plain.asked());
    assert!(shop.installed().is_empty() && shop.lock().is_none());

    let honest = Fake::secure(&identity, |asked| holds(asked, &overheard()));
    install(&honest, &[]).ok();
}

#[test]
fn redirect_loops_end() {
    let shop = Shop::new();
    let registry = Fake::start(|asked| Answer::to(format!("{}x", asked.path)));
    let words = ["redirects to", "five"];
    shop.refuses(&registry.oci(REPOSITORY), &UNSIGNED, &words);
    assert_eq!(registry.asked().len(), 6, "{:?}", registry.asked());
    // Five are followed.
    let wasm = overheard();
    let registry = Fake::start(move |asked| {
        let hops = asked.path.matches("?").count() + asked.path.matches("+").count();
        match asked.path.contains("/blobs/") && hops < 5 {
            true => Answer::to(format!("{}{}", asked.path, ["?", "+"][hops.min(1)])),
            false => holds(asked, &wasm),
        }
    });
    shop.install(&registry.oci(REPOSITORY), &UNSIGNED).ok();
}
