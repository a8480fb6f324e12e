use std::time::Duration;

use crate::error::Blame;

/// Why a component cannot be a plugin here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    #[error(
        "the file is {size} bytes, more than the {limit} that `runtime.max_component_bytes` allows"
    )]
    TooLarge { size: u64, limit: u64 },

    /// Not WebAssembly, or broken.
    #[error("this is not a valid WebAssembly component: {0}")]
    NotWasm(String),

    /// A core module was given.
    #[error(
        "this is a core WebAssembly module, not a component: build it with `cargo xtask plugins`, \
         or wrap it with `wasm-tools component new`"
    )]
    CoreModule,

    /// The component wants what no plugin gets.
    #[error(
        "it imports {}, which this host does not offer: a plugin may import only \
         regulars:plugin/history, memory, grants and log at 0.1 (build without WASI, or stub it out)", .0.join(", ")
    )]
    UnknownImports(Vec<String>),

    /// It was made for another version of the contract.
    #[error(
        "it needs {}, and this host has 0.1: build it with the SDK of version 0.1, or run it on a host that has its version",
        .0.join(", ")
    )]
    OtherVersion(Vec<String>),

    /// The component is no plugin.
    #[error(
        "it does not export {0}: a plugin exports regulars:plugin/about@0.1.0, events or actions, and migrate where it has it"
    )]
    MissingExport(String),

    /// Right names, wrong shapes.
    #[error("its interface does not fit this host's: {0}")]
    WrongType(String),

    /// More memories, tables or instances than a slot of the pool has, or more to compile than this
    /// host does beside its work.
    #[error("it needs more than this host gives a plugin: {0}")]
    TooDemanding(String),

    /// `about.describe` trapped, looped or used an import.
    #[error("it failed while describing itself: {0}")]
    Describe(String),

    /// The manifest cannot be read, or contradicts the component. `at` is a JSON pointer.
    #[error("its manifest is wrong at {at}: {problem}")]
    Manifest { at: String, problem: String },

    /// Compiling it was given up. It goes on in the background, where nothing can stop it, and
    /// further components wait for it.
    #[error("to compile it takes longer than the {limit:?} that `runtime.compile_timeout` allows")]
    SlowToCompile { limit: Duration },

    /// Another component is still being compiled.
    #[error(
        "another component is still being compiled, and components are compiled one at a time; this \
         one has waited for the {limit:?} that `runtime.compile_timeout` allows: try again later, \
         or start the host again"
    )]
    CompilerBusy { limit: Duration },

    /// Its hook `migrate` refused, failed, or gave what no run could remember.
    #[error(
        "it could not take over what {from} remembered {of}: {problem}; nothing was changed, and {from} works on"
    )]
    Migrate {
        /// The version that works.
        from: String,
        /// Whose memory it failed on: “of a customer”, “for itself”.
        of: &'static str,
        problem: String,
    },

    /// The component could not be compiled, or not loaded from the cache.
    #[error("it could not be compiled: {0}")]
    Compile(String),
}

impl PluginError {
    /// Who can mend it.
    pub fn blame(&self) -> Blame {
        match self {
            PluginError::TooLarge { .. } | PluginError::SlowToCompile { .. } => Blame::Operator,
            PluginError::Compile(_) | PluginError::CompilerBusy { .. } => Blame::Host,
            _ => Blame::Guest,
        }
    }
}
