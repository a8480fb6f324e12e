//! Differences from the installed version, on the page.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::phrases::{compared_figures, display_name};
use crate::output::safe;
use crate::words::{self, count, counted};
use regulars::rehearse::{Difference, Differs, Rehearsal};

pub fn section(report: &Rehearsal, against: &Difference, zone: &TimeZone) -> Markup {
    let numbers = compared_figures(&against.came, &report.came);
    html! {
        section {
            h2 { "Compared with the installed " (safe(&against.version, 30)) }
            table {
                thead { tr { th { "" } th.n { "Installed" } th.n { "New" } } }
                tbody { @for (what, before, after) in numbers { tr {
                    td { (what) } td.n { (count(before)) } td.n { (count(after)) }
                } } }
            }
            p {
                "More contacts: " (counted(against.people_with_more, "person", "people")) "; fewer: "
                (counted(against.people_with_fewer, "person", "people")) ". "
                (counted(against.same, "proposal is", "proposals are")) " the same."
            }
            (part("Only the new version proposes", &against.new, zone))
            (part("Only the installed version proposes", &against.gone, zone))
            (part("Both propose, with different words", &against.reworded, zone))
        }
    }
}

fn part(title: &str, differs: &Differs, zone: &TimeZone) -> Markup {
    html! {
        @if differs.proposals > 0 {
            h3 { (title) ": " (count(differs.proposals)) ", of " (counted(differs.people, "person", "people")) }
            table { tbody { @for it in &differs.examples { tr {
                td { (words::day(it.at, zone)) }
                td dir="auto" { (display_name(it.name.as_ref(), it.customer)) }
                td { (it.kind) }
                td dir="auto" {
                    @if let Some(before) = &it.before { p { "− " (safe(before, 300)) } }
                    @if let Some(after) = &it.after { p { "+ " (safe(after, 300)) } }
                }
            } } } }
        }
    }
}
