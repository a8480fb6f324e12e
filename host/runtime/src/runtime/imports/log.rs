//! `regulars:plugin/log`: lines for the plugin's developer, within limits.

use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, WasmStr};

use super::{Refused, charge, refuse};
use crate::runtime::abi::v0_1::{self, Severity};
use crate::runtime::call::RunState;
use crate::runtime::config::RuntimeConfig;
use crate::runtime::sanitize::sanitize;
use regulars_model::{self, LogLine};

/// The fuel for a stored line of any length.
const LINE_FUEL: u64 = 1_000;

/// The number of errors that are read after the buffer is full, so that a panic after a flood of lines still
/// tells its reason.
const LATE_ERRORS: u32 = 16;

pub(super) fn add_to(log: &mut LinkerInstance<'_, RunState>) -> wasmtime::Result<()> {
    log.func_wrap(
        "write",
        |mut store: StoreContextMut<'_, RunState>, (severity, message): (Severity, WasmStr)| {
            write(&mut store, severity, &message)
        },
    )
}

/// Stores the line and ends the call.
pub(super) fn add_refusal_to(
    log: &mut LinkerInstance<'_, RunState>,
    refused: &Refused,
) -> wasmtime::Result<()> {
    let refused = refused.clone();
    log.func_wrap(
        "write",
        move |mut store: StoreContextMut<'_, RunState>,
              (severity, message): (Severity, WasmStr)|
              -> wasmtime::Result<()> {
            write(&mut store, severity, &message)?;
            refuse(&refused, v0_1::LOG)
        },
    )
}

fn write(
    store: &mut StoreContextMut<'_, RunState>,
    severity: Severity,
    message: &WasmStr,
) -> wasmtime::Result<()> {
    let error = matches!(severity, Severity::Error);
    // A dropped line is never read, so it costs the host nothing.
    let Some(room) = store.data_mut().log.room(error) else {
        return Ok(());
    };
    charge(store, LINE_FUEL)?;
    let text = sanitize(&message.to_str(&*store)?, room);
    let severity = match severity {
        Severity::Debug => regulars_model::Severity::Debug,
        Severity::Info => regulars_model::Severity::Info,
        Severity::Warn => regulars_model::Severity::Warn,
        Severity::Error => regulars_model::Severity::Error,
    };
    store.data_mut().log.push(LogLine { severity, text });
    Ok(())
}

/// A run's log lines.
#[derive(Debug)]
pub(in crate::runtime) struct LogBuffer {
    lines: Vec<LogLine>,
    lines_left: usize,
    line_bytes: usize,
    bytes_left: usize,
    dropped: u64,
    late_errors_left: u32,
    late_error: Option<String>,
}

impl LogBuffer {
    pub fn new(config: &RuntimeConfig) -> LogBuffer {
        LogBuffer {
            lines: Vec::new(),
            lines_left: config.max_log_lines,
            line_bytes: config.max_log_line_bytes,
            bytes_left: config.max_log_bytes,
            dropped: 0,
            late_errors_left: LATE_ERRORS,
            late_error: None,
        }
    }

    /// Returns the maximum bytes of the next line. `None` if it is dropped unread.
    fn room(&mut self, error: bool) -> Option<usize> {
        if self.is_full() {
            self.dropped += 1;
            if !error || self.late_errors_left == 0 {
                return None;
            }
            self.late_errors_left -= 1;
            return Some(self.line_bytes);
        }
        Some(self.line_bytes.min(self.bytes_left))
    }

    fn push(&mut self, line: LogLine) {
        if self.is_full() {
            self.late_error = Some(line.text);
            return;
        }
        self.lines_left -= 1;
        self.bytes_left = self.bytes_left.saturating_sub(line.text.len());
        self.lines.push(line);
    }

    fn is_full(&self) -> bool {
        self.lines_left == 0 || self.bytes_left == 0
    }

    /// Returns the last error that the guest logged, such as a panic's text from the SDK's hook.
    pub fn last_error(&self) -> Option<&str> {
        self.late_error.as_deref().or_else(|| {
            let mut lines = self.lines.iter().rev();
            lines
                .find(|line| line.severity == regulars_model::Severity::Error)
                .map(|line| line.text.as_str())
        })
    }

    /// Returns the lines, with a notice at the end if some were dropped.
    pub fn finish(mut self) -> Vec<LogLine> {
        if self.dropped > 0 {
            self.lines.push(LogLine {
                severity: regulars_model::Severity::Warn,
                text: format!(
                    "dropped {} more lines: `runtime.max_log_lines` and `runtime.max_log_bytes` set \
                     how many are kept",
                    self.dropped
                ),
            });
        }
        self.lines
    }
}
