//! How good samples are, and how good the network is: one file a measure.
//!
//! Pure functions on slices and tensors: no files, no clock, no threads, and nothing is read from a
//! device but asynchronously, so that the page can measure what the command line measures.
//!
//! What takes long tells a [`Progress`] now and then how far it is. In a browser that is also the moment at
//! which the event loop gets its turn.
//!
//! Images are bytes, N×28×28 row by row, 0 background to 255 ink, as data sets and `ddpm sample` have
//! them.

pub mod accuracy;
pub mod cas;
pub mod classifier;
pub mod classifier_file;
pub mod classifier_training;
pub mod frechet;
pub mod likelihood;
pub mod neighbours;
pub mod reference;
pub mod report;

use crate::nn::unet::PIXELS;

/// Told the share done, 0 to 1, now and then. An error ends the measure, which gives it back.
pub trait Progress: AsyncFnMut(f64) -> Result<(), String> {}

impl<F: AsyncFnMut(f64) -> Result<(), String>> Progress for F {}

/// The number of images in `pixels`.
///
/// # Panics
/// If the last image is not whole.
fn count(pixels: &[u8]) -> usize {
    assert_eq!(pixels.len() % PIXELS, 0, "images of {PIXELS} pixels each");
    pixels.len() / PIXELS
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    /// The CPU, for the tests of this module's files.
    pub fn cpu() -> crate::ops::Context {
        crate::runtime::Runtime::cpu().context().clone()
    }
}
