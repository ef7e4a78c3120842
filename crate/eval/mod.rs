//! How good samples are, and how good the network is: one file a measure.
//!
//! Pure functions on slices and tensors: no files, no clock, no threads, and nothing is read from a
//! device but asynchronously, so that the page can measure what the command line measures.
//!
//! Images are bytes, N×28×28 row by row, 0 background to 255 ink, as data sets and `ddpm sample` have
//! them.

pub mod agreement;
pub mod classifier;
pub mod denoising;
pub mod frechet;
pub mod neighbours;
pub mod training;

use burn::tensor::{Tensor, TensorData};

use crate::unet::PIXELS;

/// A tensor's numbers, in memory.
///
/// # Errors
/// What the device says when it does not give them back.
pub(crate) async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, String> {
    let lost = |error: &dyn std::fmt::Debug| {
        format!("The device did not give the numbers back: {error:?}")
    };
    let data: TensorData = tensor.into_data_async().await.map_err(|e| lost(&e))?;
    data.convert::<f32>().try_into_vec().map_err(|e| lost(&e))
}

/// The number of images in `pixels`.
///
/// # Panics
/// If the last image is not whole.
fn count(pixels: &[u8]) -> usize {
    assert_eq!(pixels.len() % PIXELS, 0, "images of {PIXELS} pixels each");
    pixels.len() / PIXELS
}
