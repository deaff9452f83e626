//! How much memory this instance may take. A JavaScript heap that is exhausted takes the page with it; this one, which would
//! grow to 4 GiB, ends with a coded error.

use std::alloc::{GlobalAlloc, Layout, System};
use std::arch::wasm32::memory_size;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::globals;
use crate::error::Error;

/// The system's allocator, up to a limit.
struct Limited;

#[global_allocator]
static ALLOCATOR: Limited = Limited;

/// WebAssembly's memory grows by so many bytes.
const PAGE: u64 = 1 << 16;
/// All that there can be, in pages.
const ALL: usize = 1 << 16;
/// In pages. There is one thread; atomics are the way to write a static without `unsafe`.
static LIMIT: AtomicUsize = AtomicUsize::new(ALL);
/// No limit any more: the last words need some memory, too.
const ENDING: usize = usize::MAX;

/// From now on this instance may have so many bytes.
pub(super) fn limit(bytes: u64) {
    LIMIT.store((bytes / PAGE).min(ALL as u64) as usize, Relaxed);
}

/// What the system's allocator gave, unless it gave nothing or took more than it may.
fn checked(place: *mut u8) -> *mut u8 {
    let limit = LIMIT.load(Relaxed);
    if limit != ENDING && (place.is_null() || memory_size::<0>() > limit) {
        exhausted(limit);
    }
    place
}

#[cold]
#[inline(never)]
fn exhausted(limit: usize) -> ! {
    LIMIT.store(ENDING, Relaxed);
    globals::end(&Error::Memory { limit: limit as u64 * PAGE })
}

#[expect(unsafe_code, reason = "there is no safe way to write an allocator")]
// SAFETY: every method is the system allocator's, called with what the caller vouches for.
unsafe impl GlobalAlloc for Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        checked(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        checked(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        checked(unsafe { System.realloc(place, layout, size) })
    }
}
