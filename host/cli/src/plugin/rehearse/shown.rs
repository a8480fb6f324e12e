//! The report as text.

use anyhow::Result;
use jiff::tz::TimeZone;

use super::phrases::{
    bars, compared_figures, contact_counts, count_list, days, describe_evidence, display_name,
    occasions, outcome,
};
use crate::output::{Out, safe};
use crate::transcript::failure_name;
use crate::words;
use regulars::model::*;
use regulars::rehearse::{
    Contacts, Difference, Differs, Occasions, Person, PluginReport, Rehearsal, Sample,
};

pub fn show(out: &mut Out, report: &Rehearsal) -> Result<()> {
    let paint = out.paint;
    let zone = TimeZone::get(&report.window.time_zone)?;
    let plugin = &report.plugin;
    let name = format!("{} {}", plugin.id, safe(&plugin.version, 30));
    let (from, last) = days(report, &zone);
    out.line(format!(
        "{} rehearsed on {from} to {last}, on {}",
        paint.bold(&name),
        words::counted(report.people, "person", "people")
    ))?;
    let beside = report.beside.iter();
    let beside: Vec<String> = beside
        .map(|it| format!("{} {}", it.id, safe(&it.version, 30)))
        .collect();
    if !beside.is_empty() {
        out.line(format!("Beside {}.", beside.join(", ")))?;
    }
    if let Some(version) = &plugin.in_place_of {
        out.line(format!("In place of the installed {}.", safe(version, 30)))?;
    }
    for left in &report.left_out {
        out.line(format!("Without {}: {}.", left.id, left.why))?;
    }
    let zone_name = &report.window.time_zone;
    out.line(format!(
        "For a business in {zone_name}: use the same --time-zone, --channels and --policy as the server."
    ))?;
    out.line("Nothing was written or sent.")?;
    if report.partial.is_some() {
        let ended = report.notes.first().map_or("", String::as_str);
        out.line(paint.yellow(&format!("PARTIAL. {ended}")))?;
    }
    out.line("")?;
    runs(out, &report.came, &report.occasions)?;
    proposals(out, &report.came)?;
    people(out, report)?;
    samples(out, &report.samples)?;
    for it in &report.beside {
        if it == &report.beside[0] {
            heading(out, "Other plugins")?;
        }
        let plugin_report = &it.came;
        let failed = match plugin_report.failed {
            0 => String::new(),
            failed => format!(", {} failed", words::count(failed)),
        };
        out.line(format!(
            "  {}: {}{failed}; {}",
            paint.bold(it.id.as_str()),
            words::counted(plugin_report.runs, "run", "runs"),
            contact_counts(plugin_report)
        ))?;
    }
    if let Some(against) = &report.against {
        difference(out, report, against, &zone)?;
    }
    heading(out, "Limits of this rehearsal")?;
    for note in report
        .notes
        .iter()
        .skip(usize::from(report.partial.is_some()))
    {
        out.line(format!("  {note}"))?;
    }
    Ok(())
}

fn heading(out: &mut Out, text: &str) -> Result<()> {
    let text = out.paint.bold(text);
    out.line(format!("\n{text}"))
}

fn runs(out: &mut Out, plugin_report: &PluginReport, all: &Occasions) -> Result<()> {
    let paint = out.paint;
    let runs = words::counted(plugin_report.runs, "time", "times");
    out.line(format!("{}{runs}", paint.bold("It would have run ")))?;
    out.line(format!("  Plugins were called for {}.", occasions(all)))?;
    let fuel = plugin_report.fuel;
    if plugin_report.runs > 0 {
        out.line(format!(
            "  Fuel: median {}, 90th percentile {}, 99th percentile {}, maximum {} ({} of the limit).",
            words::count(fuel.p50),
            words::count(fuel.p90),
            words::count(fuel.p99),
            words::count(fuel.max),
            words::share(fuel.max, fuel.budget)
        ))?;
    }
    for failure in &plugin_report.failures {
        let text = format!(
            "{} failed ({})",
            words::count(failure.count),
            failure_name(failure.kind)
        );
        let detail = safe(&failure.example.detail, 300);
        out.line(format!("  {}, for instance: {detail}", paint.red(&text)))?;
    }
    Ok(())
}

fn proposals(out: &mut Out, plugin_report: &PluginReport) -> Result<()> {
    heading(out, "Proposals")?;
    if plugin_report.proposals.is_empty() {
        return out.line("  It would have proposed nothing.");
    }
    out.line(format!(
        "  {:<14}{:>10}{:>10}{:>10}{:>10}",
        "", "proposed", "allowed", "deferred", "denied"
    ))?;
    for sum in &plugin_report.proposals {
        let count = |number| words::count(number);
        out.line(format!(
            "  {:<14}{:>10}{:>10}{:>10}{:>10}",
            sum.kind.to_string(),
            count(sum.proposed),
            count(sum.allowed),
            count(sum.deferred),
            count(sum.denied)
        ))?;
    }
    out.line(format!("  That is {}.", contact_counts(plugin_report)))?;
    let it = plugin_report.messages;
    let endings = [
        (it.waiting, "still waiting at the end"),
        (it.denied, "denied when due"),
        (it.expired, "expired before they could be sent"),
        (
            it.cancelled,
            "cancelled, because the customer wanted less contact",
        ),
    ];
    for (number, what) in endings.iter().filter(|(number, _)| *number > 0) {
        out.line(format!("  {} messages {what}.", words::count(*number)))?;
    }
    if plugin_report.rules.is_empty() {
        return Ok(());
    }
    heading(out, "Denied or deferred by")?;
    for rule in &plugin_report.rules {
        let mut counts = Vec::new();
        if rule.denied > 0 {
            counts.push(format!("{} denied", words::count(rule.denied)));
        }
        if rule.deferred > 0 {
            counts.push(format!("{} deferred", words::count(rule.deferred)));
        }
        let detail = safe(&rule.example.detail, 200);
        out.line(format!(
            "  {:<14}{}, for instance: {detail}",
            safe(&rule.rule, 30),
            counts.join(", ")
        ))?;
    }
    Ok(())
}

fn people(out: &mut Out, report: &Rehearsal) -> Result<()> {
    heading(out, "Customers reached")?;
    let paint = out.paint;
    let of = words::count(report.people);
    let affected = words::count(report.people_affected);
    out.line(format!("  {affected} of {of} people."))?;
    histogram(out, &report.contacts)?;
    if report.most_affected.is_empty() {
        return Ok(());
    }
    heading(out, "Most affected")?;
    for it in &report.most_affected {
        let name = display_name(it.name.as_ref(), it.customer);
        out.line(format!("  {}: {}", paint.bold(&name), count_person(it)))?;
    }
    Ok(())
}

fn count_person(it: &Person) -> String {
    let mut text = count_list(it.suggested, it.asked, it.sent, it.tasks);
    if it.contacts_of_all > it.contacts {
        let all = words::count(it.contacts_of_all);
        text += &format!("; {all} contacts by all plugins");
    }
    text
}

const WIDTH: u64 = 40;

fn histogram(out: &mut Out, contacts: &Contacts) -> Result<()> {
    let bars = bars(&contacts.of_plugin);
    let largest = bars.iter().map(|(_, people)| *people).max().unwrap_or(1);
    for (label, people) in bars {
        let length = (people * WIDTH).div_ceil(largest.max(1));
        let bar = "█".repeat(usize::try_from(length).unwrap_or(0));
        let unit = if label == "1" { "contact " } else { "contacts" };
        let people = words::counted(people, "person", "people");
        out.line(format!("  {label:>5} {unit}  {bar} {people}"))?;
    }
    Ok(())
}

fn samples(out: &mut Out, samples: &[Sample]) -> Result<()> {
    if samples.is_empty() {
        return Ok(());
    }
    heading(out, "Sample proposals")?;
    let paint = out.paint;
    for sample in samples {
        let zone = TimeZone::get(&sample.time_zone).unwrap_or(TimeZone::UTC);
        let effect = &sample.proposal.effect;
        let when = words::moment(sample.at, &zone);
        let who = display_name(sample.name.as_ref(), sample.customer);
        out.line(format!("  {when}  {}", paint.bold(&who)))?;
        out.line(format!("  └─ {}", words::effect(effect, &zone)))?;
        if let Some(text) = words::details(effect) {
            out.line(format!("     {text}"))?;
        }
        if let Some(because) = effect.because() {
            out.line(format!("     because: {}", safe(&because.reason, 500)))?;
            out.line(format!(
                "     shown by: {}",
                describe_evidence(sample, &zone, 4)
            ))?;
        }
        for verdict in &sample.proposal.decision.verdicts {
            if verdict.outcome != VerdictOutcome::Allow {
                let text = format!("{}: {}", verdict.rule, safe(&verdict.detail, 300));
                out.line(format!("     {}", paint.dim(&text)))?;
            }
        }
        let outcome = outcome(&sample.proposal.decision.outcome, &zone);
        out.line(format!("     → {outcome}"))?;
    }
    Ok(())
}

fn difference(
    out: &mut Out,
    report: &Rehearsal,
    against: &Difference,
    zone: &TimeZone,
) -> Result<()> {
    heading(
        out,
        &format!("Compared with the installed {}", safe(&against.version, 30)),
    )?;
    for (what, before, after) in compared_figures(&against.came, &report.came) {
        if before != after || what == "runs" {
            let (before, after) = (words::count(before), words::count(after));
            out.line(format!("  {what:<22}{before:>12} → {after}"))?;
        }
    }
    out.line(format!(
        "  More contacts: {}; fewer: {}.",
        words::counted(against.people_with_more, "person", "people"),
        words::counted(against.people_with_fewer, "person", "people")
    ))?;
    let same = words::count(against.same);
    out.line(format!("  {same} proposals are the same."))?;
    differs(out, "new", &against.new, zone)?;
    differs(out, "gone", &against.gone, zone)?;
    differs(out, "reworded", &against.reworded, zone)
}

fn differs(out: &mut Out, what: &str, it: &Differs, zone: &TimeZone) -> Result<()> {
    if it.proposals == 0 {
        return Ok(());
    }
    let proposals = words::counted(it.proposals, "proposal is", "proposals are");
    let people = words::counted(it.people, "person", "people");
    out.line(format!("  {proposals} {what}, of {people}:"))?;
    for example in &it.examples {
        let when = words::day(example.at, zone);
        let who = display_name(example.name.as_ref(), example.customer);
        for (mark, says) in [("-", &example.before), ("+", &example.after)] {
            if let Some(says) = says {
                let says = safe(says, 200);
                out.line(format!(
                    "    {mark} {when}, {who}, {}: {says}",
                    example.kind
                ))?;
            }
        }
    }
    Ok(())
}
