//! `regulars:plugin/memory`: the plugin's memory.

use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, WasmStr};

use super::charge;
use crate::runtime::abi::v0_1::{Scope, text};
use crate::runtime::call::RunState;

/// The bytes of a value that cost one unit of fuel.
const BYTES_PER_FUEL: usize = 8;

pub(super) fn add_to(memory: &mut LinkerInstance<'_, RunState>) -> wasmtime::Result<()> {
    memory.func_wrap(
        "get",
        |mut store: StoreContextMut<'_, RunState>, (scope, key): (Scope, WasmStr)| {
            let (length, value) = {
                let view = &store.data().view;
                let key = key.to_str(&store)?;
                let values = match scope {
                    Scope::Customer => &view.customer_memory,
                    Scope::Plugin => &view.plugin_memory,
                };
                let value = values.get(key.as_ref()).map(text);
                (key.len() + value.as_ref().map_or(0, String::len), value)
            };
            charge(&mut store, (length / BYTES_PER_FUEL) as u64)?;
            if let Scope::Plugin = scope {
                store.data_mut().read_plugin_memory = true;
            }
            Ok((value,))
        },
    )
}
