use memchr::memmem;
use sha2::{Digest, Sha256};

use regulars_model::Fingerprint;

/// Returns the fingerprint of a message's text, which identifies copies of it. It ignores case, white space,
/// numbers and the words of `names`, the customer's names.
///
/// Fingerprints are stored. A change of this function lets every content be sent again, and requires a new
/// `FORM`.
pub fn fingerprint(subject: &str, body: &str, names: &[&str]) -> Fingerprint {
    let names = words(names);
    let mut hash = Sha256::new_with_prefix(FORM);
    let mut folded = String::with_capacity(subject.len() + body.len() + 2);
    for text in [subject, body] {
        folded.clear();
        fold(text, &mut folded);
        hash.update([PART]);
        without_names(&folded, &names, &mut hash);
    }
    let hash: [u8; 32] = hash.finalize().into();
    let mut short = [0; 16];
    short.copy_from_slice(&hash[..16]);
    Fingerprint(short)
}

/// The version of the folding.
const FORM: &str = "regulars 1";

// Placeholders for folded parts. Texts do not contain them, because control characters are removed.
const PART: u8 = 0;
const NUMBER: char = '\u{1}';
const NAME: u8 = 2;

/// Returns the distinct words of names in lower case.
fn words(names: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for name in names {
        for word in name.split(|c: char| !c.is_alphabetic()) {
            let word: String = word.chars().flat_map(char::to_lowercase).collect();
            if !word.is_empty() && !words.contains(&word) {
                words.push(word);
            }
        }
    }
    words
}

/// Appends a text in lower case, with placeholders for its numbers, and with single spaces for white space.
fn fold(text: &str, folded: &mut String) {
    let mut at = 0;
    while at < text.len() {
        // Most text changes only its case.
        let plain = plain(
            &text.as_bytes()[at..],
            folded.is_empty() || folded.ends_with(' '),
        );
        let start = folded.len();
        folded.push_str(&text[at..at + plain]);
        folded[start..].make_ascii_lowercase();
        at += plain;
        let Some(c) = text[at..].chars().next() else {
            break;
        };
        at += c.len_utf8();
        if c.is_numeric() {
            folded.push(NUMBER);
            at = after_number(text, at);
        } else if c.is_whitespace() {
            if !folded.is_empty() && !folded.ends_with(' ') {
                folded.push(' ');
            }
        } else if !regulars_model::text::hidden(c) {
            folded.extend(c.to_lowercase());
        }
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
}

/// Returns the number of leading bytes that are ASCII without digits, and without white space except single
/// spaces.
fn plain(bytes: &[u8], after_blank: bool) -> usize {
    let special = |before: u8, byte: u8| {
        !matches!(byte, b' '..=b'/' | b':'..=b'~') | ((before == b' ') & (byte == b' '))
    };
    match bytes.first() {
        None => return 0,
        Some(&first) if special(if after_blank { b' ' } else { 0 }, first) => return 0,
        Some(_) => {}
    }
    // Tests many bytes at once while none is special, then one by one.
    let mut at = 1;
    while let Some(chunk) = bytes.get(at - 1..at + CHUNK) {
        let pairs = chunk[..CHUNK].iter().zip(&chunk[1..]);
        if pairs.fold(false, |any, (&before, &byte)| any | special(before, byte)) {
            break;
        }
        at += CHUNK;
    }
    while at < bytes.len() && !special(bytes[at - 1], bytes[at]) {
        at += 1;
    }
    at
}

/// The number of bytes that one instruction tests.
const CHUNK: usize = 16;

/// Returns the end of a number that continues at `at`. `12.50`, `1'000` and `24/12` are one number.
fn after_number(text: &str, at: usize) -> usize {
    let mut rest = text[at..].trim_start_matches(char::is_numeric);
    while let Some(after) = rest.strip_prefix(['.', ',', ':', '/', '-', '\'', '’']) {
        if !after.starts_with(char::is_numeric) {
            break;
        }
        rest = after.trim_start_matches(char::is_numeric);
    }
    text.len() - rest.len()
}

/// Hashes a folded text with one placeholder for each name. Adjacent names count as one, also with a point,
/// an apostrophe or a hyphen between them.
fn without_names(folded: &str, words: &[String], hash: &mut Sha256) {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for word in words {
        for start in memmem::find_iter(folded.as_bytes(), word) {
            let end = start + word.len();
            let inside = folded[..start].ends_with(char::is_alphabetic)
                || folded[end..].starts_with(char::is_alphabetic);
            if !inside {
                found.push((start, end));
            }
        }
    }
    found.sort_unstable();
    let joins = |c| matches!(c, ' ' | '\'' | '’' | '-' | '.');
    let mut done = None;
    for (start, end) in found {
        let between = &folded[done.unwrap_or(0)..start];
        if done.is_none() || !between.chars().all(joins) {
            hash.update(between);
            hash.update([NAME]);
        }
        done = Some(end);
    }
    hash.update(&folded[done.unwrap_or(0)..]);
}
