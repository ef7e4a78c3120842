//! The loss of a batch and its gradient.

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::{Int, Tensor};

use crate::nn::var_builder::Slices;
use crate::diffusion::{simple_loss, weighted_loss};
use crate::nn::unet::{UNet, UNetConfig};

/// What the network is asked, and the answer it should give.
#[derive(Debug, Clone)]
pub struct Batch {
    /// [B, 1, 28, 28]
    pub x_t: Tensor<4>,
    /// [B, c₁], rows of the [`TimeTable`](crate::nn::unet::TimeTable).
    pub time: Tensor<2>,
    /// [B]
    pub y: Tensor<1, Int>,
    /// [B, 1, 28, 28]: ε, x_0 or v.
    pub target: Tensor<4>,
    /// [B, 1, 1, 1], each image's share in the loss; `None` is 1 for all.
    pub weight: Option<Tensor<4>>,
}

/// Elements of each parameter of a network of this shape. The last ones asked for are kept, because the next step wants
/// them again, and may be recorded: then it had better make nothing that the step does not need.
pub(crate) fn lengths(config: &UNetConfig) -> Rc<[usize]> {
    thread_local! {
        static LAST: RefCell<Option<(UNetConfig, Rc<[usize]>)>> = const { RefCell::new(None) };
    }
    let kept = LAST.with_borrow(|last| match last {
        Some((of, lengths)) if of == config => Some(lengths.clone()),
        _ => None,
    });
    kept.unwrap_or_else(|| {
        let lengths: Rc<[usize]> = UNet::layout(config).lengths().into();
        LAST.set(Some((*config, lengths.clone())));
        lengths
    })
}

/// The batch's loss, [1], and its gradient with respect to the flat parameters, [P]; both without
/// autodiff.
pub fn loss_and_gradient(
    config: &UNetConfig,
    params: &Tensor<1>,
    batch: Batch,
) -> (Tensor<1>, Tensor<1>) {
    let mut source = Slices::tracked(params.clone(), &lengths(config));
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
