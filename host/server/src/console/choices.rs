//! The forms for level, pause, topics and channels.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Span, ToSpan, Zoned};
use maud::{Markup, html};

use super::form::{Choice, FieldError, Fields, field_error};
use super::layout::{SLOT, with_markup};
use super::portal::{FormResult, PageContext};
use super::words;
use regulars::error::Error;
use regulars::host::Portal;
use regulars::model::*;
use regulars::sentences as say;

/// Id of the input for new topics.
const TOPICS: &str = "topic-more";
const DATE: &str = "pause-date";
/// Longest pause in years.
const MAX_YEARS: i16 = 5;

pub(super) fn level(context: &PageContext<'_>) -> Markup {
    html! {
        section aria-labelledby="level" {
            h2 id="level" { (say::level_title()) }
            form method="post" action=(context.path("level")) {
                fieldset {
                    legend { (say::level_choose()) }
                    @for choice in &context.contents.levels {
                        (Choice {
                            kind: "radio", id: format!("level-{}", choice.level.as_str()), name: "level",
                            value: choice.level.as_str(),
                            chosen: choice.level == context.contents.customer.level,
                            label: words::level(choice.level), means: Some(&words::level_means(choice)),
                        })
                    }
                    (field_error(context.errors, "level-low"))
                }
                p.hint { (say::level_hint()) }
                button type="submit" { (say::level_save()) }
            }
        }
    }
}

pub(super) fn set_level(page: &Portal, fields: &Fields) -> FormResult {
    let chosen = fields.get("level").unwrap_or_default();
    let mut all = Level::ALL.into_iter();
    match all.find(|level| level.as_str() == chosen) {
        Some(level) => page.set_level(level).map(|_| Ok("level")),
        None => Ok(Err(FieldError::new("level-low", say::level_missing()))),
    }
}

/// Pauses that need no calendar.
const PAUSES: [(&str, &str); 3] = [
    ("week", say::pause_week()),
    ("month", say::pause_month()),
    ("quarter", say::pause_quarter()),
];

pub(super) fn pause(context: &PageContext<'_>) -> Markup {
    let paused = context.contents.preferences.paused_until;
    let today = context.now.date();
    let first = today.tomorrow().unwrap_or(today);
    let wrong = context.errors.iter().any(|it| it.field == DATE);
    html! {
        section aria-labelledby="pause" {
            h2 id="pause" { (say::pause_title()) }
            @if let Some(until) = paused {
                p { (with_markup(&say::pause_until(SLOT), html! { strong { (words::moment(until, context.zone)) } })) }
                form method="post" action=(context.path("pause")) {
                    input type="hidden" name="for" value="over";
                    button type="submit" { (say::pause_end()) }
                }
            }
            form.group method="post" action=(context.path("pause")) {
                fieldset {
                    legend { @if paused.is_some() { (say::pause_change()) } @else { (say::pause_choose()) } }
                    @for (value, label) in PAUSES {
                        (Choice {
                            kind: "radio", id: format!("pause-{value}"), name: "for", value,
                            chosen: value == "week" && !wrong, label, means: None,
                        })
                    }
                    (Choice {
                        kind: "radio", id: "pause-until".to_owned(), name: "for", value: "until",
                        chosen: wrong, label: say::pause_date(), means: None,
                    })
                    div.field {
                        label for=(DATE) { (say::pause_date_label()) }
                        p.hint id="pause-date-hint" { (say::pause_date_hint()) }
                        (field_error(context.errors, DATE))
                        input type="date" id=(DATE) name="date" min=(first) value=(context.sent("date"))
                            aria-invalid=[wrong.then_some("true")]
                            aria-describedby=(if wrong { "pause-date-wrong pause-date-hint" } else { "pause-date-hint" });
                    }
                }
                button type="submit" { (say::pause_save()) }
            }
        }
    }
}

pub(super) fn set_pause(page: &Portal, fields: &Fields) -> FormResult {
    let now = &page.now()?;
    let after = |span: Span| now.checked_add(span).map(|at| at.timestamp());
    let until = match fields.get("for").unwrap_or_default() {
        "over" => return page.pause(None).map(|_| Ok("resumed")),
        "week" => after(1.week()),
        "month" => after(1.month()),
        "quarter" => after(3.months()),
        "until" => match day(fields.get("date").unwrap_or_default(), now) {
            Ok(day) => day
                .to_zoned(now.time_zone().clone())
                .map(|at| at.timestamp()),
            Err(problem) => return Ok(Err(FieldError::new(DATE, problem))),
        },
        _ => {
            return Ok(Err(FieldError::new("pause-week", say::pause_missing())));
        }
    };
    match until {
        Ok(until) => page.pause(Some(until)).map(|_| Ok("pause")),
        Err(_) => Ok(Err(FieldError::new(DATE, say::pause_date_unknown()))),
    }
}

fn day(given: &str, now: &Zoned) -> Result<Date, &'static str> {
    let day: Date = given
        .trim()
        .parse()
        .map_err(|_| say::pause_date_missing())?;
    let last = now.date().saturating_add(MAX_YEARS.years());
    if day <= now.date() {
        return Err(say::pause_date_past());
    }
    if day > last {
        return Err(say::pause_date_far());
    }
    Ok(day)
}

pub(super) fn topics(context: &PageContext<'_>) -> Markup {
    let known = &context.contents.topics;
    let wrong = context.errors.iter().any(|it| it.field == TOPICS);
    html! {
        section aria-labelledby="topics" {
            h2 id="topics" { (say::topics_title()) }
            form method="post" action=(context.path("topics")) {
                @if !known.is_empty() {
                    fieldset {
                        legend { (say::topics_known()) }
                        @for (index, (topic, chosen)) in known.iter().enumerate() {
                            (Choice {
                                kind: "checkbox", id: format!("topic-{index}"), name: "topic", value: topic,
                                chosen: *chosen, label: &words::line(topic), means: None,
                            })
                        }
                    }
                }
                div.field {
                    label for=(TOPICS) { (say::topics_add()) }
                    p.hint id="topic-more-hint" { (say::topics_hint()) }
                    (field_error(context.errors, TOPICS))
                    input type="text" id=(TOPICS) name="more" maxlength="400" value=(context.sent("more"))
                        autocomplete="off" aria-invalid=[wrong.then_some("true")]
                        aria-describedby=(if wrong { "topic-more-wrong topic-more-hint" } else { "topic-more-hint" });
                }
                button type="submit" { (say::topics_save()) }
            }
        }
    }
}

pub(super) fn set_topics(page: &Portal, fields: &Fields) -> FormResult {
    let more = fields.get("more").unwrap_or_default().split(',');
    let more = more.map(str::trim).filter(|topic| !topic.is_empty());
    let topics = fields.all("topic").chain(more).map(str::to_owned).collect();
    let wrong = FieldError::new(TOPICS, say::topics_too_many());
    validated("topics", page.set_topics(topics), wrong)
}

pub(super) fn channels(context: &PageContext<'_>) -> Markup {
    html! {
        section aria-labelledby="channels" {
            h2 id="channels" { (say::channels_title()) }
            form method="post" action=(context.path("channels")) {
                fieldset {
                    legend { (say::channels_choose()) }
                    @for (index, choice) in context.contents.channels.iter().enumerate() {
                        (Choice {
                            kind: "checkbox", id: format!("channel-{index}"), name: "channel", value: &choice.name,
                            chosen: choice.wanted, label: &words::channel(choice), means: None,
                        })
                    }
                }
                p.hint { (say::channels_hint()) }
                button type="submit" { (say::channels_save()) }
            }
        }
    }
}

/// Saves the chosen channels. All offered channels stand for any channel, including future ones.
pub(super) fn set_channels(page: &Portal, fields: &Fields) -> FormResult {
    let offered: BTreeSet<String> = page.channels().into_iter().collect();
    let chosen: BTreeSet<String> = fields
        .set("channel")
        .intersection(&offered)
        .cloned()
        .collect();
    let any = chosen == offered;
    let set = page.set_channels((!any).then_some(chosen));
    validated(
        "channels",
        set,
        FieldError::new("channel-0", say::channels_gone()),
    )
}

/// Turns a validation error of the host into one of the form.
fn validated<T>(done: &'static str, set: Result<T, Error>, wrong: FieldError) -> FormResult {
    match set {
        Ok(_) => Ok(Ok(done)),
        Err(Error::Invalid { .. }) => Ok(Err(wrong)),
        Err(error) => Err(error),
    }
}
