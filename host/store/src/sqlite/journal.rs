//! The write-ahead log beside a file (<https://sqlite.org/fileformat2.html#the_write_ahead_log>), which alone holds the
//! last commits. SQLite takes the readable part and overwrites the rest, so a lost or damaged log must be noticed here,
//! before SQLite opens the file.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::Synchronous;
use crate::StoreError;
use crate::sql::{Fault, Result};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const MAGIC: u32 = 0x377f_0682;

/// The contents of a log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Journal {
    /// In bytes.
    pub size: u64,
    /// The number of readable commits.
    pub commits: u64,
    /// True if the header is not that of a log.
    pub headless: bool,
    /// The number of commits behind an unreadable frame.
    pub cut_off: u64,
}

impl Journal {
    /// Returns true if acknowledged commits are lost. A loss of power may leave one commit half written, which was
    /// never acknowledged.
    pub fn is_damaged(&self) -> bool {
        self.headless || self.cut_off > 1
    }
}

/// Returns the path of a file beside a database.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Refuses a file whose log is missing or damaged. Changes nothing.
pub(super) fn check(path: &Path, synchronous: Synchronous) -> Result<()> {
    if let Some(problem) = misplaced(path) {
        return Err(Fault::Store(StoreError::Journal(problem)));
    }
    // Without a sync for each commit, a loss of power may leave several half written.
    if synchronous == Synchronous::Normal {
        return Ok(());
    }
    match settled(path) {
        Ok(Some(journal)) if journal.is_damaged() => {}
        // SQLite reports an unreadable log itself.
        _ => return Ok(()),
    }
    let journal = beside(path, "-wal");
    Err(Fault::Store(StoreError::Journal(format!(
        "{} is damaged, and holds what was recorded last: restore a backup, or, to go on without \
         what cannot be read, start once with --durability normal",
        journal.display()
    ))))
}

/// Reads the log, also while a writer appends to it. The process that opened the file first has checked the log.
pub(super) fn settled(path: &Path) -> std::io::Result<Option<Journal>> {
    match read(path) {
        Ok(Some(journal)) if journal.is_damaged() && !alone(path) => Ok(Some(Journal {
            headless: false,
            cut_off: 0,
            ..journal
        })),
        Ok(Some(journal)) if journal.is_damaged() => read(path),
        other => other,
    }
}

/// Returns the problem that the names and sizes of the files show.
pub(super) fn misplaced(path: &Path) -> Option<String> {
    let (journal, index) = (beside(path, "-wal"), beside(path, "-shm"));
    let size = |path: &Path| path.metadata().ok().map(|it| it.len());
    let shown = path.display();
    if size(path).unwrap_or(0) == 0 {
        // SQLite would take the file for a new one and remove the log.
        return size(&journal).filter(|size| *size > 0).map(|_| {
            format!(
                "{shown} is empty or not there, but {} is: restore a backup, or, to start anew, \
                 move that away",
                journal.display()
            )
        });
    }
    // The log is created before its index and removed after it. It is looked for twice, since another process may be
    // opening the file.
    if !journal.exists() && index.exists() && !journal.exists() {
        return Some(format!(
            "{} is missing, and holds what was recorded last: put it back beside {shown}; where it \
             is gone for good, remove {} to go on with what {shown} holds",
            journal.display(),
            index.display()
        ));
    }
    None
}

/// Returns true if no process has the file open.
fn alone(path: &Path) -> bool {
    let look = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let sql = Connection::open_with_flags(path, flags)?;
        // The commits stay in the log.
        sql.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        sql.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        sql.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
    };
    let code = look().err().and_then(|error| error.sqlite_error_code());
    !matches!(
        code,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Reads the log of a database. Returns `None` if there is none, or it is empty.
pub(super) fn read(path: &Path) -> std::io::Result<Option<Journal>> {
    let file = match File::open(beside(path, "-wal")) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut journal = Journal {
        size: file.metadata()?.len(),
        ..Journal::default()
    };
    if journal.size < HEADER as u64 {
        return Ok((journal.size > 0).then_some(journal));
    }
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut header = [0; HEADER];
    file.read_exact(&mut header)?;
    if header == [0; HEADER] {
        // Allocated and never written.
        return Ok(Some(journal));
    }
    let word = |bytes: &[u8], at: usize| {
        u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    };
    let magic = word(&header, 0);
    let page = word(&header, 8) as usize;
    let mut sum = Sum {
        big_endian: magic & 1 == 1,
        values: (0, 0),
    };
    sum.add(&header[..24]);
    if magic & !1 != MAGIC
        || !page.is_power_of_two()
        || !(512..=65536).contains(&page)
        || sum.values != (word(&header, 24), word(&header, 28))
    {
        journal.headless = true;
        return Ok(Some(journal));
    }
    let mut frame = vec![0; FRAME_HEADER + page];
    let mut readable = true;
    while file.read_exact(&mut frame).is_ok() {
        // Frames of an earlier generation have another salt.
        let ours = frame[8..16] == header[16..24];
        if readable {
            sum.add(&frame[..8]);
            sum.add(&frame[FRAME_HEADER..]);
            readable = ours && sum.values == (word(&frame, 16), word(&frame, 20));
        }
        let commits = u64::from(ours && word(&frame, 4) != 0);
        match readable {
            true => journal.commits += commits,
            false => journal.cut_off += commits,
        }
    }
    Ok(Some(journal))
}

/// The running checksum of a log.
struct Sum {
    big_endian: bool,
    values: (u32, u32),
}

impl Sum {
    /// Adds bytes, eight at a time.
    fn add(&mut self, bytes: &[u8]) {
        let word = |bytes: [u8; 4]| match self.big_endian {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        };
        let (mut a, mut b) = self.values;
        for pair in bytes.chunks_exact(8) {
            let first = word([pair[0], pair[1], pair[2], pair[3]]);
            let second = word([pair[4], pair[5], pair[6], pair[7]]);
            a = a.wrapping_add(first).wrapping_add(b);
            b = b.wrapping_add(second).wrapping_add(a);
        }
        self.values = (a, b);
    }
}
