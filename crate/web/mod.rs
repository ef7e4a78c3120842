//! The page's worker: commands in, events out.
//!
//! Arrows point one way: `controller → driver → tasks → drawing, weights, rate_meter, in_flight → host, protocol`, and
//! `controller → device, canvas, event_loop → host`. The [`driver`] and the [`tasks`] compile everywhere, so that native
//! tests run what the page runs; everything that is JavaScript's stands behind the traits of [`host`].

pub mod device;
pub mod drawing;
pub mod driver;
pub mod host;
pub mod in_flight;
pub mod protocol;
pub mod rate_meter;
pub mod tasks;
pub mod weights;

#[cfg(all(target_arch = "wasm32", feature = "bench"))]
mod bench;
#[cfg(target_arch = "wasm32")]
mod canvas;
#[cfg(target_arch = "wasm32")]
mod controller;
#[cfg(target_arch = "wasm32")]
mod event_loop;
#[cfg(target_arch = "wasm32")]
mod panic;
#[cfg(all(target_arch = "wasm32", feature = "cpu"))]
mod shared_memory_pool;

#[cfg(all(target_arch = "wasm32", feature = "bench"))]
pub use bench::Bench;
#[cfg(target_arch = "wasm32")]
pub use controller::App;

#[cfg(target_arch = "wasm32")]
unsafe extern "C" {
    /// The linker's: runs the constructors of statics, of which cubecl has hundreds (crate `inventory`).
    fn __wasm_call_ctors();
}

/// Prepare the program. The `main` of each of the page's programs calls it once, before anything else; natively there is
/// nothing to prepare.
pub fn begin() {
    // If the program itself never calls the constructors, the linker takes the module for a command and has every export
    // call them first: each object that crosses to JavaScript then costs 3 ms, which is 0.7 s a forward pass.
    #[cfg(target_arch = "wasm32")]
    // SAFETY: called once, before any static that needs it is read.
    unsafe {
        __wasm_call_ctors();
    }
}
