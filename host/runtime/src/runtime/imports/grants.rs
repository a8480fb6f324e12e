//! `regulars:plugin/grants`: the plugin's grants on this host.

use wasmtime::StoreContextMut;
use wasmtime::component::LinkerInstance;

use super::charge;
use crate::plugin::field_name;
use crate::runtime::abi::v0_1::{Granted, Window};
use crate::runtime::call::RunState;
use regulars_model::Grants;

pub(super) fn add_to(grants: &mut LinkerInstance<'_, RunState>) -> wasmtime::Result<()> {
    grants.func_wrap("get", |mut store: StoreContextMut<'_, RunState>, (): ()| {
        let granted = granted(&store.data().view.grants);
        let strings = granted.fields.len() + granted.effects.len() + granted.record_kinds.len();
        let kinds: usize = granted.history.iter().map(|it| 1 + it.kinds.len()).sum();
        // About the cost of creating each of these strings.
        charge(&mut store, 100 * (strings + kinds) as u64)?;
        Ok((granted,))
    })
}

fn granted(grants: &Grants) -> Granted {
    let window = |it: &regulars_model::HistoryGrant| Window {
        kinds: it.kinds.iter().cloned().collect(),
        days: it.days,
        limit: it.limit,
    };
    Granted {
        fields: grants
            .fields
            .iter()
            .map(|field| field_name(*field).to_owned())
            .collect(),
        history: grants.history.iter().map(window).collect(),
        effects: grants.effects.iter().map(ToString::to_string).collect(),
        record_kinds: grants.record_kinds.iter().cloned().collect(),
        service: grants.service,
    }
}
