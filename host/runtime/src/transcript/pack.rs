//! The stored form of a transcript: compressed JSON. A year of one customer shrinks to a tenth.

use std::io::{self, Write};

use super::{Format, Transcript};

/// The zstd compression level (1 to 22). It is faster than the disk, and gains nine tenths of the highest
/// level.
const LEVEL: i32 = 3;

/// The maximum bytes of JSON to read, whatever the configuration allowed before.
const MOST: usize = 256 << 20;

/// A transcript that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TranscriptError {
    /// Damaged data.
    #[error("cannot decompress the transcript: {0}")]
    Packing(#[from] io::Error),
    /// Invalid JSON, an unknown format, or a missing or wrong member.
    #[error("not a transcript: {0}")]
    Json(#[from] serde_json::Error),
    /// Limits out of range.
    #[error("{0}")]
    Limits(String),
}

/// A compressed transcript.
pub struct Packed {
    /// The size of its JSON in bytes.
    pub size: u64,
    pub bytes: Vec<u8>,
}

impl Transcript {
    /// Parses a transcript from the JSON of a file.
    ///
    /// # Errors
    /// [`TranscriptError`] for invalid JSON, another format, or limits out of range.
    pub fn read(json: &str) -> Result<Transcript, TranscriptError> {
        let transcript: Transcript = serde_json::from_str(json)?;
        transcript
            .limits
            .check()
            .map_err(|error| TranscriptError::Limits(error.to_string()))?;
        Ok(transcript)
    }

    /// Returns true if a file's JSON claims to be a transcript of any version.
    pub fn is_meant(json: &str) -> bool {
        #[derive(serde::Deserialize)]
        struct Says {
            format: Option<String>,
        }
        serde_json::from_str::<Says>(json).is_ok_and(|says| {
            says.format
                .is_some_and(|format| format.starts_with(Format::FAMILY))
        })
    }

    /// Compresses the transcript. `None` if its JSON exceeds `most` bytes, which also limits the memory.
    pub fn pack(&self, most: usize) -> io::Result<Option<Packed>> {
        let mut json = Bounded {
            bytes: Vec::new(),
            most: most.min(MOST),
            full: false,
        };
        match serde_json::to_writer(&mut json, self) {
            Err(_) if json.full => return Ok(None),
            result => result.map_err(io::Error::other)?,
        }
        Ok(Some(Packed {
            size: json.bytes.len() as u64,
            bytes: zstd::bulk::compress(&json.bytes, LEVEL)?,
        }))
    }

    pub fn unpack(packed: &[u8], size: u64) -> Result<Transcript, TranscriptError> {
        let size = usize::try_from(size).unwrap_or(MOST).min(MOST);
        let json = zstd::bulk::decompress(packed, size)?;
        Ok(serde_json::from_slice(&json)?)
    }
}

/// A buffer of at most `most` bytes.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + more.len() > self.most {
            self.full = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
