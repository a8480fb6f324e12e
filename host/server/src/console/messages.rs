//! Sent and queued messages with their reasons.

use maud::{Markup, html};

use super::portal::PageContext;
use super::words;
use regulars::model::*;
use regulars::sentences as say;

pub(super) fn messages(context: &PageContext<'_>) -> Markup {
    let contents = context.contents;
    html! {
        section aria-labelledby="messages" {
            h2 id="messages" { (say::messages_title()) }
            @if !contents.waiting.is_empty() {
                h3 { (say::messages_waiting()) }
                ul.items { @for message in &contents.waiting { (one(context, message)) } }
                h3.group { (say::messages_before()) }
            }
            @if contents.messages.items.is_empty() {
                p.soft { (say::messages_none()) }
            } @else {
                ul.items { @for message in &contents.messages.items { (one(context, message)) } }
            }
            @if let Some(next) = contents.messages.next {
                p { a href={ (context.here()) "?messages=" (String::from(next)) "#messages" } { (say::messages_earlier()) } }
            }
        }
    }
}

fn one(context: &PageContext<'_>, message: &Message) -> Markup {
    html! {
        li {
            h3 dir="auto" { (words::line(&message.subject)) }
            p.soft { (words::state(message, context.zone)) }
            dl {
                dt { (say::message_purpose()) }
                dd { (words::purpose(message.purpose)) }
                @if let Some(topic) = &message.topic {
                    dt { (say::message_topic()) }
                    dd dir="auto" { (words::line(topic)) }
                }
                @if !message.value.trim().is_empty() {
                    dt { (say::message_value()) }
                    dd dir="auto" { (words::line(&message.value)) }
                }
                (because(context, &message.because))
                dt { (say::message_plugin()) }
                dd { (context.plugin(&message.plugin)) }
            }
            details {
                summary { (say::message_body()) }
                (words::quoted(&message.body))
            }
        }
    }
}

/// Renders the reason of a proposal, with its evidence.
pub(super) fn because(context: &PageContext<'_>, because: &Because) -> Markup {
    let rests = because.evidence.iter();
    let rests = rests.filter_map(|id| context.contents.evidence.get(id));
    let mut rests: Vec<String> = rests.map(|it| words::evidence(it, context.zone)).collect();
    let more = rests.len().saturating_sub(5);
    rests.truncate(5);
    let listed = match rests.join("; ") {
        listed if more > 0 => say::evidence_more(listed, more),
        listed => listed,
    };
    html! {
        dt { (say::reason()) }
        dd dir="auto" { (words::line(&because.reason)) }
        @if !rests.is_empty() {
            dt { (say::evidence()) }
            dd { (listed) }
        }
    }
}
