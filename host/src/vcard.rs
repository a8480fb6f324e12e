//! A customer as a vCard 4.0 (RFC 6350), which every address book reads.

use crate::model::{ContactKind, ContactPoint, Customer};

/// The longest line, in bytes, without its end (RFC 6350 §3.2).
const LINE: usize = 75;

/// A person and their contact points. What a customer, or somebody at the desk, typed cannot add a property.
pub fn vcard(customer: &Customer, points: &[ContactPoint]) -> String {
    let mut card = Card(String::new());
    card.line("BEGIN:VCARD");
    card.line("VERSION:4.0");
    card.line(&format!("UID:urn:uuid:{}", customer.id));
    let given = customer.given_name.as_deref();
    let shown = customer.display_name.as_deref().or(given);
    // Every card must have a name.
    let shown = shown.unwrap_or("Customer");
    card.line(&format!("FN:{}", text(shown)));
    if let Some(given) = given {
        card.line(&format!("N:;{};;;", text(given)));
    }
    if let Some(birthday) = &customer.birthday {
        let day = match birthday.year {
            Some(year) => format!("{year:04}{:02}{:02}", birthday.month, birthday.day),
            None => format!("--{:02}{:02}", birthday.month, birthday.day),
        };
        card.line(&format!("BDAY:{day}"));
    }
    if let Some(language) = &customer.language {
        card.line(&format!("LANG:{language}"));
    }
    if let Some(zone) = &customer.time_zone {
        card.line(&format!("TZ:{}", text(zone)));
    }
    for point in points {
        let label = point.label.as_deref().unwrap_or_default();
        match point.kind {
            ContactKind::Email => {
                card.line(&format!("EMAIL{}:{}", kind(label), text(&point.value)));
            }
            ContactKind::Tel => {
                let value = text(&point.value);
                card.line(&format!("TEL;VALUE=text{}:{value}", kind(label)));
            }
            // Who issued it is part of what it is, and no parameter takes free text everywhere.
            ContactKind::External => {
                let name = if label.is_empty() { "external" } else { label };
                let value = text(&format!("{name}: {}", point.value));
                card.line(&format!("NOTE:{value}"));
            }
        }
    }
    card.line("END:VCARD");
    card.0
}

/// The two labels that vCard has a word for.
fn kind(label: &str) -> &'static str {
    match label {
        "home" => ";TYPE=home",
        "work" => ";TYPE=work",
        _ => "",
    }
}

/// RFC 6350 §3.4, without characters that no line may hold.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\\n"),
            ',' | ';' | '\\' => escaped.extend(['\\', c]),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

struct Card(String);

impl Card {
    /// A content line, folded (RFC 6350 §3.2) between characters.
    fn line(&mut self, line: &str) {
        let mut width = 0;
        for c in line.chars() {
            if width + c.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                width = 1;
            }
            self.0.push(c);
            width += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}
