//! A transcript as it is stored: JSON, compressed. A year of one customer shrinks to a tenth.

use std::io::{self, Write};

use super::{Format, Transcript};

/// The compression level (1 to 22): faster than the disk, and nine tenths of what the highest gains.
const LEVEL: i32 = 3;

/// The most bytes of JSON that are read back, whatever the configuration once allowed.
const MOST: usize = 256 << 20;

/// A transcript that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TranscriptError {
    /// What was stored is damaged.
    #[error("it cannot be unpacked: {0}")]
    Packing(#[from] io::Error),
    /// Not JSON, of another form, or a member is missing or wrong.
    #[error("this is not a transcript: {0}")]
    Json(#[from] serde_json::Error),
    /// Limits that no run is ever allowed.
    #[error("{0}")]
    Limits(String),
}

/// A transcript, packed.
pub(crate) struct Packed {
    /// Bytes of its JSON.
    pub size: u64,
    pub bytes: Vec<u8>,
}

impl Transcript {
    /// Reads a transcript from the JSON of a file.
    ///
    /// # Errors
    /// [`TranscriptError`].
    pub fn read(json: &str) -> Result<Transcript, TranscriptError> {
        let transcript: Transcript = serde_json::from_str(json)?;
        transcript
            .limits
            .check()
            .map_err(|error| TranscriptError::Limits(error.to_string()))?;
        Ok(transcript)
    }

    /// Whether a file's JSON says of itself that it is a transcript, of whichever version.
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

    /// None where its JSON has more than `most` bytes; no more than that is ever in memory.
    pub(crate) fn pack(&self, most: usize) -> io::Result<Option<Packed>> {
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

    pub(crate) fn unpack(packed: &[u8], size: u64) -> Result<Transcript, TranscriptError> {
        let size = usize::try_from(size).unwrap_or(MOST).min(MOST);
        let json = zstd::bulk::decompress(packed, size)?;
        Ok(serde_json::from_slice(&json)?)
    }
}

/// Bytes up to a number of them.
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
