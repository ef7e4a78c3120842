//! How much memory an action has in use at most. Whoever declares this module counts all allocations of its program.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, which notes how much is in use at most.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the promises of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What is allocated whatever a file holds: the list of a network's parameters, messages, the tables of a decompressor.
#[allow(dead_code, reason = "as with `within_limit`")]
const FIXED: usize = 1 << 18;

/// Runs `action`; returns its result, and the bytes that it has in use at most beyond those in use before.
pub fn peak<T>(action: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let result = action();
    (result, MOST.load(Ordering::Relaxed) - before)
}

/// Runs `action`, which reads a file of `file` bytes, and returns its result.
///
/// # Panics
/// If it has more in use at once than four times the file's size and [`FIXED`], beyond what was in use before.
#[allow(dead_code, reason = "not every test that counts memory reads files")]
pub fn within_limit<T>(what: &str, file: usize, action: impl FnOnce() -> T) -> T {
    let (result, most) = peak(action);
    assert!(
        most <= 4 * file + FIXED,
        "{what}: {most} bytes in use for a file of {file}"
    );
    result
}
