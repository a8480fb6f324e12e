//! Reproducible calls: their inputs, limits and outputs as serializable values.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::abi::v0_1;
use super::call::{Bounds, Call, Runtime};
use super::config::RuntimeConfig;
use super::failure::CallFailure;
use super::plugin::Plugin;
use super::view::PluginView;
use crate::Error;
use regulars_model::{Effect, EventData, Json, LogLine};

/// The newest version of the contract that this host supports.
pub const CONTRACT: &str = v0_1::CONTRACT;

/// A hook call with its input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Invocation {
    Event {
        event: EventData,
    },
    Action {
        action: String,
        #[cfg_attr(feature = "schema", schema(value_type = Value))]
        input: Json,
    },
}

/// The output of a guest, before the host validated it and decided on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CallOutput {
    /// The effects in the guest's order.
    pub effects: Vec<Effect>,
    /// The output of an action. `None` for an event or a failed call.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Value>))]
    pub output: Option<Json>,
    /// The reason that there are neither effects nor output.
    pub failure: Option<CallFailure>,
    /// Consumed fuel. Deterministic for the same component and call.
    pub fuel: u64,
    /// The call's wall-clock time in microseconds. Not deterministic.
    pub micros: u64,
    /// The largest sum of the guest's linear memories in bytes.
    pub peak_memory: u64,
    pub logs: Vec<LogLine>,
}

/// The settings of [`RuntimeConfig`] that determine the result of a run.
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
    /// Returns the limits of a configuration.
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

    /// Returns a configuration with these limits.
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

    /// Refuses limits that would exhaust the machine, because they may come from a stranger's file. Fuel and
    /// time are not checked: the caller sets its own time limit.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the limit and its largest value.
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
            // The maximum of the engine.
            ("max_wasm_stack", self.max_wasm_stack, 2 << 20),
        ] {
            if value > most {
                return Err(Error::invalid(
                    format!("/limits/{name}"),
                    format!("{value} is out of range: expected at most {most}"),
                ));
            }
        }
        Ok(())
    }
}

impl CallOutput {
    /// Returns the text by which calls are compared: effects, output and the kind of failure, as JSON with
    /// sorted keys. It leaves out fuel, time, memory, logs and the failure's text.
    pub fn canonical(&self) -> String {
        let failure = self.failure.as_ref().map(|failure| failure.kind);
        let mut whole = serde_json::json!({
            "effects": self.effects, "output": self.output, "failure": failure,
        });
        whole.sort_all_objects();
        whole.to_string()
    }
}

impl From<Call<Vec<Effect>>> for CallOutput {
    fn from(call: Call<Vec<Effect>>) -> CallOutput {
        let (effects, failure) = match call.result {
            Ok(effects) => (effects, None),
            Err(failure) => (Vec::new(), Some(failure)),
        };
        CallOutput {
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

impl From<Call<(Json, Vec<Effect>)>> for CallOutput {
    fn from(call: Call<(Json, Vec<Effect>)>) -> CallOutput {
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
        CallOutput {
            output,
            ..call.into()
        }
    }
}

impl Runtime {
    /// Returns true if the engine supports these limits. It fixes the stack and the maximum memory when it
    /// starts.
    pub fn can_hold(&self, limits: &RunLimits) -> bool {
        let own = self.config();
        limits.max_wasm_stack == own.max_wasm_stack
            && limits.max_memory <= own.max_memory
            && limits.max_table_elements <= own.max_table_elements
    }

    /// Repeats a call under `limits` instead of this runtime's own. [`Runtime::can_hold`] must be true for
    /// them.
    pub fn replay(
        &self,
        plugin: &Plugin,
        seen: &Arc<PluginView>,
        invocation: &Invocation,
        limits: &RunLimits,
    ) -> CallOutput {
        let bounds = Bounds::new(limits.over(self.config().clone()));
        match invocation {
            Invocation::Event { event } => self.call_handle(plugin, seen, event, &bounds).into(),
            Invocation::Action { action, input } => self
                .call_action(plugin, seen, action, input, &bounds)
                .into(),
        }
    }
}
