//! The loss of a batch and its gradient.

use burn::tensor::{Int, Tensor};

use crate::params::Slices;
use crate::process::{simple_loss, weighted_loss};
use crate::unet::{UNet, UNetConfig};

/// What the network is asked, and the answer it should give.
#[derive(Debug, Clone)]
pub struct Batch {
    /// [B, 1, 28, 28]
    pub x_t: Tensor<4>,
    /// [B, c₁], rows of the [`TimeTable`](crate::unet::TimeTable).
    pub time: Tensor<2>,
    /// [B]
    pub y: Tensor<1, Int>,
    /// [B, 1, 28, 28]: ε, x_0 or v.
    pub target: Tensor<4>,
    /// [B, 1, 1, 1], each image's share in the loss; `None` is 1 for all.
    pub weight: Option<Tensor<4>>,
}

/// The batch's loss, [1], and its gradient with respect to the flat parameters, [P]; both without
/// autodiff.
pub fn loss_and_gradient(
    config: &UNetConfig,
    params: &Tensor<1>,
    batch: Batch,
) -> (Tensor<1>, Tensor<1>) {
    let mut source = Slices::tracked(params.clone(), &UNet::layout(config));
    let unet = UNet::new(config, &mut source);
    let leaves = source.into_leaves();
    let output = unet.forward(
        batch.x_t.autodiff(),
        batch.time.autodiff(),
        batch.y.autodiff(),
    );
    let target = batch.target.autodiff();
    let loss = match batch.weight {
        Some(weight) => weighted_loss(output, target, weight.autodiff()),
        None => simple_loss(output, target),
    };
    let gradient = leaves.flat_gradient(&loss);
    (loss.inner(), gradient)
}
