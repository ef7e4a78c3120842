//! Relaxed SIMD where the browser has it: `relaxed.rs`, compiled by `build.rs` into a module that is carried here. Whoever
//! runs this program takes it in, once ([`MODULE`], [`EXPORTS`], [`use_from`]).

use core::cell::Cell;

pub use crate::conv::loops::{Band, Strip};

/// The module. It imports `env.memory`, which has to be this program's own.
pub const MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/relaxed.wasm"));

/// Its functions in the order in which they are to stand in this program's table.
pub const EXPORTS: [&str; 8] = [
    "tiles_1_1",
    "tiles_2_1",
    "tiles_4_1",
    "tiles_1_2",
    "tiles_2_2",
    "tiles_4_2",
    "products_1",
    "products_4",
];

thread_local! {
    /// Where in the table the first of [`EXPORTS`] stands.
    static FIRST: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Use the functions from now on.
///
/// # Safety
/// This program's table has those that the module exports from `first` on, in the order of [`EXPORTS`], and keeps them.
pub unsafe fn use_from(first: usize) {
    FIRST.set(Some(first));
}

/// They are not used, as in a browser without relaxed SIMD, until this is dropped.
pub struct Aside(Option<usize>);

/// For tests of the loops that are used without them.
pub fn set_aside() -> Aside {
    Aside(FIRST.take())
}

impl Drop for Aside {
    fn drop(&mut self) {
        FIRST.set(self.0);
    }
}

/// Whether they are used.
pub fn in_use() -> bool {
    FIRST.get().is_some()
}

/// A function pointer is a place in the table.
fn at(number: usize) -> Option<usize> {
    FIRST.get().map(|first| first + number)
}

/// The loop for tiles of so many pixels, `stride` floats apart.
pub fn tiles(pixels: usize, stride: usize) -> Option<unsafe extern "C" fn(&Strip)> {
    let number = match (pixels, stride) {
        (1, 1) => 0,
        (2, 1) => 1,
        (4, 1) => 2,
        (1, 2) => 3,
        (2, 2) => 4,
        (4, 2) => 5,
        _ => return None,
    };
    // SAFETY: [`use_from`] was told so; the exports' types are those of relaxed.rs.
    at(number).map(|place| unsafe { core::mem::transmute(place) })
}

/// The loop for so many source channels.
pub fn products(channels: usize) -> Option<unsafe extern "C" fn(&Band)> {
    let number = match channels {
        1 => 6,
        4 => 7,
        _ => return None,
    };
    // SAFETY: as above.
    at(number).map(|place| unsafe { core::mem::transmute(place) })
}
