//! The write-ahead log beside a file (<https://sqlite.org/fileformat2.html#the_write_ahead_log>): what
//! was committed last is only there. SQLite takes what it can read of it and overwrites the rest, so
//! a log that was lost or garbled is noticed here, before SQLite opens the file, or never.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::Synchronous;
use crate::store::StoreError;
use crate::store::sql::{Fault, Result};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const MAGIC: u32 = 0x377f_0682;

/// What is in a journal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Journal {
    /// Bytes of the file.
    pub size: u64,
    /// Commits that can be read.
    pub commits: u64,
    /// Whether the file does not begin as a journal does.
    pub headless: bool,
    /// Commits that lie behind a place that cannot be read.
    pub cut_off: u64,
}

impl Journal {
    /// Whether commits that were told of are lost in it. A loss of power may leave one commit half
    /// written, of which nobody was told.
    pub fn is_damaged(&self) -> bool {
        self.headless || self.cut_off > 1
    }
}

/// The path of what lies beside a database.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Refuses a file whose journal is not what it was. Changes nothing.
pub(super) fn check(path: &Path, synchronous: Synchronous) -> Result<()> {
    if let Some(problem) = misplaced(path) {
        return Err(Fault::Store(StoreError::Journal(problem)));
    }
    // Without a sync for each commit, a loss of power may leave several of them half written.
    if synchronous == Synchronous::Normal {
        return Ok(());
    }
    match settled(path) {
        Ok(Some(journal)) if journal.is_damaged() => {}
        // What cannot be read, SQLite cannot read either, and says so.
        _ => return Ok(()),
    }
    let journal = beside(path, "-wal");
    Err(Fault::Store(StoreError::Journal(format!(
        "{} is damaged, and holds what was recorded last: restore a backup, or, to go on without \
         what cannot be read, start once with --durability normal",
        journal.display()
    ))))
}

/// [`read`], also while it is being written to: whoever opened the file first has looked at it.
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

/// What the names and sizes of the files tell.
pub(super) fn misplaced(path: &Path) -> Option<String> {
    let (journal, index) = (beside(path, "-wal"), beside(path, "-shm"));
    let size = |path: &Path| path.metadata().ok().map(|it| it.len());
    let shown = path.display();
    if size(path).unwrap_or(0) == 0 {
        // SQLite would take the file for a new one, and remove the journal.
        return size(&journal).filter(|size| *size > 0).map(|_| {
            format!(
                "{shown} is empty or not there, but {} is: restore a backup, or, to start anew, \
                 move that away",
                journal.display()
            )
        });
    }
    // A journal is made before its index and removed after it. Looked at twice, since somebody may
    // be opening the file.
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

/// Whether nobody has the file open.
fn alone(path: &Path) -> bool {
    let look = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let sql = Connection::open_with_flags(path, flags)?;
        // It only asks: what the journal holds stays there.
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

/// Reads the journal of a database; none where there is none, or it is empty.
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
        // Made room for, and never written to.
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
        // Frames of an earlier round, which this one has not reached, have another salt.
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

/// The running checksum of a journal.
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
