//! Logs at the default level: enough to operate the program, and no personal data.

use serde_json::{Value, json};

use crate::program::{Program, Serving, wasm};
use crate::world::comes;

/// A day at the till, full of words that must not be logged; gives those words.
fn day(serving: &Serving) -> Vec<String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let send = |method: &str, path: &str, key: &str, body: &str| {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", serving.address))
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json")
            .header("x-request-id", "till-7")
            .body(body.to_owned())
            .unwrap();
        let mut response = agent.run(request).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), text)
    };
    let post = |path: &str, body: Value| send("POST", path, &serving.key, &body.to_string());
    let made = |(status, text): (u16, String)| -> Value {
        assert!(status < 300, "{text}");
        serde_json::from_str(&text).unwrap()
    };

    let ada = made(post(
        "/v1/customers",
        json!({
            "display_name": "Zwölfgiebel Quastenflosser", "given_name": "Zwölfgiebel", "birthday": "1931-07-29",
            "contact_points": [
                { "kind": "email", "value": "quastenflosser@example.org" },
                { "kind": "tel", "value": "+49 30 99887766" },
                { "kind": "external", "value": "card-448877" },
            ],
            "tags": ["rheumatic"],
        }),
    ));
    let id = ada["id"].as_str().unwrap().to_owned();
    let remark = json!({ "kind": "feedback", "body": "The marzipan was mouldy." });
    made(post(
        &format!("/v1/customers/{id}/interactions?wait=30s"),
        remark,
    ));
    let key = made(post(
        "/v1/keys",
        json!({ "name": "Hildegard’s till", "scopes": ["app"] }),
    ));
    let secret = key["secret"].as_str().unwrap().to_owned();
    let action = json!({
        "customer": id, "input": { "remark": "The escalator squeaks.", "heard_by": "Brunhilde" },
    });
    made(post("/v1/plugins/overheard/actions/record", action));
    let tasks: Value = made(send("GET", "/v1/tasks", &serving.key, ""));
    let task = tasks["items"][0]["id"].as_str().unwrap();
    let closed =
        json!({ "outcome": "done", "note": "Apologised with strudel.", "closed_by": "Kunigunde" });
    made(post(&format!("/v1/tasks/{task}/close"), closed));
    made(send(
        "PATCH",
        &format!("/v1/customers/{id}"),
        &secret,
        r#"{"display_name":"Renamed Quagga"}"#,
    ));
    // What is refused, fails and is not found, with names in it.
    for (method, path, key, body) in [
        ("GET", "/v1/customers/Petronella", serving.key.as_str(), ""),
        ("GET", "/v1/nobody/Petronella", &serving.key, ""),
        (
            "GET",
            "/v1/customers?search=Petronella&email=a&tel=1",
            &serving.key,
            "",
        ),
        (
            "POST",
            "/v1/customers",
            &serving.key,
            r#"{"display_name":"Petronella"#,
        ),
        (
            "POST",
            "/v1/customers",
            &serving.key,
            r#"{"given_name":"Petronella","level":"extreme"}"#,
        ),
        ("POST", "/v1/customers", "reg_wrong-Petronella", "{}"),
        ("GET", "/v1/runs", &secret, ""),
    ] {
        assert!(send(method, path, key, body).0 >= 400, "{path}");
    }
    // What a plugin says of its failures, also once there are too many.
    let visit = json!({ "customer": id, "kind": "visit" }).to_string();
    let visits = vec![visit; 25].join("\n");
    let visited = ureq::http::Request::post(format!("{}/v1/interactions", serving.address))
        .header("authorization", format!("Bearer {}", serving.key))
        .header("content-type", "application/x-ndjson")
        .body(visits)
        .unwrap();
    assert_eq!(agent.run(visited).unwrap().status(), 200);
    assert!(comes(|| {
        let plugins = send("GET", "/v1/plugins", &serving.key, "").1;
        plugins.contains("runs in a row failed, the last one with permanent")
    }));
    assert!(
        !send("GET", "/v1/plugins", &serving.key, "")
            .1
            .contains("not ever")
    );
    let words = [
        "not ever",
        "Zwölfgiebel",
        "Quastenflosser",
        "quastenflosser",
        "1931",
        "99887766",
        "448877",
        "rheumatic",
        "marzipan",
        "Hildegard",
        "escalator",
        "Brunhilde",
        "strudel",
        "Kunigunde",
        "Quagga",
        "Petronella",
        "reg_",
    ];
    let mut words: Vec<String> = words.map(str::to_owned).into();
    words.extend([id, secret, serving.key.clone()]);
    words
}

#[test]
fn info_logs_name_no_customer_and_do_not_repeat() {
    for format in ["text", "json"] {
        let program = Program::new();
        program
            .run(&["plugin", "install", &wasm("overheard"), "--yes"])
            .ok();
        // One that writes to its log what it was told, one that dies of it, and one that is quarantined.
        for (id, mode) in [
            ("chatty", "log-escape"),
            ("broken", "panic"),
            ("refusing", "permanent"),
        ] {
            let settings = json!({ "mode": mode }).to_string();
            program
                .run(&[
                    "plugin",
                    "install",
                    &wasm("hostile"),
                    "--yes",
                    "--id",
                    id,
                    "--settings",
                    &settings,
                ])
                .ok();
        }
        let serving = Serving::start(&program, &["--log-format", format]);
        let words = day(&serving);
        serving.signal("-TERM");
        let (code, said) = serving.ended();
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("INFO"), "nothing was logged: {said}");
        assert!(said.contains("a plugin is quarantined"), "{said}");
        for word in words {
            assert!(
                !said.contains(&word),
                "{format}: the log says {word}: {said}"
            );
        }
        let lines = said.lines().filter(|line| !line.contains("Stopped."));
        let whole = lines
            .clone()
            .all(|line| serde_json::from_str::<Value>(line).is_ok());
        assert_eq!(whole, format == "json", "{said}");
    }
}
