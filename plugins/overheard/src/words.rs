use regulars_sdk::Interaction;
use serde_json::Value;

/// The text without the blanks around it, or none where nothing is left.
pub fn some(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// Its words, in lower case.
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Who heard it, as it was written down.
pub fn heard_by(feedback: &Interaction) -> Option<String> {
    member(feedback, "heard_by")
}

/// A text in the interaction's data, if there is one.
pub fn member(feedback: &Interaction, name: &str) -> Option<String> {
    let data: Value = feedback.data_as()?;
    some(data.get(name)?.as_str()?).map(|it| clip(it, 100))
}

/// At most so many characters of it, on one line.
pub fn clip(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
