use std::collections::BTreeMap;

use crate::model::is_language_tag;
use crate::outbox::Envelope;
use crate::outbox::config::FooterWords;
use crate::text::{shown, shown_line};

/// The footer below every mail: the sender, the reason, and how to change or stop messages.
#[derive(Debug)]
pub(crate) struct Footer {
    business: String,
    /// Configured texts by language.
    words: BTreeMap<String, FooterWords>,
}

/// The footer of one mail.
pub(super) struct Written<'a> {
    words: FooterWords,
    business: &'a str,
    reason: String,
    page: Option<&'a str>,
}

impl Footer {
    pub fn new(business: &str, words: BTreeMap<String, FooterWords>) -> Footer {
        Footer {
            business: shown_line(business.to_owned()),
            words,
        }
    }

    pub(super) fn of<'a>(&'a self, envelope: &'a Envelope) -> Written<'a> {
        Written {
            words: self.words(envelope.language.as_deref()),
            business: &self.business,
            reason: shown(envelope.message.because.reason.clone()),
            page: envelope.page.as_deref(),
        }
    }

    /// Returns the texts in the customer's language, else in its parent (`de` for `de-AT`), else in English.
    fn words(&self, language: Option<&str>) -> FooterWords {
        let mut wanted = language.unwrap_or_default().to_ascii_lowercase();
        while !wanted.is_empty() {
            let mut known = self.words.iter();
            if let Some((_, words)) = known.find(|(name, _)| name.to_ascii_lowercase() == wanted) {
                return words.clone();
            }
            wanted.truncate(wanted.rfind('-').unwrap_or(0));
        }
        FooterWords::default()
    }
}

impl Written<'_> {
    /// Returns the plain text part: a body with its footer.
    pub fn text(&self, body: &str) -> String {
        let Written { words, reason, .. } = self;
        let body = body.trim_end();
        let begin = format!("{body}\n\n---\n{}\n{} {reason}\n", self.business, words.why);
        match self.page {
            Some(page) => format!("{begin}\n{}\n{page}\n", words.page),
            None => format!("{begin}\n{}\n", words.answer),
        }
    }

    /// Returns the HTML part. A blank line starts a paragraph; text never becomes a link.
    pub fn html(&self, body: &str, language: Option<&str>) -> String {
        let mut html = String::from("<!DOCTYPE html>\n<html");
        if let Some(language) = language.filter(|it| is_language_tag(it)) {
            html += &format!(" lang=\"{language}\"");
        }
        html += " dir=\"auto\">\n<head><meta charset=\"utf-8\"><title></title></head>\n<body>\n";
        for paragraph in body
            .trim_end()
            .split("\n\n")
            .filter(|it| !it.trim().is_empty())
        {
            html += &format!(
                "<p dir=\"auto\">{}</p>\n",
                lines(paragraph.trim_matches('\n'))
            );
        }
        let Written { words, reason, .. } = self;
        html += "<hr>\n";
        html += &format!("<p dir=\"auto\">{}<br>\n", escaped(self.business));
        html += &format!("{} {}</p>\n", escaped(&words.why), lines(reason));
        html += &match self.page {
            Some(page) => format!(
                "<p dir=\"auto\"><a href=\"{}\">{}</a></p>\n",
                escaped(page),
                escaped(words.page.trim_end_matches(':'))
            ),
            None => format!("<p dir=\"auto\">{}</p>\n", escaped(&words.answer)),
        };
        html + "</body>\n</html>\n"
    }
}

fn lines(text: &str) -> String {
    escaped(text).replace('\n', "<br>\n")
}

/// Escapes a text for HTML content and quoted attributes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
}
