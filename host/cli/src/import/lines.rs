//! Finds line numbers in a file, as a text editor shows them, for all kinds of line ends.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

/// A counter of line ends that reads the file as far as needed.
pub struct Lines {
    file: BufReader<File>,
    /// Offset of the text, after a byte order mark.
    start: u64,
    /// Bytes of the text that were read.
    at: u64,
    line: u64,
    /// True if the last byte was a carriage return: a line feed after it does not end another line.
    after_return: bool,
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
            after_return: false,
        };
        lines.rewind()?;
        Ok(lines)
    }

    /// Returns the line of the first row at or after this offset in the text. Skips blank lines and
    /// the rest of a line end.
    pub fn line_at(&mut self, byte: u64) -> io::Result<u64> {
        if byte < self.at {
            self.rewind()?;
        }
        while self.at < byte {
            let buffer = self.file.fill_buf()?;
            if buffer.is_empty() {
                return Ok(self.line);
            }
            let limit = usize::try_from(byte - self.at).unwrap_or(usize::MAX);
            let read = buffer.len().min(limit);
            let (mut ends, mut after_return) = (0, self.after_return);
            for &byte in &buffer[..read] {
                ends += u64::from(ends_line(byte, after_return));
                after_return = byte == b'\r';
            }
            self.advance(read, ends, after_return);
        }
        loop {
            match self.file.fill_buf()?.first() {
                Some(&byte @ (b'\n' | b'\r')) => {
                    let ends = u64::from(ends_line(byte, self.after_return));
                    self.advance(1, ends, byte == b'\r');
                }
                _ => return Ok(self.line),
            }
        }
    }

    fn advance(&mut self, bytes: usize, ends: u64, after_return: bool) {
        self.file.consume(bytes);
        self.at += bytes as u64;
        self.line += ends;
        self.after_return = after_return;
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.start))?;
        (self.at, self.line, self.after_return) = (0, 1, false);
        Ok(())
    }
}

/// Returns true if this byte ends a line: a carriage return, a line feed, or the pair of them once.
fn ends_line(byte: u8, after_return: bool) -> bool {
    byte == b'\r' || (byte == b'\n' && !after_return)
}
