use super::Json;

/// How deep arrays and objects may lie in one another, in whatever strangers give: far above what
/// anybody writes, and far below what a reader of stored JSON takes (128).
pub const MAX_DEPTH: usize = 32;

/// Whether a document is no deeper than [`MAX_DEPTH`].
pub fn shallow(document: &Json) -> bool {
    fn within(document: &Json, left: usize) -> bool {
        match document {
            Json::Array(items) => left > 0 && items.iter().all(|item| within(item, left - 1)),
            Json::Object(members) => {
                left > 0 && members.values().all(|member| within(member, left - 1))
            }
            _ => true,
        }
    }
    within(document, MAX_DEPTH)
}
