//! The stored data of the customer: profile, contact points and history.

use maud::{Markup, html};

use super::layout::{SLOT, with_markup};
use super::portal::PageContext;
use super::words;
use regulars::host::Held;
use regulars::model::*;
use regulars::sentences as say;

pub(super) fn data(context: &PageContext<'_>) -> Markup {
    html! {
        section aria-labelledby="kept" {
            h2 id="kept" { (say::data_title()) }
            (profile(context))
            (points(&context.contents.points))
            (history(context))
        }
    }
}

fn profile(context: &PageContext<'_>) -> Markup {
    let customer = &context.contents.customer;
    let birthday = customer.birthday.map(birthday);
    let lines = [
        (say::profile_name(), customer.display_name.as_deref()),
        (say::profile_given_name(), customer.given_name.as_deref()),
        (say::profile_birthday(), birthday.as_deref()),
        (say::profile_language(), customer.language.as_deref()),
        (say::profile_time_zone(), customer.time_zone.as_deref()),
    ];
    html! {
        dl {
            @for (name, value) in lines {
                @if let Some(value) = value {
                    dt { (name) }
                    dd dir="auto" { (words::line(value)) }
                }
            }
            dt { (say::profile_since()) }
            dd { (words::day(customer.since, context.zone)) }
        }
    }
}

fn birthday(day: Birthday) -> String {
    // A leap year stands in for an unknown year.
    let date = jiff::civil::Date::new(day.year.unwrap_or(2000), day.month, day.day);
    let form = if day.year.is_some() {
        say::date_day()
    } else {
        say::date_day_without_year()
    };
    date.map_or_else(|_| day.to_string(), |date| date.strftime(form).to_string())
}

fn points(points: &[Held]) -> Markup {
    html! {
        @if !points.is_empty() {
            h3.group { (say::points_title()) }
            dl {
                @for held in points {
                    dt {
                        (words::contact_kind(held.point.kind))
                        @if let Some(label) = &held.point.label { " (" (words::key(label)) ")" }
                    }
                    dd {
                        span dir="auto" { (words::line(&held.point.value)) }
                        @if let Some(why) = point_status(held) { br; span.soft { (why) } }
                    }
                }
            }
            p.hint { (say::points_hint()) }
        }
    }
}

fn point_status(held: &Held) -> Option<&'static str> {
    match held.suppressed {
        Some(SuppressionReason::Unsubscribed) => Some(say::point_unsubscribed()),
        Some(_) => Some(say::point_suppressed()),
        None if held.bounced => Some(say::point_bounced()),
        None => None,
    }
}

fn history(context: &PageContext<'_>) -> Markup {
    let page = &context.contents.interactions;
    html! {
        h3.group { (say::history_title()) }
        @if page.items.is_empty() { p.soft { (say::history_none()) } }
        ol.items {
            @for it in &page.items {
                li {
                    h3 dir="auto" { (words::interaction_title(it)) }
                    p.soft {
                        (words::moment(it.occurred_at, context.zone))
                        @if let Some(channel) = &it.channel { " · " (words::key(channel)) }
                    }
                    @if let Some(subject) = &it.subject { p dir="auto" { (words::line(subject)) } }
                    @if let Some(body) = &it.body { @if !body.trim().is_empty() { (words::quoted(body)) } }
                    (other_data(it))
                }
            }
        }
        @if let Some(next) = page.next {
            @let earlier = html! {
                a href={ (context.here()) "?history=" (String::from(next)) "#kept" } { (say::history_earlier()) }
            };
            p { (with_markup(&say::history_more(SLOT), earlier)) }
        }
    }
}

/// Renders the other data of an interaction.
fn other_data(interaction: &Interaction) -> Markup {
    // The messages section describes outbound messages in full.
    let ours = interaction.kind == "message" && interaction.direction == Direction::Outbound;
    let other_data = interaction
        .data
        .as_object()
        .filter(|other_data| !ours && !other_data.is_empty());
    html! {
        @if let Some(other_data) = other_data {
            ul.facts {
                @for (key, value) in other_data {
                    li dir="auto" { (words::key(key)) ": " (words::value(value)) }
                }
            }
        }
    }
}
