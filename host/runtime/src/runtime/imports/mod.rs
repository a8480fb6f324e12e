//! The capabilities, one file for each interface that a plugin may import. They read from the run's
//! [`PluginView`](super::PluginView), so no run waits for I/O.

mod grants;
mod history;
mod log;
mod memory;

pub(super) use log::LogBuffer;

use std::sync::{Arc, OnceLock};

use wasmtime::component::Linker;
use wasmtime::{Engine, StoreContextMut, Trap};

use super::abi::v0_1;
use super::call::RunState;

/// Returns the linker of runs.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<RunState>> {
    let mut linker = Linker::new(engine);
    grants::add_to(&mut linker.instance(v0_1::GRANTS)?)?;
    history::add_to(&mut linker.instance(v0_1::HISTORY)?)?;
    memory::add_to(&mut linker.instance(v0_1::MEMORY)?)?;
    log::add_to(&mut linker.instance(v0_1::LOG)?)?;
    Ok(linker)
}

/// The import that ended a call of `describe`.
pub(super) type Refused = Arc<OnceLock<String>>;

/// Returns the linker for `describe`. Each import ends the call and records its name. Log lines are stored,
/// because they tell the reason of a panic.
pub(super) fn describe_linker(
    engine: &Engine,
    refused: &Refused,
) -> wasmtime::Result<Linker<RunState>> {
    let mut linker = Linker::new(engine);
    log::add_refusal_to(&mut linker.instance(v0_1::LOG)?, refused)?;
    for (interface, functions) in v0_1::CAPABILITIES {
        let interface = v0_1::import_name(interface);
        if interface == v0_1::LOG {
            continue;
        }
        let mut instance = linker.instance(&interface)?;
        for function in functions {
            let (refused, name) = (refused.clone(), format!("{interface}#{function}"));
            instance.func_new(function, move |_, _, _, _| refuse(&refused, &name))?;
        }
    }
    Ok(linker)
}

fn refuse(refused: &Refused, import: &str) -> wasmtime::Result<()> {
    let _ = refused.set(import.to_owned());
    wasmtime::bail!("{import} was called during `describe`")
}

/// Charges the run's fuel for the host's work, so that no loop of imports is cheaper for the guest than for
/// the host. As deterministic as the guest's own fuel.
fn charge(store: &mut StoreContextMut<'_, RunState>, fuel: u64) -> wasmtime::Result<()> {
    let left = store.get_fuel()?;
    store.set_fuel(left.saturating_sub(fuel))?;
    if left < fuel {
        return Err(Trap::OutOfFuel.into());
    }
    Ok(())
}
