use serde::{Deserialize, Serialize};
use wasmtime::{Trap, WasmBacktrace};

use super::call::RunState;
use super::config::RuntimeConfig;
use super::limits::Refusal;
use super::sanitize::sanitize;
use regulars_model::FailureKind;

/// The maximum number of bytes of guest text in a failure's detail.
pub(super) const MAX_DETAIL: usize = 1 << 10;

/// The number of occurrences of a function in a backtrace that counts as recursion.
const RECURSION: usize = 16;

/// The reason that a call has no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CallFailure {
    pub kind: FailureKind,
    /// An explanation for people. It names the setting that would allow the call. Text from the guest in it
    /// is sanitized and truncated.
    pub detail: String,
}

impl CallFailure {
    pub(super) fn new(kind: FailureKind, detail: String) -> CallFailure {
        CallFailure { kind, detail }
    }
}

/// The phase of a call in which the engine ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Instantiation, which runs start functions.
    Start,
    /// The hook itself, or the conversion of its values.
    Hook,
}

/// Converts the engine's error into a failure.
pub(super) fn classify(
    error: &wasmtime::Error,
    phase: Phase,
    state: &RunState,
    config: &RuntimeConfig,
) -> CallFailure {
    let trap = error.downcast_ref::<Trap>();
    let (kind, detail) = match trap {
        Some(Trap::OutOfFuel) => (
            FailureKind::OutOfFuel,
            format!(
                "used up the {} fuel that `runtime.fuel` allows",
                grouped(config.fuel)
            ),
        ),
        Some(Trap::Interrupt) => (
            FailureKind::TimedOut,
            format!(
                "ran for more than the {:?} that `runtime.timeout` allows",
                config.timeout
            ),
        ),
        Some(Trap::StackOverflow) => (
            FailureKind::StackOverflow,
            format!(
                "calls went deeper than the {} bytes that `runtime.max_wasm_stack` allows",
                grouped(config.max_wasm_stack as u64)
            ),
        ),
        // The refused growth is the cause. The trap is only the guest's reaction to it.
        _ if let Some(refusal) = state.limiter.refused => (
            FailureKind::OutOfMemory,
            match refusal {
                Refusal::Memory(bytes) => format!(
                    "wanted {} bytes of memory, more than the {} that `runtime.max_memory` allows",
                    grouped(bytes as u64),
                    grouped(config.max_memory as u64)
                ),
                Refusal::Table(elements) => format!(
                    "wanted a table of {} elements, more than the {} that \
                     `runtime.max_table_elements` allows",
                    grouped(elements as u64),
                    grouped(config.max_table_elements as u64)
                ),
            },
        ),
        // A guest's own stack lies at the start of its memory, so an overflow accesses an address below 0. A
        // wild pointer looks the same, but rarely occurs in recursion.
        Some(Trap::MemoryOutOfBounds) if is_recursion(error) => (
            FailureKind::StackOverflow,
            "its own stack overflowed in a recursion: link it with a larger one (`-zstack-size`)"
                .to_owned(),
        ),
        Some(trap) => (FailureKind::Trap, trap.to_string()),
        None if is_too_large(error) => (
            FailureKind::OutputTooLarge,
            format!(
                "handed over more than the {} bytes that `runtime.max_output_bytes` allows, counted \
                 as the host holds them",
                grouped(config.max_output_bytes as u64)
            ),
        ),
        None if phase == Phase::Hook => (
            FailureKind::InvalidValue,
            format!("handed over what is not a value: {}", text_of(error)),
        ),
        None => (
            FailureKind::Host,
            format!("instantiation failed: {}", text_of(error)),
        ),
    };
    let detail = match state.log.last_error() {
        Some(line) if kind == FailureKind::Trap => format!("{detail}, after the error “{line}”"),
        _ => detail,
    };
    CallFailure::new(kind, detail)
}

/// Returns the error and its causes in one line, without the backtrace.
pub(super) fn text_of(error: &wasmtime::Error) -> String {
    let backtrace = error.downcast_ref::<WasmBacktrace>();
    let backtrace = backtrace.map(ToString::to_string);
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if backtrace.as_ref() == Some(&cause) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause);
    }
    sanitize(&text, MAX_DETAIL)
}

/// The engine has no type for this error, only a text, which a test pins.
fn is_too_large(error: &wasmtime::Error) -> bool {
    error
        .root_cause()
        .to_string()
        .contains("fuel allocated for hostcalls has been exhausted")
}

fn is_recursion(error: &wasmtime::Error) -> bool {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
        return false;
    };
    let functions: Vec<u32> = backtrace.frames().iter().map(|f| f.func_index()).collect();
    functions
        .iter()
        .any(|function| functions.iter().filter(|f| *f == function).count() >= RECURSION)
}

/// Formats a number with thousands separators, such as `50,000,000`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn groups_thousands() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (50_000_000, "50,000,000"),
        ] {
            assert_eq!(super::grouped(number), text);
        }
    }
}
