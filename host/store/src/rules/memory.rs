use std::sync::Arc;

use crate::Memory;
use regulars_model::Json;

/// Writes one key of a memory, or forgets it for `None`. Both count as a write.
pub fn write(memory: &mut Memory, key: String, value: Option<Json>) {
    let entries = Arc::make_mut(&mut memory.entries);
    match value {
        Some(value) => entries.insert(key, value),
        None => entries.remove(&key),
    };
    memory.version += 1;
}
