//! Text that strangers wrote, made fit to be shown.

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

/// Whether a character is a control, or changes how its neighbours are shown without being seen.
pub fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
