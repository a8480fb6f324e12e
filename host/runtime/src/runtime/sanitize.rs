//! Sanitizes guests' text for terminals, logs and pages.

/// Removes control characters, terminal escape sequences and bidirectional controls. Turns line breaks into
/// spaces, and truncates to `max` bytes.
pub(super) fn sanitize(text: &str, max: usize) -> String {
    // Bounds the work, however much of the text is removed.
    let mut rest = text.chars().take(max.saturating_mul(4));
    let mut out = String::with_capacity(text.len().min(max));
    while let Some(c) = rest.next() {
        let c = match c {
            '\u{1b}' => {
                skip_escape(&mut rest);
                continue;
            }
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            c if regulars_model::text::hidden(c) => continue,
            c => c,
        };
        if out.len() + c.len_utf8() > max {
            while out.len() + '…'.len_utf8() > max && out.pop().is_some() {}
            out.push('…');
            break;
        }
        out.push(c);
    }
    out
}

/// Skips the rest of an ECMA-48 control sequence or string.
fn skip_escape(rest: &mut impl Iterator<Item = char>) {
    match rest.next() {
        Some('[') => {
            rest.find(|c| ('\u{40}'..='\u{7e}').contains(c));
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            // Strings end at BEL, or at ESC and a backslash.
            let end = rest.find(|c| matches!(c, '\u{7}' | '\u{1b}' | '\u{9c}'));
            if end == Some('\u{1b}') {
                rest.next();
            }
        }
        Some(' '..='/') => {
            rest.next();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::sanitize;

    #[test]
    fn removes_terminal_control_sequences() {
        for (text, shown) in [
            ("plain", "plain"),
            ("two\nlines\r\n", "two lines  "),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]0;title\u{7}after", "after"),
            ("\u{1b}]8;;http://x\u{1b}\\link", "link"),
            ("bell\u{7}\u{0}\u{9b}31m", "bell31m"),
            ("a\u{202e}b", "ab"),
            ("größe", "größe"),
        ] {
            assert_eq!(sanitize(text, 100), shown, "{text:?}");
        }
    }

    #[test]
    fn truncates_between_characters() {
        assert_eq!(sanitize("ääää", 7), "ää…");
        assert_eq!(sanitize(&"\u{1b}[".repeat(1 << 20), 10), "");
        assert_eq!(sanitize("abc", 3), "abc");
    }
}
