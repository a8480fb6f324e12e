//! Files that strangers may have made, or that somebody named by mistake: looked at before they are read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The bytes of a regular file that has at most so many. What is no file is not opened: a pipe would never end.
///
/// # Errors
/// As the system says; that it is no file, or too large.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let found = std::fs::metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let too_large = |size: u64| {
        let words = format!("it is {size} bytes, more than the {most} that it may have");
        io::Error::new(io::ErrorKind::FileTooLarge, words)
    };
    if found.len() > most {
        return Err(too_large(found.len()));
    }
    // It may grow meanwhile.
    let mut bytes = Vec::with_capacity(usize::try_from(found.len()).unwrap_or(0));
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        size if size > most => Err(too_large(size)),
        _ => Ok(bytes),
    }
}

/// The text of such a file.
///
/// # Errors
/// As for [`read`]; that it is no text.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is no text in UTF-8"))
}
