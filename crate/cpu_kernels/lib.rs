//! The operations that the network spends its time in, on the CPU: plain slices in, plain vectors out,
//! SIMD through `macerator`, an image a thread.
//!
//! A package of its own for the compiler's sake: it is optimised for speed in every profile, also
//! where the rest is optimised for size (the page) or hardly at all (tests).

pub mod conv;
pub mod norm;
mod parallel;
pub mod plan;
#[cfg(target_arch = "wasm32")]
pub mod relaxed_simd;

pub use parallel::pieces;
pub use plan::{Geometry, Plan};
