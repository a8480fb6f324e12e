//! Properties of every text that a person reads.

/// A refusal says something, on one line that no terminal obeys, and is no wall of text.
pub fn refusal(text: &str) {
    assert!(!text.trim().is_empty(), "a refusal without a word");
    assert!(text.len() <= 4096, "a refusal of {} bytes", text.len());
    assert!(!text.contains(hidden), "a refusal with controls: {text:?}");
}

/// A character that moves a cursor, or reorders its neighbours.
pub fn hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
