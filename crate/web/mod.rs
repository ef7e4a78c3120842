//! The wasm-bindgen surface and nothing else: commands in, events out.
//!
//! [`protocol`], [`draw`] and [`pace`] compile everywhere (a native test writes the page's type
//! declarations from the first); the rest exists only in a browser, inside the page's worker.

pub mod drawing;
pub mod protocol;
pub mod rate_meter;

#[cfg(all(target_arch = "wasm32", feature = "bench"))]
mod bench;
#[cfg(target_arch = "wasm32")]
mod canvas;
#[cfg(target_arch = "wasm32")]
mod controller;
#[cfg(target_arch = "wasm32")]
mod device;
#[cfg(target_arch = "wasm32")]
mod event_loop;
#[cfg(target_arch = "wasm32")]
mod in_flight;
#[cfg(target_arch = "wasm32")]
mod panic;
#[cfg(all(target_arch = "wasm32", feature = "cpu"))]
mod shared_memory_pool;
#[cfg(target_arch = "wasm32")]
mod tasks;
#[cfg(target_arch = "wasm32")]
mod weights;

#[cfg(target_arch = "wasm32")]
pub use controller::App;

#[cfg(target_arch = "wasm32")]
unsafe extern "C" {
    /// The linker's: runs the constructors of statics, of which cubecl has hundreds (crate `inventory`).
    fn __wasm_call_ctors();
}

/// The page's programs call it once, before anything else; others have nothing to begin.
pub fn begin() {
    // Where nobody calls it, the linker takes the module for a command and has every export call it first: then
    // each object that crosses to JavaScript costs 3 ms, 0.7 s a forward pass.
    #[cfg(target_arch = "wasm32")]
    // SAFETY: called once, before any static that needs it is read.
    unsafe {
        __wasm_call_ctors();
    }
}
#[cfg(all(target_arch = "wasm32", feature = "bench"))]
pub use bench::Bench;
