//! stub
pub struct SqliteStore;
#[derive(Debug, Clone, Default)]
pub struct SqliteOptions;
impl SqliteStore { pub fn open(_: &std::path::Path, _: SqliteOptions) -> super::Result<std::sync::Arc<dyn super::Store>> { todo!() } }
