use sha2::{Digest, Sha256};

use crate::model::Fingerprint;

/// What a message says, so that copies of it are known for what they are: without case, white space,
/// numbers, and the words of `names`, what the customer is called.
///
/// It is stored: whoever changes what it gives lets everything be said to everybody once more, and
/// gives `FORM` another number.
pub fn fingerprint(subject: &str, body: &str, names: &[&str]) -> Fingerprint {
    let names: Vec<String> = names
        .iter()
        .flat_map(|name| name.split(|c: char| !c.is_alphabetic()))
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().flat_map(char::to_lowercase).collect())
        .collect();
    let mut folded = String::with_capacity(FORM.len() + subject.len() + body.len() + 16);
    folded.push_str(FORM);
    for text in [subject, body] {
        folded.push(PART);
        fold(text, &names, &mut folded);
    }
    let hash: [u8; 32] = Sha256::digest(folded.as_bytes()).into();
    let mut short = [0; 16];
    short.copy_from_slice(&hash[..16]);
    Fingerprint(short)
}

/// The way of folding that a fingerprint was made in.
const FORM: &str = "regulars 1";

// What stands for things that are folded. No text has these: control characters are left out of it.
const PART: char = '\u{0}';
const NUMBER: char = '\u{1}';
const NAME: char = '\u{2}';

fn fold(text: &str, names: &[String], folded: &mut String) {
    let mut rest = text;
    let start = folded.len();
    while let Some(c) = rest.chars().next() {
        let length = c.len_utf8();
        if c.is_alphabetic() {
            let end = rest.find(|c: char| !c.is_alphabetic());
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            push_word(word, names, folded);
            rest = after;
        } else if c.is_numeric() {
            folded.push(NUMBER);
            rest = after_number(rest);
        } else if c.is_whitespace() {
            if folded.len() > start && !folded.ends_with(' ') {
                folded.push(' ');
            }
            rest = &rest[length..];
        } else {
            if !crate::text::hidden(c) {
                folded.push(c);
            }
            rest = &rest[length..];
        }
    }
    if folded.len() > start && folded.ends_with(' ') {
        folded.pop();
    }
}

fn push_word(word: &str, names: &[String], folded: &mut String) {
    let start = folded.len();
    if word.is_ascii() {
        folded.push_str(word);
        folded[start..].make_ascii_lowercase();
    } else {
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    if !names.iter().any(|name| *name == folded[start..]) {
        return;
    }
    folded.truncate(start);
    // First and last name are one name, also with an apostrophe or a hyphen between.
    let joins = |c| matches!(c, ' ' | '\'' | '’' | '-' | '.');
    let before = folded.trim_end_matches(joins);
    if before.ends_with(NAME) {
        folded.truncate(before.len());
    } else {
        folded.push(NAME);
    }
}

/// What follows a number. `12.50`, `1'000` and `24/12` are one number.
fn after_number(text: &str) -> &str {
    let mut rest = text.trim_start_matches(char::is_numeric);
    while let Some(after) = rest.strip_prefix(['.', ',', ':', '/', '-', '\'', '’']) {
        if !after.starts_with(char::is_numeric) {
            break;
        }
        rest = after.trim_start_matches(char::is_numeric);
    }
    rest
}
