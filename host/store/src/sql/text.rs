/// A statement made of parts at compile time.
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    /// Joins the parts. Fails to compile if they are longer than `N` bytes.
    pub(crate) const fn concat(parts: &[&str]) -> Text<N> {
        let mut text = Text {
            bytes: [0; N],
            len: 0,
        };
        let mut part = 0;
        while part < parts.len() {
            let bytes = parts[part].as_bytes();
            let mut at = 0;
            while at < bytes.len() {
                text.bytes[text.len] = bytes[at];
                text.len += 1;
                at += 1;
            }
            part += 1;
        }
        text
    }

    pub(crate) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => panic!("whole strings are joined"),
        }
    }
}

/// A `&'static str` of parts, each a constant that may depend on the dialect: `sql![SELECT, " WHERE id = ?"]`.
macro_rules! sql {
    ($($part:expr),+ $(,)?) => {
        const {
            let text: &'static $crate::sql::text::Text<4096> =
                const { &$crate::sql::text::Text::concat(&[$($part),+]) };
            text.as_str()
        }
    };
}
pub(crate) use sql;
