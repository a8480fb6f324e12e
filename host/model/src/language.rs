/// Returns true if a text has the form of a language tag (BCP 47): subtags of 1 to 8 letters and digits, at most
/// 35 bytes in all.
pub fn is_language_tag(text: &str) -> bool {
    let subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    text.len() <= 35 && text.split('-').all(subtag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_short_alphanumeric_subtags() {
        for tag in ["de", "de-CH", "zh-Hant-TW", "sl-rozaj-biske-1994"] {
            assert!(is_language_tag(tag), "{tag}");
        }
        for other in [
            "",
            "-",
            "de-",
            "de_CH",
            "deutschland",
            "dé",
            "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s",
        ] {
            assert!(!is_language_tag(other), "{other}");
        }
    }
}
