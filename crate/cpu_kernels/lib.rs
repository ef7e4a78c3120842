//! The operations in which the network spends its time, for the CPU: convolution, group normalisation,
//! self-attention and their gradients, on plain slices and vectors of f32.
//!
//! Images are channels-last, [B, H, W, C]. The inner loops use SIMD through `macerator`, which picks the processor's
//! widest vectors at run time; natively the images of a batch are shared out among threads by rayon. In a browser a call
//! runs on one thread, and relaxed SIMD is used where the browser has it (module `relaxed_simd`).
//!
//! The crate exists for the sake of compiler options: it is optimised for speed in every profile, also where the rest of
//! the program is optimised for size (the page) or hardly at all (tests).

pub mod attention;
pub mod conv;
pub mod norm;
mod parallel;
pub mod plan;
#[cfg(target_arch = "wasm32")]
pub mod relaxed_simd;

pub use parallel::for_each_chunk;
pub use plan::{Geometry, Plan};
