//! On which line of a file a byte lies: what a text editor shows, whatever ends the lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

/// Counts line ends from the start of a file as far as it is asked to.
pub struct Lines {
    file: BufReader<File>,
    /// Where the text starts, behind the mark that spreadsheets put before it.
    start: u64,
    /// Bytes of the text that were passed.
    at: u64,
    line: u64,
    /// The last byte that was passed was a carriage return: a line feed after it ends no other line.
    returned: bool,
}

impl Lines {
    pub fn open(path: &Path) -> io::Result<Lines> {
        let mut file = BufReader::new(File::open(path)?);
        let marked = file.fill_buf()?.starts_with(&[0xef, 0xbb, 0xbf]);
        let mut lines = Lines {
            file,
            start: if marked { 3 } else { 0 },
            at: 0,
            line: 1,
            returned: false,
        };
        lines.rewind()?;
        Ok(lines)
    }

    /// The line of the first byte of a row at or after this place in the text: blank lines and the
    /// rest of a line end that may come first are passed over.
    pub fn of(&mut self, byte: u64) -> io::Result<u64> {
        if byte < self.at {
            self.rewind()?;
        }
        while self.at < byte {
            let buffer = self.file.fill_buf()?;
            if buffer.is_empty() {
                return Ok(self.line);
            }
            let most = usize::try_from(byte - self.at).unwrap_or(usize::MAX);
            let taken = buffer.len().min(most);
            let (mut ends, mut returned) = (0, self.returned);
            for &byte in &buffer[..taken] {
                ends += u64::from(ends_line(byte, returned));
                returned = byte == b'\r';
            }
            self.pass(taken, ends, returned);
        }
        loop {
            match self.file.fill_buf()?.first() {
                Some(&byte @ (b'\n' | b'\r')) => {
                    let ends = u64::from(ends_line(byte, self.returned));
                    self.pass(1, ends, byte == b'\r');
                }
                _ => return Ok(self.line),
            }
        }
    }

    fn pass(&mut self, bytes: usize, ends: u64, returned: bool) {
        self.file.consume(bytes);
        self.at += bytes as u64;
        self.line += ends;
        self.returned = returned;
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.start))?;
        (self.at, self.line, self.returned) = (0, 1, false);
        Ok(())
    }
}

/// A line ends with a carriage return, a line feed, or both.
fn ends_line(byte: u8, after_return: bool) -> bool {
    byte == b'\r' || (byte == b'\n' && !after_return)
}
