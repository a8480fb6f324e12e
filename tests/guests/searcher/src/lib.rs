//! A guest that asks for all it may see, and then goes through the whole of its own memory, byte by byte, for what it was
//! told to look for.

use regulars_sdk::history::{self, Filter};
use regulars_sdk::{
    Context, CustomerField, EffectKind, Effects, Event, Failure, Manifest, Plugin, Scope, grants,
    memory, remember,
};
use serde_json::Value;

/// The plugin.
pub struct Searcher;

regulars_sdk::export!(Searcher);

/// Every byte of what is looked for is told with these bits turned: said as it is, it would be found where it was said.
pub const MASK: u8 = 0xa5;

regulars_sdk::settings! {
    /// What it looks for.
    pub struct Settings {
        /// Each masked.
        pub marks: Vec<Vec<u8>> = Vec::new(),
        /// Never shown to a guest.
        #[schemars(extend("writeOnly" = true))]
        pub key: Option<String> = None,
    }
}

impl Plugin for Searcher {
    fn manifest() -> Manifest {
        let manifest = Manifest::new("searcher", "1.0.0")
            .title("Searcher")
            .summary("Looks for what it should not have.")
            .settings::<Settings>()
            .reads_history(["visit", "complaint"], 365, "to look through it")
            .proposes(EffectKind::Remember, "to say what it found")
            .subscribes_to_interactions(["visit"]);
        let fields = CustomerField::ALL.into_iter();
        fields.fold(manifest, |manifest, field| {
            manifest.reads_field(field, "to look through it")
        })
    }

    fn handle(cx: &Context, _: Event) -> Result<Effects, Failure> {
        let settings: Settings = cx.settings()?;
        let all = (
            history::recent(Filter::all()),
            grants::get(),
            memory::get::<Value>(Scope::Customer, "found"),
            memory::get::<Value>(Scope::Plugin, "found"),
        );
        let found: Vec<bool> = find(&settings.marks);
        drop(all);
        Ok(remember(Scope::Customer, "found", &found).into())
    }
}

/// Which of the marks are anywhere in this guest's memory.
#[cfg(target_arch = "wasm32")]
fn find(marks: &[Vec<u8>]) -> Vec<bool> {
    let end = core::arch::wasm32::memory_size(0) * 65_536;
    // SAFETY: all of it is this guest's own memory, which nothing else touches meanwhile; null is left out.
    let masked = |at: usize| unsafe {
        core::ptr::read_volatile(core::ptr::without_provenance::<u8>(at)) ^ MASK
    };
    let mut begins = [false; 256];
    for mark in marks {
        begins[usize::from(mark[0])] = true;
    }
    let mut found = vec![false; marks.len()];
    for at in 1..end {
        if !begins[usize::from(masked(at))] {
            continue;
        }
        for (mark, found) in marks.iter().zip(&mut found) {
            let fits = at + mark.len() <= end;
            *found |= fits && (0..mark.len()).all(|index| masked(at + index) == mark[index]);
        }
    }
    found
}

#[cfg(not(target_arch = "wasm32"))]
fn find(_: &[Vec<u8>]) -> Vec<bool> {
    unimplemented!("only a sandbox has a memory of its own")
}
