//! The report as a self-contained page: it loads nothing and runs no scripts.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::{Bar, HALF, WIDE, columns, key, rows};
use super::phrases::{days, display_name, occasions};
use super::{differences, samples};
use crate::file;
use crate::output::safe;
use crate::transcript::failure_name;
use crate::words::{self, count, counted};
use regulars::rehearse::{PluginReport, Rehearsal, Week};

const STYLE: &str = include_str!("style.css");
/// Blocks loading and scripts, even if text from outside were taken for HTML.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/// Maximum columns of a chart over time. Beyond it, a column covers several weeks.
const COLUMNS: usize = 80;

/// Writes the page to a file that only its owner can read.
pub fn write(file: &Path, report: &Rehearsal) -> Result<()> {
    let page = page(report)?.into_string();
    file::private(file, |to| Ok(to.write_all(page.as_bytes())?))
}

fn page(report: &Rehearsal) -> Result<Markup> {
    let zone = TimeZone::get(&report.window.time_zone)?;
    let plugin = &report.plugin;
    let title = format!("{}, rehearsed", safe(&plugin.title, 100));
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { h1 dir="auto" { (title) } (opening(report, &zone)) }
                main {
                    (figures(report))
                    (decided(&report.came))
                    (rules(&report.came))
                    (weeks(report, &zone))
                    (contacts_per_person(report))
                    (most(report))
                    (samples::section(&report.samples))
                    @if let Some(against) = &report.against { (differences::section(report, against, &zone)) }
                    (runs(report))
                    (beside(report))
                    section { h2 { "Limits of this rehearsal" } ul.plain { @for note in &report.notes { li { (note) } } } }
                }
                footer { p { "This page names people: it is personal data. It loads nothing and runs no scripts." } }
            }
        }
    })
}

fn opening(report: &Rehearsal, zone: &TimeZone) -> Markup {
    let (from, last) = days(report, zone);
    let plugin = &report.plugin;
    html! {
        p.soft {
            (plugin.id) " " (safe(&plugin.version, 30)) " on " (from) " to " (last) ", on "
            (counted(report.people, "person", "people")) "."
            @if let Some(version) = &plugin.in_place_of { " In place of the installed " (safe(version, 30)) "." }
            " For a business in " (report.window.time_zone) "."
            " Nothing was written or sent."
        }
        @if report.partial.is_some() {
            section.partial { p { b { "Partial." } " " (report.notes.first().map_or("", String::as_str)) } }
        }
    }
}

fn figures(report: &Rehearsal) -> Markup {
    let plugin_report = &report.came;
    let denied: u64 = plugin_report.proposals.iter().map(|sum| sum.denied).sum();
    let figures = [
        (plugin_report.runs, "runs"),
        (plugin_report.failed, "of them failed"),
        (plugin_report.suggested, "cards at the desk"),
        (plugin_report.asked, "questions"),
        (plugin_report.sent, "messages sent"),
        (plugin_report.tasks, "tasks"),
        (denied, "proposals denied"),
        (report.people_affected, "people affected"),
    ];
    html! {
        ul.figures { @for (number, what) in figures { li { b { (count(number)) } (what) } } }
    }
}

fn decided(plugin_report: &PluginReport) -> Markup {
    let bar = |sum: &regulars::rehearse::KindSum| Bar {
        label: sum.kind.to_string(),
        parts: vec![
            ("one", sum.allowed),
            ("two-b", sum.deferred + sum.held_out),
            ("no", sum.denied),
        ],
    };
    let bars: Vec<Bar> = plugin_report.proposals.iter().map(bar).collect();
    let it = plugin_report.messages;
    html! {
        section {
            h2 { "Proposals" }
            @if bars.is_empty() { p { "It would have proposed nothing." } } @else {
                (key(&[("one", "allowed"), ("two-b", "deferred"), ("no", "denied")]))
                (rows("Proposals by kind: allowed, deferred and denied", &bars, WIDE))
                table {
                    thead { tr { th { "Kind" } th.n { "Proposed" } th.n { "Allowed" } th.n { "Deferred" } th.n { "Denied" } } }
                    tbody { @for sum in &plugin_report.proposals { tr {
                        td { (sum.kind) }
                        @for number in [sum.proposed, sum.allowed, sum.deferred, sum.denied] { td.n { (count(number)) } }
                    } } }
                }
            }
            @if it.sent + it.waiting + it.denied + it.expired + it.cancelled > 0 {
                p.soft {
                    "Messages that were not denied at once: " (count(it.sent)) " sent, " (count(it.waiting))
                    " still waiting at the end, " (count(it.denied)) " denied when due, " (count(it.expired))
                    " expired before they could be sent, " (count(it.cancelled)) " cancelled."
                }
            }
        }
    }
}

fn rules(plugin_report: &PluginReport) -> Markup {
    html! {
        @if !plugin_report.rules.is_empty() {
            section {
                h2 { "Denied or deferred by" }
                table {
                    thead { tr { th { "Rule" } th.n { "Denied" } th.n { "Deferred" } th { "For instance" } } }
                    tbody { @for rule in &plugin_report.rules { tr {
                        td.n.w { (safe(&rule.rule, 30)) }
                        td.n { (count(rule.denied)) }
                        td.n { (count(rule.deferred)) }
                        td dir="auto" { (safe(&rule.example.detail, 300)) }
                    } } }
                }
            }
        }
    }
}

fn weeks(report: &Rehearsal, zone: &TimeZone) -> Markup {
    let weeks = &report.contacts.weeks;
    let together = weeks.len().div_ceil(COLUMNS).max(1);
    let bar = |weeks: &[Week]| {
        let sum = |of: fn(&Week) -> u64| weeks.iter().map(of).sum();
        let day = weeks[0].from.to_zoned(zone.clone());
        let label = day.map_or(String::new(), |day| day.strftime("%-d %b %Y").to_string());
        Bar {
            label,
            parts: vec![
                ("one", sum(|week| week.suggested)),
                ("two-b", sum(|week| week.asked)),
                ("three", sum(|week| week.sent)),
            ],
        }
    };
    let bars: Vec<Bar> = weeks.chunks(together).map(bar).collect();
    let some = report.came.suggested + report.came.asked + report.came.sent > 0;
    html! {
        @if some {
            section {
                h2 { @if together == 1 { "Contacts by week" } @else { "Contacts, " (together) " weeks a bar" } }
                (key(&[("one", "cards"), ("two-b", "questions"), ("three", "messages")]))
                (columns("Cards, questions and messages over time", &bars))
            }
        }
    }
}

fn contacts_per_person(report: &Rehearsal) -> Markup {
    let of = |histogram: &[regulars::rehearse::HistogramBar], class| -> (u64, Vec<Bar>) {
        let none = histogram.iter().filter(|bar| bar.contacts == 0);
        let some: Vec<_> = histogram
            .iter()
            .filter(|bar| bar.contacts > 0)
            .copied()
            .collect();
        let bars = super::phrases::bars(&some).into_iter();
        let bars = bars.map(|(label, people)| Bar {
            label,
            parts: vec![(class, people)],
        });
        (none.map(|bar| bar.people).sum(), bars.collect())
    };
    let (without, own) = of(&report.contacts.of_plugin, "one");
    let (without_any, all) = of(&report.contacts.of_all, "three");
    let part = |title: &str, without, bars: &[Bar]| {
        html! {
            section {
                h2 { (title) }
                p.soft { (counted(without, "person", "people")) " without any. Below: people by number of contacts." }
                (rows(title, bars, HALF))
            }
        }
    };
    html! {
        div.two {
            (part("Contacts per person, by this plugin", without, &own))
            (part("Contacts per person, by all plugins", without_any, &all))
        }
    }
}

fn most(report: &Rehearsal) -> Markup {
    html! {
        @if !report.most_affected.is_empty() {
            section {
                h2 { "Most affected" }
                table {
                    thead { tr {
                        th { "Person" } th { "Wants contact" } th.n { "Cards" } th.n { "Questions" } th.n { "Messages" }
                        th.n { "Tasks" } th.n { "Denied" } th.n { "By all plugins" }
                    } }
                    tbody { @for it in &report.most_affected { tr {
                        td dir="auto" { (display_name(it.name.as_ref(), it.customer)) }
                        td { (words::level(it.level)) }
                        @for number in [it.suggested, it.asked, it.sent, it.tasks, it.denied, it.contacts_of_all] {
                            td.n { (count(number)) }
                        }
                    } } }
                }
            }
        }
    }
}

fn runs(report: &Rehearsal) -> Markup {
    let (plugin_report, fuel) = (&report.came, report.came.fuel);
    let bar = |label: &str, number| Bar {
        label: label.to_owned(),
        parts: vec![("three", number)],
    };
    let bars = [
        bar("median", fuel.p50),
        bar("90 %", fuel.p90),
        bar("99 %", fuel.p99),
        bar("maximum", fuel.max),
    ];
    html! {
        section {
            h2 { "Runs" }
            p { "Plugins were called for " (occasions(&report.occasions)) "; this one " (counted(plugin_report.runs, "time", "times")) "." }
            @if plugin_report.runs > 0 {
                h3 { "Fuel of a run" }
                (rows("Fuel of a run by percentile", &bars, WIDE))
                p.soft {
                    "The maximum is " (words::share(fuel.max, fuel.budget)) " of the " (count(fuel.budget))
                    " that one run may use. The peak memory was " (words::bytes(plugin_report.peak_memory)) "."
                }
            }
            @if !plugin_report.failures.is_empty() {
                h3 { "Failures" }
                table {
                    thead { tr { th { "Kind" } th.n { "Runs" } th { "For instance" } } }
                    tbody { @for failure in &plugin_report.failures { tr {
                        td { (failure_name(failure.kind)) }
                        td.n { (count(failure.count)) }
                        td dir="auto" { (safe(&failure.example.detail, 500)) }
                    } } }
                }
            }
        }
    }
}

fn beside(report: &Rehearsal) -> Markup {
    html! {
        @if !report.beside.is_empty() || !report.left_out.is_empty() {
            section {
                h2 { "Other plugins" }
                table {
                    thead { tr {
                        th { "Plugin" } th.n { "Runs" } th.n { "Failed" } th.n { "Cards" } th.n { "Questions" }
                        th.n { "Messages" } th.n { "Tasks" }
                    } }
                    tbody {
                        @for it in &report.beside { tr {
                            td { (it.id) " " (safe(&it.version, 30)) }
                            @for number in [it.came.runs, it.came.failed, it.came.suggested, it.came.asked, it.came.sent, it.came.tasks] {
                                td.n { (count(number)) }
                            }
                        } }
                        @for it in &report.left_out { tr { td { (it.id) } td colspan="6" { "did not run: " (it.why) } } }
                    }
                }
            }
        }
    }
}
