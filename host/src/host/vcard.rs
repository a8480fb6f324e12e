//! A customer as a vCard 4.0 (RFC 6350), which address books read.

use super::Host;
use crate::error::Error;
use crate::model::*;

/// Octets of a line, its end not counted (RFC 6350 §3.2).
const WIDTH: usize = 75;

impl Host {
    /// The data of a customer that an address book keeps: names, birthday, language, time zone, tags and contact
    /// points, as a vCard 4.0 (RFC 6350).
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn export_vcard(&self, id: CustomerId) -> Result<String, Error> {
        let customer = self.customer(id)?;
        let points = self.engine.store.contact_points(id)?;
        Ok(vcard(&customer, &points))
    }
}

fn vcard(customer: &Customer, points: &[ContactPoint]) -> String {
    let mut card = Card(String::new());
    card.line("BEGIN:VCARD");
    card.line("VERSION:4.0");
    card.line("PRODID:-//Regulars//EN");
    card.line("KIND:individual");
    card.line(&format!("UID:urn:uuid:{}", customer.id));
    // The one property that must be there.
    let nameless = customer.id.to_string();
    let called = customer.display_name.as_ref();
    let called = called.or(customer.given_name.as_ref());
    card.text("FN", called.unwrap_or(&nameless));
    if let Some(given) = &customer.given_name {
        card.line(&format!("N:;{};;;", escaped(given)));
    }
    if let Some(Birthday { year, month, day }) = customer.birthday {
        let year = year.map_or("--".to_owned(), |year| format!("{year:04}"));
        card.line(&format!("BDAY:{year}{month:02}{day:02}"));
    }
    if let Some(language) = &customer.language {
        card.line(&format!("LANG:{language}"));
    }
    if let Some(zone) = &customer.time_zone {
        card.text("TZ", zone);
    }
    if !customer.tags.is_empty() {
        let tags: Vec<String> = customer.tags.iter().map(|tag| escaped(tag)).collect();
        card.line(&format!("CATEGORIES:{}", tags.join(",")));
    }
    for (number, point) in points.iter().enumerate() {
        card.point(number + 1, point);
    }
    card.line("END:VCARD");
    card.0
}

struct Card(String);

impl Card {
    fn text(&mut self, property: &str, value: &str) {
        self.line(&format!("{property}:{}", escaped(value)));
    }

    /// A label that vCard does not know becomes the group's, as address books have it.
    fn point(&mut self, number: usize, point: &ContactPoint) {
        let property = match point.kind {
            ContactKind::Email => "EMAIL",
            ContactKind::Tel => "TEL",
            ContactKind::External => "X-EXTERNAL-ID",
        };
        match point.label.as_deref() {
            None => self.text(property, &point.value),
            Some(known @ ("home" | "work")) if point.kind != ContactKind::External => {
                self.text(&format!("{property};TYPE={known}"), &point.value);
            }
            Some(label) => {
                self.text(&format!("item{number}.{property}"), &point.value);
                self.text(&format!("item{number}.X-ABLABEL"), label);
            }
        }
    }

    /// A line, folded between characters.
    fn line(&mut self, line: &str) {
        let mut width = 0;
        for c in line.chars() {
            if width + c.len_utf8() > WIDTH {
                self.0.push_str("\r\n ");
                width = 1;
            }
            self.0.push(c);
            width += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// Text as a value (RFC 6350 §3.4), without the control characters that it must not hold.
fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ',' | ';' => value.extend(['\\', c]),
            '\n' | '\r' => value.push_str("\\n"),
            '\t' => value.push(' '),
            c if c.is_control() => {}
            c => value.push(c),
        }
    }
    value
}
