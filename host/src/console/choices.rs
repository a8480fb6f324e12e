//! The forms for level, pause, topics and channels.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Span, ToSpan, Zoned};
use maud::{Markup, html};

use super::form::{Choice, Fields, Wrong, beside};
use super::own_page::{Saved, Shown};
use super::words;
use crate::error::Error;
use crate::host::OwnPage;
use crate::model::*;

/// Id of the input for new topics.
const TOPICS: &str = "topic-more";
const DATE: &str = "pause-date";
/// Longest pause in years.
const YEARS: i16 = 5;

pub(super) fn level(shown: &Shown<'_>) -> Markup {
    html! {
        section aria-labelledby="level" {
            h2 id="level" { "How much you want to hear from us" }
            form method="post" action=(shown.path("level")) {
                fieldset {
                    legend { "Choose what suits you" }
                    @for choice in &shown.contents.levels {
                        (Choice {
                            kind: "radio", id: format!("level-{}", choice.level.as_str()), name: "level",
                            value: choice.level.as_str(),
                            chosen: choice.level == shown.contents.customer.level,
                            label: words::level(choice.level), means: Some(&words::level_means(choice)),
                        })
                    }
                    (beside(shown.wrong, "level-low"))
                }
                p.hint { "You can change it whenever you like. If you choose less than before, what waits to be sent to you is cancelled at once." }
                button type="submit" { "Save how much" }
            }
        }
    }
}

pub(super) fn set_level(page: &OwnPage, fields: &Fields) -> Saved {
    let chosen = fields.get("level").unwrap_or_default();
    let mut all = Level::ALL.into_iter();
    match all.find(|level| level.as_str() == chosen) {
        Some(level) => page.set_level(level).map(|_| Ok("level")),
        None => Ok(Err(Wrong::new(
            "level-low",
            "Choose how much you want to hear from us",
        ))),
    }
}

/// Pauses that need no calendar.
const PAUSES: [(&str, &str); 3] = [
    ("week", "For a week"),
    ("month", "For a month"),
    ("quarter", "For three months"),
];

pub(super) fn pause(shown: &Shown<'_>) -> Markup {
    let paused = shown.contents.preferences.paused_until;
    let today = shown.now.date();
    let first = today.tomorrow().unwrap_or(today);
    let wrong = shown.wrong.iter().any(|it| it.field == DATE);
    html! {
        section aria-labelledby="pause" {
            h2 id="pause" { "Take a break" }
            @if let Some(until) = paused {
                p { "We are silent until " strong { (words::moment(until, shown.zone)) } ", but for what you asked for, booked or bought." }
                form method="post" action=(shown.path("pause")) {
                    input type="hidden" name="for" value="over";
                    button type="submit" { "End the break now" }
                }
            }
            form.group method="post" action=(shown.path("pause")) {
                fieldset {
                    legend { @if paused.is_some() { "Make it longer or shorter" } @else { "How long shall we be silent?" } }
                    @for (value, label) in PAUSES {
                        (Choice {
                            kind: "radio", id: format!("pause-{value}"), name: "for", value,
                            chosen: value == "week" && !wrong, label, means: None,
                        })
                    }
                    (Choice {
                        kind: "radio", id: "pause-until".to_owned(), name: "for", value: "until",
                        chosen: wrong, label: "Until the day below", means: None,
                    })
                    div.field {
                        label for=(DATE) { "Day on which we may write again" }
                        p.hint id="pause-date-hint" { "Only needed with “Until the day below”." }
                        (beside(shown.wrong, DATE))
                        input type="date" id=(DATE) name="date" min=(first) value=(shown.sent("date"))
                            aria-invalid=[wrong.then_some("true")]
                            aria-describedby=(if wrong { "pause-date-wrong pause-date-hint" } else { "pause-date-hint" });
                    }
                }
                button type="submit" { "Take a break" }
            }
        }
    }
}

pub(super) fn set_pause(page: &OwnPage, fields: &Fields) -> Saved {
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
            Err(problem) => return Ok(Err(Wrong::new(DATE, problem))),
        },
        _ => {
            return Ok(Err(Wrong::new(
                "pause-week",
                "Choose how long we shall be silent",
            )));
        }
    };
    match until {
        Ok(until) => page.pause(Some(until)).map(|_| Ok("pause")),
        Err(_) => Ok(Err(Wrong::new(DATE, "This calendar has no such day"))),
    }
}

fn day(given: &str, now: &Zoned) -> Result<Date, &'static str> {
    let day: Date = given
        .trim()
        .parse()
        .map_err(|_| "Give the day on which the break ends, such as 2030-05-12")?;
    let last = now.date().saturating_add(YEARS.years());
    if day <= now.date() {
        return Err("The break must end after today");
    }
    if day > last {
        return Err("Choose a day within the next five years");
    }
    Ok(day)
}

pub(super) fn topics(shown: &Shown<'_>) -> Markup {
    let known = &shown.contents.topics;
    let wrong = shown.wrong.iter().any(|it| it.field == TOPICS);
    html! {
        section aria-labelledby="topics" {
            h2 id="topics" { "What you want to hear about" }
            form method="post" action=(shown.path("topics")) {
                @if !known.is_empty() {
                    fieldset {
                        legend { "Your topics" }
                        @for (index, (topic, chosen)) in known.iter().enumerate() {
                            (Choice {
                                kind: "checkbox", id: format!("topic-{index}"), name: "topic", value: topic,
                                chosen: *chosen, label: &words::line(topic), means: None,
                            })
                        }
                    }
                }
                div.field {
                    label for=(TOPICS) { "Add a topic" }
                    p.hint id="topic-more-hint" { "Several with a comma between them." }
                    (beside(shown.wrong, TOPICS))
                    input type="text" id=(TOPICS) name="more" maxlength="400" value=(shown.sent("more"))
                        autocomplete="off" aria-invalid=[wrong.then_some("true")]
                        aria-describedby=(if wrong { "topic-more-wrong topic-more-hint" } else { "topic-more-hint" });
                }
                button type="submit" { "Save topics" }
            }
        }
    }
}

pub(super) fn set_topics(page: &OwnPage, fields: &Fields) -> Saved {
    let more = fields.get("more").unwrap_or_default().split(',');
    let more = more.map(str::trim).filter(|topic| !topic.is_empty());
    let topics = fields.all("topic").chain(more).map(str::to_owned).collect();
    told("topics", page.set_topics(topics), |_| {
        let most = "Choose a hundred topics at the most, none longer than 64 characters";
        Wrong::new(TOPICS, most)
    })
}

pub(super) fn channels(shown: &Shown<'_>) -> Markup {
    html! {
        section aria-labelledby="channels" {
            h2 id="channels" { "How we may reach you" }
            form method="post" action=(shown.path("channels")) {
                fieldset {
                    legend { "Ways you are fine with" }
                    @for (index, choice) in shown.contents.channels.iter().enumerate() {
                        (Choice {
                            kind: "checkbox", id: format!("channel-{index}"), name: "channel", value: &choice.name,
                            chosen: choice.wanted, label: &words::channel(choice), means: None,
                        })
                    }
                }
                p.hint { "If you tick none, we send you nothing." }
                button type="submit" { "Save ways" }
            }
        }
    }
}

/// Saves the chosen channels. All offered channels stand for any channel, including future ones.
pub(super) fn set_channels(page: &OwnPage, fields: &Fields) -> Saved {
    let offered: BTreeSet<String> = page.channels().into_iter().collect();
    let chosen: BTreeSet<String> = fields
        .set("channel")
        .intersection(&offered)
        .cloned()
        .collect();
    let any = chosen == offered;
    let set = page.set_channels((!any).then_some(chosen));
    told("channels", set, |problem| Wrong::new("channel-0", problem))
}

/// Turns a validation error of the host into one of the form.
fn told<T>(
    done: &'static str,
    set: Result<T, Error>,
    wrong: impl FnOnce(String) -> Wrong,
) -> Saved {
    match set {
        Ok(_) => Ok(Ok(done)),
        Err(Error::Invalid { problem, .. }) => Ok(Err(wrong(problem))),
        Err(error) => Err(error),
    }
}
