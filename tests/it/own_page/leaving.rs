//! Taking everything along, and going for good.

use regulars::Error;
use regulars::model::*;

use super::Visit;

#[test]
fn everything_can_be_taken_along() {
    let visit = Visit::new();
    let data = visit.get("/data.json");
    assert_eq!(data.status, 200);
    assert!(data.text.contains("ada.lovelace@example.org"));
    assert!(data.text.contains("It was good to see you."));
    let kind = data.headers["content-disposition"].to_str().unwrap();
    assert!(kind.starts_with("attachment"), "{kind}");
    let parsed: Json = serde_json::from_str(&data.text).unwrap();
    assert!(parsed.is_object());
    let card = visit.get("/contact.vcf");
    assert!(
        card.text.starts_with("BEGIN:VCARD\r\nVERSION:4.0"),
        "{}",
        card.text
    );
}

#[test]
fn erasing_takes_two_steps_and_is_the_end() {
    let visit = Visit::new();
    let page = visit.get("");
    assert!(page.text.contains("Erase everything"));
    let asked = visit.get("/erase");
    assert_eq!(asked.status, 200);
    assert_eq!(visit.customer().id, visit.ada.id, "asking changes nothing");
    let slip = visit.submit("erase", "");
    assert_eq!(slip.status, 422);
    assert!(slip.text.contains("Tick the box"), "{}", slip.text);
    assert_eq!(visit.customer().id, visit.ada.id);
    let done = visit.submit("erase", "sure=yes");
    assert_eq!(done.status, 200);
    assert!(done.text.contains("Everything about you is erased"));
    assert!(matches!(
        visit.world().host.customer(visit.ada.id),
        Err(Error::Erased { .. })
    ));
    for path in ["", "/data.json", "/contact.vcf", "/erase"] {
        let gone = visit.get(path);
        assert_eq!(gone.status, 410, "{path}");
        assert!(!gone.text.contains("Ada"), "{path}");
    }
}
