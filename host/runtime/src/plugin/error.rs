use std::time::Duration;

use regulars_model::Blame;

/// A component that cannot be a plugin on this host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PluginError {
    #[error(
        "the file is {size} bytes, more than the limit of {limit} (`runtime.max_component_bytes`)"
    )]
    TooLarge { size: u64, limit: u64 },

    /// Invalid WebAssembly.
    #[error("not a valid WebAssembly component: {0}")]
    NotWasm(String),

    /// A core module instead of a component.
    #[error(
        "not a component but a core WebAssembly module: build it with `cargo xtask plugins`, \
         or wrap it with `wasm-tools component new`"
    )]
    CoreModule,

    /// An import that no plugin gets.
    #[error(
        "it imports {}, which this host does not offer: a plugin may import only \
         regulars:plugin/history, memory, grants and log at 0.1 (build without WASI, or stub it out)", .0.join(", ")
    )]
    UnknownImports(Vec<String>),

    /// A component for another version of the contract.
    #[error(
        "it needs {}, but this host has 0.1: build it with the SDK of version 0.1, or run it on a host of its version",
        .0.join(", ")
    )]
    OtherVersion(Vec<String>),

    /// A component without the exports of a plugin.
    #[error(
        "it does not export {0}: expected regulars:plugin/about@0.1.0, events or actions, and optionally migrate"
    )]
    MissingExport(String),

    /// The names of imports or exports match, but their types do not.
    #[error("its interface does not fit this host's: {0}")]
    WrongType(String),

    /// More memories, tables or instances than the pool's limits, or more code than the limit to compile.
    #[error("it needs more than this host gives a plugin: {0}")]
    TooDemanding(String),

    /// `about.describe` trapped, timed out or called an import.
    #[error("it failed while describing itself: {0}")]
    Describe(String),

    /// A manifest that is unreadable or contradicts the component. `at` is a JSON pointer.
    #[error("its manifest is invalid at {at}: {problem}")]
    Manifest { at: String, problem: String },

    /// Compilation exceeded the time limit. It continues in the background, because nothing can stop it, and
    /// other components wait for it.
    #[error("compilation took longer than {limit:?} (`runtime.compile_timeout`)")]
    SlowToCompile { limit: Duration },

    /// Another component was still being compiled when the time limit passed.
    #[error(
        "another component is still being compiled, and components are compiled one at a time: this \
         one waited for {limit:?} (`runtime.compile_timeout`), try again later \
         or restart the host"
    )]
    CompilerBusy { limit: Duration },

    /// The hook `migrate` failed, or returned memory that is out of bounds.
    #[error(
        "it could not migrate what {from} remembered {of}: {problem}; nothing was changed, and {from} stays installed"
    )]
    Migrate {
        /// The installed version.
        from: String,
        /// The owner of the memory: “of a customer” or “for itself”.
        of: &'static str,
        problem: String,
    },

    /// Compilation failed, or the cached code did not load.
    #[error("it could not be compiled: {0}")]
    Compile(String),
}

impl PluginError {
    /// Returns the party that can fix the error.
    pub fn blame(&self) -> Blame {
        match self {
            PluginError::TooLarge { .. } | PluginError::SlowToCompile { .. } => Blame::Operator,
            PluginError::Compile(_) | PluginError::CompilerBusy { .. } => Blame::Host,
            _ => Blame::Guest,
        }
    }
}
