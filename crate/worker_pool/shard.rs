//! Cutting a batch up, and putting the answers together.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};

use super::job::numbers;
use super::{Batch, CREW, Network, Order, Work, loss_and_gradient as alone, threads};
use crate::nn::var_builder::flat_tensor;
use crate::nn::unet::{SIZE, UNet};

/// A batch's images for so many threads, as evenly as can be, the larger shares first; nobody's is empty.
fn cut(batch: usize, threads: usize) -> Vec<Range<usize>> {
    let threads = threads.min(batch);
    let first = |thread: usize| thread * (batch / threads) + thread.min(batch % threads);
    (0..threads)
        .map(|thread| first(thread)..first(thread + 1))
        .collect()
}

/// Have the crew answer all shares but the first, which is `own`'s. Nothing if there is no crew, or no longer.
fn with_crew<T>(
    network: &Network,
    work: Work,
    shares: &[Range<usize>],
    fields: &[Vec<f32>],
    own: impl FnOnce(Range<usize>) -> T,
) -> Option<(T, Vec<Vec<f32>>)> {
    let (first, others) = shares.split_first()?;
    let widths = work.widths(&network.unet);
    let orders: Vec<Order> = others
        .iter()
        .map(|share| Order {
            work,
            batch: share.len(),
            asked: fields
                .iter()
                .zip(&widths)
                .flat_map(|(field, width)| &field[share.start * width..share.end * width])
                .copied()
                .collect(),
        })
        .collect();
    // Not borrowed while this thread computes its own share.
    let mut crew = CREW.take()?;
    crew.begin(network, &orders);
    let own = own(first.clone());
    let answers = crew.finish()?;
    CREW.set(Some(crew));
    Some((own, answers))
}

/// Images of a batch.
fn some<const D: usize>(of: &Tensor<D>, share: Range<usize>) -> Tensor<D> {
    of.clone().narrow(0, share.start, share.len())
}

/// The shares of a batch, where it is worth sharing.
fn shares(batch: usize) -> Option<Vec<Range<usize>>> {
    let shares = cut(batch, threads());
    (shares.len() > 1).then_some(shares)
}

pub fn forward(
    network: &Network,
    unet: &UNet,
    x_t: &Tensor<4>,
    emb: &Tensor<2>,
) -> Option<Tensor<4>> {
    let shares = shares(x_t.dims()[0])?;
    let fields = [numbers(x_t.clone()), numbers(emb.clone())];
    let (own, answers) = with_crew(network, Work::Forward, &shares, &fields, |share| {
        unet.forward_embedded(some(x_t, share.clone()), some(emb, share))
    })?;
    let device = x_t.device();
    let others = shares[1..].iter().zip(answers).map(|(share, answer)| {
        Tensor::from_data(
            TensorData::new(answer, [share.len(), 1, SIZE, SIZE]),
            &device,
        )
    });
    Some(Tensor::cat(std::iter::once(own).chain(others).collect(), 0))
}

pub fn loss_and_gradient(network: &Network, batch: &Batch) -> Option<(Tensor<1>, Tensor<1>)> {
    let images = batch.x_t.dims()[0];
    let shares = shares(images)?;
    let weight = match &batch.weight {
        Some(weight) => numbers(weight.clone()),
        None => vec![1.0; images],
    };
    let fields = [
        numbers(batch.x_t.clone()),
        numbers(batch.target.clone()),
        numbers(batch.time.clone()),
        numbers(batch.y.clone().float()),
        weight,
    ];
    let (own, answers) = with_crew(network, Work::Gradient, &shares, &fields, |share| {
        let some = Batch {
            x_t: some(&batch.x_t, share.clone()),
            time: some(&batch.time, share.clone()),
            y: batch.y.clone().narrow(0, share.start, share.len()),
            target: some(&batch.target, share.clone()),
            weight: batch.weight.as_ref().map(|weight| some(weight, share)),
        };
        alone(&network.unet, &network.params, some)
    })?;
    // Means over a share, of which the batch's is the mean by their sizes.
    let part = |share: &Range<usize>| share.len() as f64 / images as f64;
    let device = network.params.device();
    let (loss, gradient) = own;
    let own = (loss * part(&shares[0]), gradient * part(&shares[0]));
    let others = shares[1..].iter().zip(answers);
    Some(others.fold(own, |(loss, gradient), (share, answer)| {
        let their = |values: &[f32]| flat_tensor(values, &device) * part(share);
        (loss + their(&answer[..1]), gradient + their(&answer[1..]))
    }))
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn shares_are_even_and_leave_nothing_out() {
        assert_eq!(cut(8, 3), [0..3, 3..6, 6..8]);
        assert_eq!(cut(2, 4), [0..1, 1..2]);
        assert_eq!(cut(5, 1).len(), 1);
        assert_eq!(cut(16, 4), [0..4, 4..8, 8..12, 12..16]);
    }
}
