//! A mapping of cells or a constant to a target.

use std::borrow::Cow;

use serde_json::Map;

use super::table::Row;
use super::values::Type;
use regulars::model::Json;

/// A target and its source.
pub struct Entry {
    pub target: String,
    pub source: Source,
    pub kind: Type,
    /// True if the command line names the target.
    pub explicit: bool,
}

/// The source of a target.
pub enum Source {
    /// The cells, joined with a space.
    Cells(Vec<usize>),
    Value(String),
}

impl Entry {
    pub fn cells(&self) -> Vec<usize> {
        match &self.source {
            Source::Cells(cells) => cells.clone(),
            Source::Value(_) => Vec::new(),
        }
    }

    pub fn text<'r>(&'r self, row: &'r Row) -> Result<Option<Cow<'r, str>>, String> {
        let cell = |index: usize| {
            let bytes = row.cells.get(index).unwrap_or_default();
            let text = std::str::from_utf8(bytes)
                .map_err(|_| format!("{}: not UTF-8, save the file as “CSV UTF-8”", self.target))?;
            Ok::<_, String>(text.trim())
        };
        let text = match &self.source {
            Source::Value(value) => Cow::Borrowed(value.as_str()),
            Source::Cells(cells) => match cells[..] {
                [only] => Cow::Borrowed(cell(only)?),
                _ => {
                    let parts: Result<Vec<&str>, String> =
                        cells.iter().map(|index| cell(*index)).collect();
                    let parts: Vec<&str> =
                        parts?.into_iter().filter(|part| !part.is_empty()).collect();
                    Cow::Owned(parts.join(" "))
                }
            },
        };
        Ok((!text.is_empty()).then_some(text))
    }
}

/// Puts a value at a dotted path. Returns `None` if the path is taken or runs through a value that
/// is no object.
pub fn insert_at(object: &mut Map<String, Json>, path: &str, value: Json) -> Option<()> {
    match path.split_once('.') {
        None if object.contains_key(path) => None,
        None => {
            object.insert(path.to_owned(), value);
            Some(())
        }
        Some((first, rest)) => {
            let inner = object
                .entry(first)
                .or_insert_with(|| Json::Object(Map::new()));
            insert_at(inner.as_object_mut()?, rest, value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_make_objects_within_objects() {
        let mut data = Map::new();
        insert_at(&mut data, "goal.metric", "weight_kg".into()).unwrap();
        insert_at(&mut data, "goal.target", 75.into()).unwrap();
        assert_eq!(insert_at(&mut data, "goal", 1.into()), None);
        assert_eq!(insert_at(&mut data, "goal.target.low", 1.into()), None);
        let made = Json::Object(data);
        assert_eq!(
            made,
            serde_json::json!({"goal": {"metric": "weight_kg", "target": 75}})
        );
    }
}
