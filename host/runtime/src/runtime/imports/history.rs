//! `regulars:plugin/history`: the customer's past interactions.

use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::LinkerInstance;

use super::charge;
use crate::runtime::abi::v0_1::{Filter, Interaction};
use crate::runtime::call::RunState;
use crate::runtime::view::HistoryEntry;

pub(super) fn add_to(history: &mut LinkerInstance<'_, RunState>) -> wasmtime::Result<()> {
    history.func_wrap(
        "recent",
        |mut store: StoreContextMut<'_, RunState>, (filter,): (Filter,)| {
            charge_for(&mut store, &filter)?;
            let view = &store.data().view;
            let found: Vec<Arc<Interaction>> = matching(&view.history, &filter)
                .map(|past| past.for_guest())
                .collect();
            Ok((found,))
        },
    )?;
    history.func_wrap(
        "count",
        |mut store: StoreContextMut<'_, RunState>, (filter,): (Filter,)| {
            charge_for(&mut store, &filter)?;
            let view = &store.data().view;
            let count = matching(&view.history, &filter).count();
            Ok((u32::try_from(count).unwrap_or(u32::MAX),))
        },
    )
}

/// Charges one unit for each possible comparison of an interaction with a kind.
fn charge_for(store: &mut StoreContextMut<'_, RunState>, filter: &Filter) -> wasmtime::Result<()> {
    let rows = store.data().view.history.len();
    let kinds = filter.kinds.len().max(1);
    charge(store, rows.saturating_mul(kinds) as u64)
}

fn matching<'a>(
    history: &'a [Arc<HistoryEntry>],
    filter: &'a Filter,
) -> impl Iterator<Item = &'a Arc<HistoryEntry>> {
    let limit = filter.limit.map_or(usize::MAX, |limit| limit as usize);
    history
        .iter()
        .filter(|past| {
            (filter.kinds.is_empty() || filter.kinds.iter().any(|kind| *kind == past.kind))
                && filter
                    .since
                    .is_none_or(|since| past.occurred_at.as_millisecond() >= since)
        })
        .take(limit)
}
