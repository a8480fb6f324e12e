//! The one reader of TOML files.

use serde::de::DeserializeOwned;

/// A TOML text that cannot be read. No message has the text itself, which may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TomlError {
    /// The path of the key, such as `caps.medium.most`. `None` if the text is not TOML.
    pub key: Option<String>,
    /// Counted from 1.
    pub line: usize,
    pub problem: String,
}

impl TomlError {
    /// Returns the key, if there is one, and the line.
    pub fn place(&self) -> String {
        match &self.key {
            Some(key) => format!("{key}, line {}", self.line),
            None => format!("line {}", self.line),
        }
    }
}

impl std::fmt::Display for TomlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place(), self.problem)
    }
}

/// Reads a TOML text.
///
/// # Errors
/// [`TomlError`] names the key and the line.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, TomlError> {
    let error = |error: &toml::de::Error, key: Option<String>| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.as_bytes().iter().take(start);
        TomlError {
            key,
            line: 1 + before.filter(|&&byte| byte == b'\n').count(),
            problem: crate::text::line(error.message(), 400),
        }
    };
    let file = toml::Deserializer::parse(text).map_err(|it| error(&it, None))?;
    serde_path_to_error::deserialize(file).map_err(|it| {
        let path = it.path().to_string();
        // An error about the whole document has no key.
        let key = (path != ".").then(|| crate::text::line(&path, 100));
        error(it.inner(), key)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn place(text: &str) -> String {
        read::<BTreeMap<String, BTreeMap<String, u8>>>(text)
            .unwrap_err()
            .place()
    }

    #[test]
    fn error_names_key_and_line() {
        assert_eq!(place("a = { b = 1 }\n\nc ="), "line 3");
        assert_eq!(place("[a]\nb = 1\nc = 'text'"), "a.c, line 3");
        assert_eq!(place("\na = 5"), "a, line 2");
    }
}
