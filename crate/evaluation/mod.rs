//! Measures of how good samples and networks are, one file for each measure; the Fréchet distance is the package `frechet`.
//!
//! The measures are functions of slices and tensors. They open no files, read no clock and start no threads, and they
//! read from a device asynchronously only, so that the page and the command line measure with the same code.
//!
//! A measure that takes long reports to a [`Progress`]. In a browser, awaiting that report also gives the event loop
//! its turn.
//!
//! Images are bytes as in data sets and in the files of `ddpm sample`: N×28×28, row by row, 0 (background) to 255 (ink).

pub mod accuracy;
pub mod bits_per_dim;
pub mod bootstrap;
pub mod cas;
pub mod classifier;
pub mod classifier_file;
pub mod classifier_training;
pub mod eps_error;
pub mod evaluator;
pub mod figures;
pub mod neighbours;
pub mod noisy_samples;

use crate::nn::unet::PIXELS;

/// A callback that a measure calls now and then with the fraction of its work that is done, 0 to 1. If the callback
/// returns an error, the measure ends and returns that error: this is how a caller cancels.
pub trait Progress: AsyncFnMut(f64) -> Result<(), String> {}

impl<F: AsyncFnMut(f64) -> Result<(), String>> Progress for F {}

/// The number of images in `pixels`.
///
/// # Panics
/// If the length is not a multiple of 28·28.
fn count(pixels: &[u8]) -> usize {
    assert_eq!(pixels.len() % PIXELS, 0, "images of {PIXELS} pixels each");
    pixels.len() / PIXELS
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    /// A context on the CPU, shared by the tests of this module's files.
    pub fn cpu() -> crate::ops::Context {
        crate::runtime::Runtime::cpu().context().clone()
    }
}
