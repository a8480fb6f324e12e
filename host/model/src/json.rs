use super::Json;

/// The maximum nesting of arrays and objects in JSON from outside. It is below the limit of 128 at which
/// stored JSON could no longer be read.
pub const MAX_DEPTH: usize = 32;

/// Returns true if a document is nested no deeper than [`MAX_DEPTH`].
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
