//! The loss of a batch and its gradient: on this thread ([`loss_and_gradient`]), and divided among workers
//! ([`sharded_loss_and_gradient`]), whose job is [`GRADIENT`].

use std::ops::Range;

use burn::tensor::Tensor;

use super::TrainBatch;
use super::batch::BatchShape;
use crate::diffusion::{simple_loss, simple_losses, split_variance, vlb_terms, weighted_loss};
use crate::nn::unet::{UNet, UNetConfig};
use crate::nn::var_builder::{VarBuilder, flat_tensor};
use crate::ops::Context;
use crate::worker_pool::{
    Field, Fields, JobKind, LoadedNetwork, PoolHandle, Shard, SharedNetwork, numbers,
};

/// The batch's loss and its gradient with respect to the flat parameters. Both results are outside the autodiff graph. The
/// loss is L_simple (Ho et al. 2020, eq. 14), weighted if the batch has weights, with L_vlb added if it has numbers for that,
/// or L_vlb alone ([`LossKind`](super::LossKind)). It is followed by the loss of each image, whose mean it is: a page shows them by
/// their t, and t may be drawn by them.
///
/// * `lengths`: the number of values of each parameter, [`Layout::lengths`](crate::nn::var_builder::Layout::lengths) of the
///   network's layout; computed by the caller once, so that a captured step does not repeat it
///
/// # Shapes
/// `params`: `[P]` → the loss and the losses of the images, [1 + B]; gradient `[P]`
pub fn loss_and_gradient(
    ctx: &Context,
    config: &UNetConfig,
    lengths: &[usize],
    params: &Tensor<1>,
    batch: TrainBatch,
) -> (Tensor<1>, Tensor<1>) {
    let vb = VarBuilder::from_flat_tracked(ctx, params, lengths);
    let unet = UNet::new(config, &vb);
    let leaves = vb.into_leaves();
    let output = unet.forward(
        batch.x_t.clone().autodiff(),
        batch.time.autodiff(),
        batch.y.autodiff(),
    );
    let (output, variance) = split_variance(output);
    let target = batch.target.clone().autodiff();
    let (loss, of_images) = if let Some(coefficients) = batch.vlb {
        let (x_t, coefficients) = (batch.x_t.autodiff(), coefficients.autodiff());
        let terms = vlb_terms(output, variance, target, x_t, coefficients);
        (terms.clone().mean(), terms.inner())
    } else {
        // Beside the loss and no part of it, whose sum is thus made in the order that it has always had.
        let of_images = simple_losses(output.clone().inner(), batch.target, batch.weight.clone());
        let simple = match batch.weight {
            Some(weight) => weighted_loss(output.clone(), target.clone(), weight.autodiff()),
            None => simple_loss(output.clone(), target.clone()),
        };
        match batch.hybrid {
            // The bound's gradient reaches the variance only.
            Some(coefficients) => {
                let (x_t, coefficients) = (batch.x_t.autodiff(), coefficients.autodiff());
                let terms = vlb_terms(output.detach(), variance, target, x_t, coefficients);
                (simple + terms.clone().mean(), of_images + terms.inner())
            }
            None => (simple, of_images),
        }
    };
    let gradient = leaves.flat_gradient(&loss);
    (Tensor::cat(vec![loss.inner(), of_images], 0), gradient)
}

/// The loss of each image of a batch by the network's output for it, as a training step has it.
///
/// # Shapes
/// `output`: [B, 1 or 2, 28, 28] → `[B]`
pub fn image_losses(output: Tensor<4>, batch: &TrainBatch) -> Tensor<1> {
    let (output, variance) = split_variance(output);
    let (x_t, target) = (batch.x_t.clone(), batch.target.clone());
    let terms = |coefficients: &Tensor<2>| {
        let (x_t, target) = (x_t.clone(), target.clone());
        vlb_terms(
            output.clone(),
            variance.clone(),
            target,
            x_t,
            coefficients.clone(),
        )
    };
    if let Some(coefficients) = &batch.vlb {
        return terms(coefficients);
    }
    let simple = simple_losses(output.clone(), target.clone(), batch.weight.clone());
    match &batch.hybrid {
        Some(coefficients) => simple + terms(coefficients),
        None => simple,
    }
}

/// [`loss_and_gradient`] with the batch divided among workers; `None` if there is no worker pool.
///
/// # Shapes
/// the loss and the losses of the images, [1 + B]; gradient `[P]`
pub fn sharded_loss_and_gradient(
    ctx: &Context,
    pool: &PoolHandle,
    network: &SharedNetwork,
    lengths: &[usize],
    batch: &TrainBatch,
) -> Option<(Tensor<1>, Tensor<1>)> {
    let images = batch.images();
    let fields = || {
        let mut packed = batch.clone().pack().into_iter();
        let mut field = |width| Field {
            // A field of width 0 is one that the batch does not have, and is not among those packed.
            values: match width {
                0 => Vec::new(),
                _ => numbers(packed.next().expect("each field of the shape")),
            },
            width,
        };
        let widths = batch.shape(&network.config).widths();
        widths.into_iter().map(&mut field).collect()
    };
    let parameters = network.params.dims()[0];
    let own = |shard: Range<usize>| {
        let batch = batch.shard(shard);
        loss_and_gradient(ctx, &network.config, lengths, &network.params, batch)
    };
    let output_len = move |images: usize| 1 + images + parameters;
    let (first, (own_losses, gradient), others) =
        pool.run_shards(network, &GRADIENT, images, fields, output_len, own)?;
    // Each loss is a mean over its shard's images. The batch's loss is their mean, weighted by the sizes of the shards; so
    // is its gradient.
    let part = |shard: &Range<usize>| shard.len() as f64 / images as f64;
    let mut loss = own_losses.clone().narrow(0, 0, 1) * part(&first);
    let mut gradient = gradient * part(&first);
    let mut of_images = vec![own_losses.narrow(0, 1, first.len())];
    for shard in others {
        let Shard { images, output } = shard;
        let tensor = |values: &[f32]| flat_tensor(values, ctx.device());
        let (its_losses, its_gradient) = output.split_at(1 + images.len());
        loss = loss + tensor(&its_losses[..1]) * part(&images);
        gradient = gradient + tensor(its_gradient) * part(&images);
        of_images.push(tensor(&its_losses[1..]));
    }
    let losses = std::iter::once(loss).chain(of_images).collect();
    Some((Tensor::cat(losses, 0), gradient))
}

/// The loss and its gradient as a worker's job.
///
/// # Shapes
/// inputs: the fields of a [`TrainBatch`] with the widths of its [`BatchShape`] → what
/// [`loss_and_gradient`] returns, one after the other
pub const GRADIENT: JobKind = JobKind {
    name: "gradient",
    run: gradient_job,
};

fn gradient_job(network: &mut LoadedNetwork, fields: Fields) -> Vec<f32> {
    let shape = BatchShape::of_widths(fields.images(), &network.config, fields.widths());
    let batch = TrainBatch::unpack(&shape, fields);
    let lengths = network.lengths();
    let (loss, gradient) = loss_and_gradient(
        network.context(),
        &network.config,
        &lengths,
        &network.params,
        batch,
    );
    numbers(Tensor::cat(vec![loss, gradient], 0))
}
