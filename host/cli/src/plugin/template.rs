//! The template of `plugin new`: a working project, whose names are replaced.

/// Paths below the new folder, with the files' contents.
pub const FILES: [(&str, &str); 7] = [
    (
        "Cargo.toml",
        include_str!("../../../templates/rust/Cargo.toml"),
    ),
    (
        ".gitignore",
        include_str!("../../../templates/rust/gitignore"),
    ),
    (
        "README.md",
        include_str!("../../../templates/rust/README.md"),
    ),
    (
        "src/lib.rs",
        include_str!("../../../templates/rust/src/lib.rs"),
    ),
    (
        "tests/away.rs",
        include_str!("../../../templates/rust/tests/away.rs"),
    ),
    (
        "tests/transcripts/away.json",
        include_str!("../../../templates/rust/tests/transcripts/away.json"),
    ),
    (
        "events/visit.json",
        include_str!("../../../templates/rust/events/visit.json"),
    ),
];

/// Type names of the template and the SDK. A plugin type of the same name would shadow them.
const USED_TYPES: &str = "Action Answered Audience Because Birthday Box Caller Changed Clone Closed Component Condition Context \
    Copy Customer CustomerField Date Debug Default Direction Due Effect EffectKind Effects Entries Entry Err Event Failure \
    FieldAsk Filter From Goal Habit HistoryAsk Input Interaction Into Iterator Json JsonSchema Level LogLine Manifest \
    Measured Memo Message Migrate None Ok Option Outcome Past Person Plugin Progress ProposeAsk Purpose Question Reads \
    Reply Result Run Scene Schedule Scope Self Send Settings Severity Some String Subject Subscription Suggestion Sync \
    Task Timer ToOwned ToString Vec Verdict Weekday";

/// A plugin's name in the forms that a project needs.
pub struct Names {
    name: String,
    crate_name: String,
    type_name: String,
    title: String,
}

impl Names {
    /// Derives the forms from a name like `late-return`.
    pub fn of(name: &str) -> Names {
        let parts = || name.split('-').filter(|part| !part.is_empty());
        let title = parts().collect::<Vec<_>>().join(" ");
        let mut type_name: String = parts().map(capital).collect();
        if USED_TYPES.split_whitespace().any(|used| used == type_name) {
            type_name += "Plugin";
        }
        Names {
            name: name.to_owned(),
            crate_name: name.replace('-', "_"),
            type_name,
            title: capital(&title),
        }
    }

    /// Puts the names into a text of the template.
    pub fn substitute(&self, text: &str) -> String {
        text.replace("welcome-back", &self.name)
            .replace("welcome_back", &self.crate_name)
            .replace("WelcomeBack", &self.type_name)
            .replace("\"Welcome back\"", &format!("{:?}", self.title))
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
