//! Data that plugins derived: suggestions, tags and memories.

use maud::{Markup, html};

use super::messages::because;
use super::own_page::Shown;
use super::words;
use crate::host::Remembered;
use crate::model::*;

pub(super) fn inferred(shown: &Shown<'_>) -> Markup {
    let contents = shown.contents;
    let (desk, tags) = (&contents.desk, &contents.customer.tags);
    let open = !desk.cards.is_empty() || !desk.questions.is_empty() || !desk.tasks.is_empty();
    html! {
        section aria-labelledby="inferred" {
            h2 id="inferred" { "What we make of it" }
            p { "Small programs look at what we keep about you and suggest to our staff what might be good for you. They see no more than they need, and nothing goes out that you did not choose." }
            @if !open && tags.is_empty() && contents.memories.is_empty() {
                p.soft { "So far they made nothing of it." }
            }
            @if open {
                h3 { "Suggestions to our staff" }
                ul.items {
                    @for card in &desk.cards {
                        (suggestion(shown, &card.title, &card.body, &card.because, Some(&card.plugin)))
                    }
                    @for question in &desk.questions {
                        (suggestion(shown, "A question to ask you", &question.text, &question.because, Some(&question.plugin)))
                    }
                    @for task in &desk.tasks {
                        (suggestion(shown, &task.title, &task.body, &task.because, task.plugin.as_ref()))
                    }
                }
            }
            @if !tags.is_empty() {
                h3.group { "Labels on your record" }
                ul.tags { @for tag in tags { li dir="auto" { (words::line(tag)) } } }
            }
            @for remembered in &contents.memories { (memory(remembered)) }
        }
    }
}

fn suggestion(
    shown: &Shown<'_>,
    title: &str,
    body: &str,
    why: &Because,
    plugin: Option<&InstallationId>,
) -> Markup {
    html! {
        li {
            h3 dir="auto" { (words::line(title)) }
            @if !body.trim().is_empty() { (words::said(body)) }
            dl {
                (because(shown, why))
                @if let Some(plugin) = plugin {
                    dt { "Whose idea" }
                    dd { (shown.plugin(plugin)) }
                }
            }
        }
    }
}

fn memory(remembered: &Remembered) -> Markup {
    html! {
        h3.group { "What “" (words::line(&remembered.title)) "” remembers" }
        p.soft dir="auto" { (words::line(&remembered.summary)) }
        dl {
            @for (key, value) in &remembered.entries {
                dt dir="auto" { (words::key(key)) }
                dd dir="auto" { (words::value(value)) }
            }
        }
    }
}
