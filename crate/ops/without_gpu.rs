//! In place of [`wgsl`](super) in a program without it: no tensor is on a GPU.

use burn::tensor::Tensor;

/// `flat` cut into pieces of `lengths` on a GPU: never.
pub fn split(_flat: Tensor<1>, _lengths: &[usize]) -> Option<Vec<Tensor<1>>> {
    None
}

/// The pieces one after another on a GPU: never.
pub fn join(_pieces: &[Tensor<1>]) -> Option<Tensor<1>> {
    None
}
