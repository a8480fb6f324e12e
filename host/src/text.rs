//! Text for people: what strangers wrote, made fit to be shown, and days and lists in words.

#[cfg(feature = "cli")]
use jiff::tz::TimeZone;

#[cfg(feature = "cli")]
use crate::model::Timestamp;

/// At most `max` characters on one line, without control characters, and without the invisible
/// ones that reorder text (Unicode TR 36 §2.4); what was cut is marked.
pub fn line(text: &str, max: usize) -> String {
    let mut shown: String = text
        .chars()
        .filter_map(|c| match c {
            '\n' | '\t' | '\r' => Some(' '),
            c if hidden(c) => None,
            c => Some(c),
        })
        .take(max + 1)
        .collect();
    if shown.chars().count() > max {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// The text without control characters and without what reorders its neighbours; line breaks and
/// tabs stay. What a plugin quotes from a customer must not lose the rest for such a character.
pub fn shown(text: String) -> String {
    let stays = |c: char| !hidden(c) || matches!(c, '\n' | '\t');
    if text.chars().all(stays) {
        return text;
    }
    text.chars().filter(|&c| stays(c)).collect()
}

/// [`shown`], on one line.
pub fn shown_line(text: String) -> String {
    let text = shown(text);
    if text.contains(['\n', '\t']) {
        return text.replace(['\n', '\t'], " ");
    }
    text
}

/// Whether a character is a control, or changes how its neighbours are shown without being seen:
/// overrides and isolates of direction, zero-width spaces. Joiners and direction marks are not
/// among them: emoji, Persian and Hebrew are written with them.
pub fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `3 May 2026`, where `zone` is.
#[cfg(feature = "cli")]
pub fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %B %Y").to_string()
}

/// `a, b and c`; nothing where there is nothing.
#[cfg(feature = "cli")]
pub fn listed(all: impl IntoIterator<Item = impl Into<String>>) -> String {
    let mut all: Vec<String> = all.into_iter().map(Into::into).collect();
    match all.pop() {
        None => String::new(),
        Some(last) if all.is_empty() => last,
        Some(last) => format!("{} and {last}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_stays_and_what_hides_goes() {
        for text in ["👩‍👩‍👧 größe", "می‌خواهم", "two\nlines"] {
            assert_eq!(shown(text.to_owned()), text);
        }
        assert_eq!(shown("a\u{1b}[31mb\u{202e}c\u{0}".to_owned()), "a[31mbc");
        assert_eq!(shown_line("two\nlines".to_owned()), "two lines");
        assert_eq!(line("a\u{7}bcdef", 3), "abc…");
    }
}
