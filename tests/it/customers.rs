//! The records of customers: what is the same, what goes, what is refused.

use regulars::Error;
use regulars::host::NewCustomer;
use regulars::model::*;
use serde_json::json;

use crate::served::Served;
use crate::world::World;

fn point(value: &str, label: Option<&str>) -> ContactPoint {
    ContactPoint {
        kind: ContactKind::Email,
        value: value.to_owned(),
        label: label.map(str::to_owned),
    }
}

#[test]
fn contact_point_goes_with_its_label_or_without() {
    let served = Served::new(World::new());
    let host = &served.world.host;
    let ada = served.world.customer("Ada Lovelace").id;
    let points = format!("/v1/customers/{ada}/contact-points");
    let add = |label| {
        let point = point("ada@example.org", label);
        host.add_contact_point(ada, point).unwrap();
    };
    let remove = |query: &str| {
        let path = format!("{points}?kind=email&value=ada%40example.org{query}");
        served.send("DELETE", &path, None, &[]).status
    };
    for label in [None, Some("work"), Some("home")] {
        add(label);
    }
    assert_eq!(remove("&label=nowhere"), 404);
    assert_eq!(remove("&label=work"), 204);
    assert_eq!(host.contact_points(ada).unwrap().len(), 2);
    assert_eq!(remove(""), 204);
    assert!(host.contact_points(ada).unwrap().is_empty());
    assert_eq!(remove(""), 404);
}

#[test]
fn creating_a_customer_again_must_say_the_same_of_contact_points() {
    let world = World::new();
    let id = CustomerId(uuid::Uuid::from_u128(7));
    let create = |contact_points: Vec<ContactPoint>| {
        world.host.create_customer(NewCustomer {
            id: Some(id),
            contact_points,
            ..NewCustomer::default()
        })
    };
    let (one, other) = (point("a@example.org", None), point("b@example.org", None));
    create(vec![one.clone(), other.clone()]).unwrap();
    create(vec![other.clone(), one.clone(), one.clone()]).unwrap();
    for points in [
        vec![],
        vec![one.clone()],
        vec![one, other, point("b@example.org", Some("work"))],
    ] {
        let again = create(points);
        assert!(matches!(again, Err(Error::Duplicate { .. })), "{again:?}");
    }
    assert_eq!(world.host.contact_points(id).unwrap().len(), 2);
}

#[test]
fn dates_of_customers_are_not_in_the_future() {
    // It is 1 March 2026.
    let served = Served::new(World::new());
    for (body, field) in [
        (json!({ "since": "2026-03-03T08:00:00Z" }), "/since"),
        (json!({ "birthday": "2026-03-04" }), "/birthday"),
        (json!({ "birthday": "2090-01-01" }), "/birthday"),
    ] {
        let refused = served.post("/v1/customers", body);
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert_eq!(refused.json()["field"], field, "{}", refused.text);
    }
    for body in [
        json!({ "since": "2026-03-01T20:00:00Z", "birthday": "2026-03-01" }),
        json!({ "birthday": "--12-31" }),
    ] {
        assert_eq!(served.post("/v1/customers", body).status, 201);
    }
    let ada = served.world.customer("Ada Lovelace").id;
    let patch = r#"{"birthday": "2090-01-01"}"#;
    let path = format!("/v1/customers/{ada}");
    let refused = served.send("PATCH", &path, Some(patch), &[]);
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(refused.json()["field"], "/birthday");
}
