//! Bounded reads of files that strangers may have made, or that an operator named by mistake.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads a regular file of at most `most` bytes. Other files are not opened, because a pipe may never end.
///
/// # Errors
/// The system's error, or one for another kind of file or a larger one.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let found = std::fs::metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let too_large = |size: u64| {
        let words = format!("it is {size} bytes, more than the limit of {most}");
        io::Error::new(io::ErrorKind::FileTooLarge, words)
    };
    if found.len() > most {
        return Err(too_large(found.len()));
    }
    // The file may grow meanwhile.
    let mut bytes = Vec::with_capacity(usize::try_from(found.len()).unwrap_or(0));
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        size if size > most => Err(too_large(size)),
        _ => Ok(bytes),
    }
}

/// Reads a text file of at most `most` bytes.
///
/// # Errors
/// As for [`read`], or one for text that is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the text is not valid UTF-8"))
}
