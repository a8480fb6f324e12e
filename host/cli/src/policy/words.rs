use std::collections::BTreeSet;

use crate::output::safe;
use crate::words::counted;
use regulars::model::Purpose;
use regulars::policy::{Cap, ContactPolicy, Most};
use regulars::text::listed;

/// Returns the policy as sentences, under headings.
pub fn sentences_of(policy: &ContactPolicy) -> Vec<(&'static str, Vec<String>)> {
    vec![
        ("Who gets messages about what", levels(policy)),
        ("How often", caps(policy)),
        ("When", times(policy)),
        ("Service", service(policy)),
        (
            "Always",
            vec![
                "A suppressed contact point gets nothing.".to_owned(),
                "Without consent, a customer gets service only. Where consent was withdrawn, nothing is sent.".to_owned(),
                "Only the customer or staff raise a level.".to_owned(),
            ],
        ),
    ]
}

fn levels(policy: &ContactPolicy) -> Vec<String> {
    let gets = |level: &str, purposes: &BTreeSet<Purpose>| match purposes.len() {
        0 => format!("Customers at level {level} get service only."),
        _ => format!(
            "Customers at level {level} get {}, and service.",
            listed(purposes.iter().map(|it| it.as_str()))
        ),
    };
    let mut sentences = vec![
        "Customers at level low get service only.".to_owned(),
        gets("medium", &policy.levels.medium),
        gets("high", &policy.levels.high),
        "A message about a topic goes to customers who chose the topic.".to_owned(),
    ];
    let required = &policy.topics.required;
    if !required.is_empty() {
        let purposes = listed(required.iter().map(|it| it.as_str()));
        sentences.push(format!(
            "A message for {purposes} is refused unless it names its topic."
        ));
    }
    sentences
}

fn caps(policy: &ContactPolicy) -> Vec<String> {
    let caps = &policy.caps;
    let mut sentences = vec![
        format!(
            "A customer at level medium gets {}.",
            describe_cap(caps.medium)
        ),
        format!("A customer at level high gets {}.", describe_cap(caps.high)),
    ];
    sentences.extend(caps.also.iter().map(describe_extra_cap));
    sentences.push(
        "Messages of all plugins count together, including those that wait for their time."
            .to_owned(),
    );
    let mut repeat = match policy.repeat.days {
        0 => "The same text may be sent again at any time".to_owned(),
        days => format!("The same text is sent once in {}", day(days)),
    };
    let single = policy.repeat.purposes.iter();
    let single = single.map(|(it, days)| match days {
        0 => format!("at any time for {}", it.as_str()),
        days => format!("once in {} for {}", day(*days), it.as_str()),
    });
    let single = listed(single);
    if !single.is_empty() {
        repeat += &format!("; {single}");
    }
    sentences.push(format!("{repeat}, across all plugins."));
    sentences
}

fn describe_extra_cap(cap: &Cap) -> String {
    let part = |what: &str, all: Vec<String>| match all.len() {
        0 => String::new(),
        _ => format!(" {what} {}", listed(all)),
    };
    let purposes = cap.purposes.iter().map(|it| it.as_str().to_owned());
    let channels = cap.channels.iter().map(|it| safe(it, 40));
    let levels = cap.levels.iter().map(|it| it.as_str().to_owned());
    format!(
        "A customer{} gets{}{} {}.",
        part("at level", levels.collect()),
        part("for", purposes.collect()),
        part("by", channels.collect()),
        describe_cap(Most {
            most: cap.most,
            days: cap.days
        }),
    )
}

fn times(policy: &ContactPolicy) -> Vec<String> {
    let quiet = &policy.quiet_hours;
    let mut sentences = Vec::new();
    if quiet.enabled {
        let mut hours = format!(
            "No messages from {} to {}, in the customer’s time zone",
            quiet.from.strftime("%H:%M"),
            quiet.to.strftime("%H:%M")
        );
        let channels = quiet
            .except_channels
            .iter()
            .map(|it| format!("by {}", safe(it, 40)));
        let purposes = quiet
            .except_purposes
            .iter()
            .map(|it| format!("for {}", it.as_str()));
        let except = listed(channels.chain(purposes));
        if !except.is_empty() {
            hours += &format!(", except {except}");
        }
        sentences.push(hours + ".");
    } else {
        sentences.push("There are no quiet hours.".to_owned());
    }
    sentences.push(match policy.pause.holds_service {
        true => "A customer who asked for a pause gets nothing until it ends.".to_owned(),
        false => "A customer who asked for a pause gets service only until it ends.".to_owned(),
    });
    sentences.push(match policy.complaint.days {
        0 => "An open complaint stops no messages.".to_owned(),
        days => format!(
            "A customer with an open complaint gets service only until it is closed, for at most {}.",
            day(days)
        ),
    });
    sentences.push(format!(
        "A message waits for its time for at most {}, then it is refused.",
        day(policy.waiting.days)
    ));
    sentences
}

fn service(policy: &ContactPolicy) -> Vec<String> {
    vec![
        format!(
            "A plugin needs the grant for it, and answers something that the customer did in the last {}.",
            day(policy.service.cause_days)
        ),
        format!(
            "A customer gets {}. The caps above count them, but do not stop them.",
            describe_cap(policy.service.ceiling)
        ),
    ]
}

fn describe_cap(most: Most) -> String {
    let number = counted(most.most.into(), "message", "messages");
    format!("at most {number} in any {}", day(most.days))
}

fn day(number: u16) -> String {
    counted(number.into(), "day", "days")
}
