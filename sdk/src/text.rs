//! Texts from tills, forms and imports, made fit to be shown or compared.

/// Returns the trimmed text. `None` if it is blank.
pub fn some(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// Returns the trimmed text, or `otherwise` if it is blank.
pub fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    some(text).unwrap_or(otherwise)
}

/// Returns the text between `before` and `after`. Empty without a text. For optional parts of a sentence,
/// such as ` by Anna`.
pub fn between(before: &str, text: Option<&str>, after: &str) -> String {
    text.and_then(some)
        .map_or(String::new(), |text| format!("{before}{text}{after}"))
}

/// Returns at most `most` characters on one line.
pub fn clip(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Returns at most `most` characters on one line and in quotation marks: `“The oat milk is …”`.
pub fn quote(text: &str, most: usize) -> String {
    format!("“{}”", clip(text, most))
}

/// Returns the words in lower case.
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Returns true if the text contains the words of the phrase in sequence. Case is ignored, only whole words
/// count, and a phrase without words is never found.
pub fn has_phrase(text: &str, phrase: &str) -> bool {
    let (text, phrase) = (words(text), words(phrase));
    !phrase.is_empty() && text.windows(phrase.len()).any(|it| it == phrase)
}

/// Returns the first of the phrases that the text [has](has_phrase).
pub fn find_phrase<'a>(text: &str, phrases: &'a [String]) -> Option<&'a str> {
    let mut phrases = phrases.iter().map(String::as_str);
    phrases.find(|phrase| has_phrase(text, phrase))
}

/// Returns a description such as `today`, `a day ago` or `2 days ago`.
pub fn days_ago(days: i64) -> String {
    match days {
        ..=0 => "today".to_owned(),
        1 => "a day ago".to_owned(),
        _ => format!("{days} days ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_is_no_text() {
        assert_eq!(some(" a b "), Some("a b"));
        assert_eq!(some(" \n"), None);
        assert_eq!((or(" a ", "b"), or(" ", "b")), ("a", "b"));
        assert_eq!(between(" by ", Some(" Anna "), "."), " by Anna.");
        assert_eq!(between(" by ", Some(" "), "."), "");
        assert_eq!(between(" by ", None, "."), "");
    }

    #[test]
    fn clips_by_characters_on_one_line() {
        assert_eq!(clip(" ä\n b  c ", 5), "ä b c");
        assert_eq!(clip("ä🙂ü", 2), "ä🙂…");
        assert_eq!(quote(" no\nmilk ", 60), "“no milk”");
    }

    #[test]
    fn phrase_matches_whole_words_in_sequence() {
        assert!(has_phrase("there is BROKEN   glass!", "broken glass"));
        assert!(!has_phrase("broken window glass", "broken glass"));
        assert!(!has_phrase("I'll grill", "ill"));
        assert!(!has_phrase("anything", " - "));
        let phrases = ["", "glass", "broken"].map(str::to_owned);
        assert_eq!(find_phrase("Broken glass", &phrases), Some("glass"));
    }

    #[test]
    fn days_ago_reads_naturally() {
        assert_eq!(
            [-1, 0, 1, 2].map(days_ago),
            ["today", "today", "a day ago", "2 days ago"]
        );
    }
}
