//! Text for people: sanitizes foreign text, and formats days and lists.

use jiff::tz::TimeZone;

use crate::Timestamp;

/// Returns at most `max` characters on one line, without control characters and bidirectional controls
/// (Unicode TR 36 §2.4). A truncated text ends in `…`.
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

/// Returns the text without control characters and bidirectional controls. Line breaks and tabs stay. The
/// rest of a quoted text is not lost.
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

/// Returns true for control characters, and for invisible characters that change the display of others:
/// bidirectional overrides and isolates, and zero-width spaces. Joiners and direction marks are exempt,
/// because emoji, Persian and Hebrew need them.
pub fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Returns true if a text can be a tag or a topic: 1 to 64 characters on one line, without surrounding blanks.
pub fn is_label(text: &str) -> bool {
    (1..=64).contains(&text.chars().count()) && text.trim() == text && !text.chars().any(hidden)
}

/// Formats a day as `3 May 2026`, in the time zone `zone`.
pub fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %B %Y").to_string()
}

/// Joins items as `a, b and c`. Returns an empty text for no items.
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
    fn sanitizes_hidden_characters_only() {
        for text in ["👩‍👩‍👧 größe", "می‌خواهم", "two\nlines"] {
            assert_eq!(shown(text.to_owned()), text);
        }
        assert_eq!(shown("a\u{1b}[31mb\u{202e}c\u{0}".to_owned()), "a[31mbc");
        assert_eq!(shown_line("two\nlines".to_owned()), "two lines");
        assert_eq!(line("a\u{7}bcdef", 3), "abc…");
    }
}
