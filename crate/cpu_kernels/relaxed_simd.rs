//! The convolutions' innermost loops with relaxed SIMD, for browsers that have it.
//!
//! `build.rs` compiles `relaxed.rs` into a WebAssembly module of its own, [`MODULE`]. At start the program that links
//! this crate instantiates it with its own memory, appends the functions named in [`EXPORTS`] to its own function table,
//! and calls [`use_from`] with the place of the first. From then on the loops are called through the table: on wasm32 a
//! function pointer is an index into it.

use core::cell::Cell;

pub use crate::conv::loops::{Band, Strip};

/// The bytes of the module. It imports `env.memory`, which has to be this program's own memory.
pub const MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/relaxed.wasm"));

/// The names of the module's functions, in the order in which they have to stand in this program's table. `tiles_P_S`
/// computes tiles of P pixels that are S floats apart, `products_C` sums products of C source channels.
pub const EXPORTS: [&str; 11] = [
    "tiles_1_1",
    "tiles_2_1",
    "tiles_4_1",
    "tiles_1_2",
    "tiles_2_2",
    "tiles_4_2",
    "tiles_1_8",
    "tiles_2_8",
    "tiles_4_8",
    "products_1",
    "products_4",
];

thread_local! {
    /// The place of the first of [`EXPORTS`] in the table; `None` as long as the module is not in use.
    static FIRST: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Makes the convolutions on this thread call the module's functions from now on.
///
/// # Safety
/// From place `first` on, this program's function table holds the module's functions in the order of [`EXPORTS`], and
/// they stay there.
pub unsafe fn use_from(first: usize) {
    FIRST.set(Some(first));
}

/// As long as this value exists, the module's functions are not used on this thread, as in a browser without relaxed
/// SIMD. Dropping it restores what was before.
pub struct Aside(Option<usize>);

/// Stops using the module's functions until the result is dropped, so that a test can compare them with the loops that
/// other browsers use.
#[must_use]
pub fn set_aside() -> Aside {
    Aside(FIRST.take())
}

impl Drop for Aside {
    fn drop(&mut self) {
        FIRST.set(self.0);
    }
}

/// Whether the convolutions on this thread use the module's functions.
pub fn in_use() -> bool {
    FIRST.get().is_some()
}

/// The place in the table of function `number` of [`EXPORTS`], if the module is in use.
fn at(number: usize) -> Option<usize> {
    FIRST.get().map(|first| first + number)
}

/// The module's loop for tiles of `pixels` pixels that are `stride` floats apart; `None` if the module is not in use or
/// has no such loop.
pub fn tiles(pixels: usize, stride: usize) -> Option<unsafe extern "C" fn(&Strip)> {
    let number = match (pixels, stride) {
        (1, 1) => 0,
        (2, 1) => 1,
        (4, 1) => 2,
        (1, 2) => 3,
        (2, 2) => 4,
        (4, 2) => 5,
        (1, 8) => 6,
        (2, 8) => 7,
        (4, 8) => 8,
        _ => return None,
    };
    // SAFETY: on wasm32 a function pointer is an index into the table. The caller of `use_from` promised that the table
    // holds the exports there, and `relaxed.rs` declares these as functions of a `&Strip`.
    at(number).map(|place| unsafe { core::mem::transmute(place) })
}

/// The module's loop that sums products of `channels` source channels; `None` if the module is not in use or has no such
/// loop.
pub fn products(channels: usize) -> Option<unsafe extern "C" fn(&Band)> {
    let number = match channels {
        1 => 9,
        4 => 10,
        _ => return None,
    };
    // SAFETY: as in `tiles`; `relaxed.rs` declares these as functions of a `&Band`.
    at(number).map(|place| unsafe { core::mem::transmute(place) })
}
