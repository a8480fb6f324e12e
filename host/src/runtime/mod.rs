//! The sandbox: compiles components, and calls them, each time in a fresh instance.
