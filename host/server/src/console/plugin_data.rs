//! Data that plugins derived: suggestions, tags and memories.

use maud::{Markup, html};

use super::messages::because;
use super::portal::PageContext;
use super::words;
use regulars::host::Remembered;
use regulars::model::*;
use regulars::sentences as say;

pub(super) fn plugin_data(context: &PageContext<'_>) -> Markup {
    let contents = context.contents;
    let (desk, tags) = (&contents.desk, &contents.customer.tags);
    let open = !desk.cards.is_empty() || !desk.questions.is_empty() || !desk.tasks.is_empty();
    html! {
        section aria-labelledby="inferred" {
            h2 id="inferred" { (say::plugin_data_title()) }
            p { (say::plugin_data_intro()) }
            @if !open && tags.is_empty() && contents.memories.is_empty() {
                p.soft { (say::plugin_data_none()) }
            }
            @if open {
                h3 { (say::suggestions_title()) }
                ul.items {
                    @for card in &desk.cards {
                        (suggestion(context, &card.title, &card.body, &card.because, Some(&card.plugin)))
                    }
                    @for question in &desk.questions {
                        (suggestion(context, say::suggestion_question(), &question.text, &question.because, Some(&question.plugin)))
                    }
                    @for task in &desk.tasks {
                        (suggestion(context, &task.title, &task.body, &task.because, task.plugin.as_ref()))
                    }
                }
            }
            @if !tags.is_empty() {
                h3.group { (say::tags_title()) }
                ul.tags { @for tag in tags { li dir="auto" { (words::line(tag)) } } }
            }
            @for remembered in &contents.memories { (memory(remembered)) }
        }
    }
}

fn suggestion(
    context: &PageContext<'_>,
    title: &str,
    body: &str,
    why: &Because,
    plugin: Option<&InstallationId>,
) -> Markup {
    html! {
        li {
            h3 dir="auto" { (words::line(title)) }
            @if !body.trim().is_empty() { (words::quoted(body)) }
            dl {
                (because(context, why))
                @if let Some(plugin) = plugin {
                    dt { (say::message_plugin()) }
                    dd { (context.plugin(plugin)) }
                }
            }
        }
    }
}

fn memory(remembered: &Remembered) -> Markup {
    html! {
        h3.group { (say::memory_title(words::line(&remembered.title))) }
        p.soft dir="auto" { (words::line(&remembered.summary)) }
        dl {
            @for (key, value) in &remembered.entries {
                dt dir="auto" { (words::key(key)) }
                dd dir="auto" { (words::value(value)) }
            }
        }
    }
}
