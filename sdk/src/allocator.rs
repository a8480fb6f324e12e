//! The allocator of every plugin. An instance lives for one call: most of what it allocates never
//! needs to be given back one by one, so the first 48 KiB are handed out one after the other, and
//! only what comes after that costs a real allocator's work.
//!
//! The one in std asks for more memory at its first allocation; this one uses what the module was
//! linked with, which costs the host nothing.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;

use dlmalloc::GlobalDlmalloc;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator {
    arena: UnsafeCell::new(Arena {
        bytes: [0; SIZE],
        used: 0,
    }),
};

/// With stack and data, within the initial memory that plugins are linked with.
const SIZE: usize = 48 * 1024;

#[repr(align(16))]
struct Arena {
    bytes: [u8; SIZE],
    used: usize,
}

struct Allocator {
    arena: UnsafeCell<Arena>,
}

// SAFETY: the target has no threads.
unsafe impl Sync for Allocator {}

impl Allocator {
    /// Where the arena lies.
    fn range(&self) -> core::ops::Range<usize> {
        let start = self.arena.get() as usize;
        start..start + SIZE
    }

    /// Whether this is the newest thing in the arena, so that it can shrink, grow or go.
    fn is_last(&self, offset: usize, size: usize) -> bool {
        // SAFETY: nobody else holds a reference, there being one thread and no reentry.
        offset + size == unsafe { (*self.arena.get()).used }
    }
}

// SAFETY: memory of the arena is handed out once, aligned and within bounds; what lies outside it is
// dlmalloc's alone. Only the newest block is ever handed out again.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `is_last`; the offset is checked against the size.
        unsafe {
            let arena = self.arena.get();
            let start = (*arena).used.next_multiple_of(layout.align());
            if layout.align() <= 16 && start + layout.size() <= SIZE {
                (*arena).used = start + layout.size();
                return (arena as *mut u8).add(start);
            }
            GlobalDlmalloc.alloc(layout)
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let range = self.range();
        if !range.contains(&(block as usize)) {
            // SAFETY: it is not the arena's, so it is dlmalloc's.
            return unsafe { GlobalDlmalloc.dealloc(block, layout) };
        }
        let offset = block as usize - range.start;
        if self.is_last(offset, layout.size()) {
            // SAFETY: as in `is_last`.
            unsafe { (*self.arena.get()).used = offset };
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let range = self.range();
        if !range.contains(&(block as usize)) {
            // SAFETY: it is not the arena's, so it is dlmalloc's.
            return unsafe { GlobalDlmalloc.realloc(block, layout, size) };
        }
        let offset = block as usize - range.start;
        if self.is_last(offset, layout.size()) && offset + size <= SIZE {
            // SAFETY: as in `is_last`.
            unsafe { (*self.arena.get()).used = offset + size };
            return block;
        }
        // SAFETY: the caller vouches for the block; the new one is another, since the old one stays.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() {
                core::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}
