//! Connections for reading, opened on demand up to a limit.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use super::connection;
use crate::StoreError;
use crate::sql::{Fault, Result};

/// The longest wait of a read for a connection.
const READER_WAIT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    limit: usize,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Connection>,
    /// The number of connections, idle and in use.
    open: usize,
}

/// A connection on loan.
pub(super) struct Reader<'p> {
    pool: &'p Pool,
    /// `None` only while it is being returned.
    sql: Option<Connection>,
}

impl Pool {
    pub(super) fn new(path: PathBuf, limit: usize) -> Pool {
        Pool {
            path,
            limit: limit.max(1),
            state: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Returns a connection, and waits for one if all are in use. The holder of one must not ask for another.
    ///
    /// # Errors
    /// [`StoreError::Crowded`] after a wait of 10 seconds.
    pub(super) fn reader(&self) -> Result<Reader<'_>> {
        let mut state = self.lock();
        let mut waited = false;
        loop {
            if let Some(sql) = state.idle.pop() {
                return Ok(self.lend(sql));
            }
            if state.open < self.limit {
                break;
            }
            if waited {
                return Err(Fault::Store(StoreError::Crowded(self.limit)));
            }
            let none = |state: &mut State| state.idle.is_empty() && state.open >= self.limit;
            (state, _) = self
                .returned
                .wait_timeout_while(state, READER_WAIT, none)
                .unwrap_or_else(PoisonError::into_inner);
            waited = true;
        }
        state.open += 1;
        drop(state);
        match connection::open_reader(&self.path) {
            Ok(sql) => Ok(self.lend(sql)),
            Err(fault) => {
                self.lock().open -= 1;
                self.returned.notify_one();
                Err(fault)
            }
        }
    }

    /// Closes the idle connections.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.open -= state.idle.len();
        state.idle.clear();
    }

    fn lend(&self, sql: Connection) -> Reader<'_> {
        Reader {
            pool: self,
            sql: Some(sql),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.sql.as_ref().expect("held until it is dropped")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if let Some(sql) = self.sql.take() {
            self.pool.lock().idle.push(sql);
            self.pool.returned.notify_one();
        }
    }
}
