//! Replacement of texts and ids.

use std::collections::{BTreeSet, HashMap};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use regulars_model::{Birthday, Json, Timestamp};

/// The minimum length of a text to keep. A shorter one may occur in the plugin's code by chance, and may be a
/// name.
const TELLING: usize = 6;
/// The maximum length of a text to keep. Plugins do not compare with longer ones.
const WORD: usize = 64;
/// The number of consecutive digits that may be a person's number.
const NUMBER: usize = 7;

/// Replaces equal values by equal ones, as determined by a seed.
pub(super) struct Mask<'c> {
    seed: [u8; 32],
    code: &'c [u8],
    done: HashMap<String, String>,
    kept: BTreeSet<String>,
}

impl<'c> Mask<'c> {
    pub fn new(seed: [u8; 32], code: &'c [u8]) -> Mask<'c> {
        Mask {
            seed,
            code,
            done: HashMap::new(),
            kept: BTreeSet::new(),
        }
    }

    /// Returns the texts that stayed because they occur in the code.
    pub fn kept(self) -> Vec<String> {
        self.kept.into_iter().collect()
    }

    /// Returns a pseudonym.
    pub fn id(&self, id: Uuid) -> Uuid {
        let hash = self.hash(b"id", id.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// Returns the same day of another year. An unknown year stays unknown.
    pub fn birthday(&self, birthday: Birthday) -> Birthday {
        let year = birthday.year.map(|year| {
            let hash = self.hash(b"year", &year.to_le_bytes());
            // Leap years have every day.
            1940 + 4 * i16::from(hash[0] % 16)
        });
        Birthday { year, ..birthday }
    }

    /// Replaces letters by letters and digits by digits. Ids become pseudonyms. Dates, times and texts of the
    /// plugin's code stay.
    pub fn text(&mut self, text: &str) -> String {
        if let Some(done) = self.done.get(text) {
            return done.clone();
        }
        let masked = if is_time(text) {
            text.to_owned()
        } else if self.is_own(text) {
            self.kept.insert(text.to_owned());
            text.to_owned()
        } else {
            self.scrambled(text)
        };
        self.done.insert(text.to_owned(), masked.clone());
        masked
    }

    /// Replaces a key or another identifier, unless it looks like a program's own.
    pub fn name(&mut self, name: &str) -> String {
        let starts = name.starts_with(|c: char| c.is_ascii_lowercase() || matches!(c, '_' | '$'));
        let rest =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/' | '$');
        let without_ids = self.ids_in(name);
        if starts && name.chars().all(rest) && !reaches_somebody(&blank_ids(name)) {
            return without_ids;
        }
        self.text(name)
    }

    /// Replaces every text in a document, and the keys that are no identifiers. Numbers stay.
    pub fn json(&mut self, json: &Json) -> Json {
        self.walk(json, &mut |mask, text| mask.text(text))
    }

    pub fn walk(&mut self, json: &Json, with: &mut dyn FnMut(&mut Self, &str) -> String) -> Json {
        match json {
            Json::String(text) => Json::String(with(self, text)),
            Json::Array(items) => items.iter().map(|item| self.walk(item, with)).collect(),
            Json::Object(members) => {
                let mut masked = serde_json::Map::new();
                for (key, value) in members {
                    masked.insert(self.name(key), self.walk(value, with));
                }
                Json::Object(masked)
            }
            other => other.clone(),
        }
    }

    /// Returns the text with its ids replaced.
    pub fn ids_in(&self, text: &str) -> String {
        split_ids(text)
            .map(|part| match part {
                Part::Id(id) => self.id(id).to_string(),
                Part::Text(text) => text.to_owned(),
            })
            .collect()
    }

    fn is_own(&self, text: &str) -> bool {
        (TELLING..=WORD).contains(&text.len())
            && !reaches_somebody(text)
            && memchr::memmem::find(self.code, text.as_bytes()).is_some()
    }

    fn scrambled(&self, text: &str) -> String {
        let mut random = StdRng::from_seed(self.hash(b"text", text.as_bytes()));
        let mut masked = String::with_capacity(text.len());
        for part in split_ids(text) {
            match part {
                Part::Id(id) => masked.push_str(&self.id(id).to_string()),
                Part::Text(text) => masked.extend(text.chars().map(|c| stand_in(c, &mut random))),
            }
        }
        masked
    }

    fn hash(&self, what: &[u8], of: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update((what.len() as u64).to_le_bytes());
        hash.update(what);
        hash.update(of);
        hash.finalize().into()
    }
}

/// Returns another character of the same class and UTF-8 length.
fn stand_in(c: char, random: &mut StdRng) -> char {
    let mut one_of = |choices: &[char]| choices[random.next_u32() as usize % choices.len()];
    const LOWER: [char; 10] = ['ä', 'ö', 'ü', 'é', 'è', 'ñ', 'ç', 'ø', 'å', 'œ'];
    const UPPER: [char; 10] = ['Ä', 'Ö', 'Ü', 'É', 'È', 'Ñ', 'Ç', 'Ø', 'Å', 'Œ'];
    const THREE: [char; 10] = ['的', '一', '是', '不', '了', '人', '我', '在', '有', '他'];
    match c {
        'a'..='z' => char::from(b'a' + (random.next_u32() % 26) as u8),
        'A'..='Z' => char::from(b'A' + (random.next_u32() % 26) as u8),
        '0'..='9' => char::from(b'0' + (random.next_u32() % 10) as u8),
        c if !c.is_alphanumeric() => c,
        c => match (c.len_utf8(), c.is_uppercase()) {
            (2, true) => one_of(&UPPER),
            (2, false) => one_of(&LOWER),
            (3, _) => one_of(&THREE),
            _ => one_of(&['𠀀', '𠀁', '𠀂', '𠀃']),
        },
    }
}

/// Returns true if a text may contain an address or a telephone number.
pub(super) fn reaches_somebody(text: &str) -> bool {
    let mut digits = 0;
    text.contains('@')
        || text.chars().any(|c| {
            match c {
                '0'..='9' => digits += 1,
                // People write numbers in groups.
                ' ' | '-' | '.' | '/' | '(' | ')' => {}
                _ => digits = 0,
            }
            digits >= NUMBER
        })
}

fn is_time(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok() || text.parse::<Timestamp>().is_ok()
}

fn blank_ids(text: &str) -> String {
    let parts = split_ids(text).map(|part| match part {
        Part::Id(_) => "id",
        Part::Text(text) => text,
    });
    parts.collect()
}

enum Part<'t> {
    Text(&'t str),
    Id(Uuid),
}

/// Splits a text at the ids in it.
fn split_ids(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let id_at = |at: usize| Uuid::try_parse(rest.get(at..at + Hyphenated::LENGTH)?).ok();
        if let Some(id) = id_at(0) {
            rest = &rest[Hyphenated::LENGTH..];
            return Some(Part::Id(id));
        }
        let end = (1..rest.len())
            .find(|at| rest.is_char_boundary(*at) && id_at(*at).is_some())
            .unwrap_or(rest.len());
        let (before, after) = rest.split_at(end);
        rest = after;
        Some(Part::Text(before))
    })
}
