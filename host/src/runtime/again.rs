//! Making a call again: what it was, what it was held to, and what came of it, as values that can be
//! written down.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::abi::v0_1;
use super::call::{Bounds, Call, Runtime};
use super::config::RuntimeConfig;
use super::failure::CallFailure;
use super::plugin::Plugin;
use super::slice::Slice;
use crate::error::Error;
use crate::model::{Effect, EventData, Json, LogLine};

/// The newest version of the contract that this host speaks.
pub const CONTRACT: &str = v0_1::CONTRACT;

/// Which hook was called, and with what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Called {
    Event {
        event: EventData,
    },
    Action {
        action: String,
        #[cfg_attr(feature = "schema", schema(value_type = Value))]
        input: Json,
    },
}

/// What a guest answered, before the host checked or decided anything of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// In the guest's order.
    pub effects: Vec<Effect>,
    /// What an action gave back; none for an event, and where the call failed.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
    pub output: Option<Json>,
    /// Why there are neither effects nor output.
    pub failure: Option<CallFailure>,
    /// Deterministic: the same for the same component and call.
    pub fuel: u64,
    /// Wall-clock time in microseconds. Not deterministic.
    pub micros: u64,
    /// Largest sum of the guest's linear memories, in bytes.
    pub peak_memory: u64,
    pub logs: Vec<LogLine>,
}

/// The settings of [`RuntimeConfig`] that what comes of a run depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RunLimits {
    pub fuel: u64,
    /// Wall-clock milliseconds. The only limit that is not deterministic.
    pub timeout_ms: u64,
    /// Bytes.
    pub max_memory: usize,
    pub max_table_elements: usize,
    /// Bytes.
    pub max_output_bytes: usize,
    pub max_effects: usize,
    pub max_log_lines: usize,
    /// Bytes.
    pub max_log_line_bytes: usize,
    /// Bytes.
    pub max_log_bytes: usize,
    /// Bytes.
    pub max_wasm_stack: usize,
}

impl RunLimits {
    /// Those of these settings.
    pub fn of(config: &RuntimeConfig) -> RunLimits {
        RunLimits {
            fuel: config.fuel,
            timeout_ms: u64::try_from(config.timeout.as_millis()).unwrap_or(u64::MAX),
            max_memory: config.max_memory,
            max_table_elements: config.max_table_elements,
            max_output_bytes: config.max_output_bytes,
            max_effects: config.max_effects,
            max_log_lines: config.max_log_lines,
            max_log_line_bytes: config.max_log_line_bytes,
            max_log_bytes: config.max_log_bytes,
            max_wasm_stack: config.max_wasm_stack,
        }
    }

    /// These settings with those limits in place of their own.
    #[must_use]
    pub fn over(&self, config: RuntimeConfig) -> RuntimeConfig {
        RuntimeConfig {
            fuel: self.fuel,
            timeout: Duration::from_millis(self.timeout_ms),
            max_memory: self.max_memory,
            max_table_elements: self.max_table_elements,
            max_output_bytes: self.max_output_bytes,
            max_effects: self.max_effects,
            max_log_lines: self.max_log_lines,
            max_log_line_bytes: self.max_log_line_bytes,
            max_log_bytes: self.max_log_bytes,
            max_wasm_stack: self.max_wasm_stack,
            ..config
        }
    }

    /// Refuses limits that would let a run fill the machine: what is read from a file may come from
    /// a stranger. Fuel and time may be anything, since whoever runs it sets another time limit.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the limit, and the most that it may be.
    pub fn check(&self) -> Result<(), Error> {
        const GIB: usize = 1 << 30;
        for (name, value, most) in [
            ("max_memory", self.max_memory, 4 * GIB),
            ("max_table_elements", self.max_table_elements, 10_000_000),
            ("max_output_bytes", self.max_output_bytes, GIB / 4),
            ("max_effects", self.max_effects, 100_000),
            ("max_log_lines", self.max_log_lines, 1_000_000),
            ("max_log_line_bytes", self.max_log_line_bytes, GIB / 16),
            ("max_log_bytes", self.max_log_bytes, GIB / 16),
            // The engine takes no more.
            ("max_wasm_stack", self.max_wasm_stack, 2 << 20),
        ] {
            if value > most {
                return Err(Error::invalid(
                    format!("/limits/{name}"),
                    format!("{value} is more than the {most} that a run is ever allowed here"),
                ));
            }
        }
        Ok(())
    }
}

impl Answer {
    /// What two calls are compared by: effects, output and the kind of failure, as JSON whose objects
    /// are in the order of their keys. Fuel, time, memory, logs and the words of a failure are not
    /// part of it.
    pub fn canonical(&self) -> String {
        let failure = self.failure.as_ref().map(|failure| failure.kind);
        let mut whole = serde_json::json!({
            "effects": self.effects, "output": self.output, "failure": failure,
        });
        whole.sort_all_objects();
        whole.to_string()
    }
}

impl From<Call<Vec<Effect>>> for Answer {
    fn from(call: Call<Vec<Effect>>) -> Answer {
        let (effects, failure) = match call.result {
            Ok(effects) => (effects, None),
            Err(failure) => (Vec::new(), Some(failure)),
        };
        Answer {
            effects,
            output: None,
            failure,
            fuel: call.fuel,
            micros: call.micros,
            peak_memory: call.peak_memory,
            logs: call.logs,
        }
    }
}

impl From<Call<(Json, Vec<Effect>)>> for Answer {
    fn from(call: Call<(Json, Vec<Effect>)>) -> Answer {
        let (output, result) = match call.result {
            Ok((output, effects)) => (Some(output), Ok(effects)),
            Err(failure) => (None, Err(failure)),
        };
        let call = Call {
            result,
            fuel: call.fuel,
            micros: call.micros,
            peak_memory: call.peak_memory,
            logs: call.logs,
            read_plugin_memory: call.read_plugin_memory,
        };
        Answer {
            output,
            ..call.into()
        }
    }
}

impl Runtime {
    /// Whether a run can be held to these limits in this engine: stack and memory are laid out when it
    /// starts.
    pub fn can_hold(&self, limits: &RunLimits) -> bool {
        let own = self.config();
        limits.max_wasm_stack == own.max_wasm_stack
            && limits.max_memory <= own.max_memory
            && limits.max_table_elements <= own.max_table_elements
    }

    /// Makes a call under the limits that are given instead of this runtime's own, which
    /// [`Runtime::can_hold`] must allow.
    pub fn again(
        &self,
        plugin: &Plugin,
        seen: &Arc<Slice>,
        called: &Called,
        limits: &RunLimits,
    ) -> Answer {
        let bounds = Bounds::new(limits.over(self.config().clone()));
        match called {
            Called::Event { event } => self.tell(plugin, seen, event, &bounds).into(),
            Called::Action { action, input } => {
                self.ask(plugin, seen, action, input, &bounds).into()
            }
        }
    }
}
