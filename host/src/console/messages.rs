//! Sent and queued messages with their reasons.

use maud::{Markup, html};

use super::own_page::Shown;
use super::words;
use crate::model::*;

pub(super) fn messages(shown: &Shown<'_>) -> Markup {
    let contents = shown.contents;
    html! {
        section aria-labelledby="messages" {
            h2 id="messages" { "What we sent you, and why" }
            @if !contents.waiting.is_empty() {
                h3 { "Waiting to be sent" }
                ul.items { @for message in &contents.waiting { (one(shown, message)) } }
                h3.group { "Before" }
            }
            @if contents.messages.items.is_empty() {
                p.soft { "Nothing yet." }
            } @else {
                ul.items { @for message in &contents.messages.items { (one(shown, message)) } }
            }
            @if let Some(next) = contents.messages.next {
                p { a href={ (shown.here()) "?messages=" (String::from(next)) "#messages" } { "Earlier messages" } }
            }
        }
    }
}

fn one(shown: &Shown<'_>, message: &Message) -> Markup {
    html! {
        li {
            h3 dir="auto" { (words::line(&message.subject)) }
            p.soft { (words::state(message, shown.zone)) }
            dl {
                dt { "What for" }
                dd { (words::purpose(message.purpose)) }
                @if let Some(topic) = &message.topic {
                    dt { "Topic" }
                    dd dir="auto" { (words::line(topic)) }
                }
                @if !message.value.trim().is_empty() {
                    dt { "What is in it for you" }
                    dd dir="auto" { (words::line(&message.value)) }
                }
                (because(shown, &message.because))
                dt { "Whose idea" }
                dd { (shown.plugin(&message.plugin)) }
            }
            details {
                summary { "What it says" }
                (words::said(&message.body))
            }
        }
    }
}

/// Renders the reason of a proposal, with its evidence.
pub(super) fn because(shown: &Shown<'_>, because: &Because) -> Markup {
    let rests = because.evidence.iter();
    let rests = rests.filter_map(|id| shown.contents.evidence.get(id));
    let mut rests: Vec<String> = rests.map(|it| words::evidence(it, shown.zone)).collect();
    let more = rests.len().saturating_sub(5);
    rests.truncate(5);
    html! {
        dt { "Why" }
        dd dir="auto" { (words::line(&because.reason)) }
        @if !rests.is_empty() {
            dt { "It rests on" }
            dd { (rests.join("; ")) @if more > 0 { "; and " (more) " more" } }
        }
    }
}
