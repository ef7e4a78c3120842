//! One thread's part: orders in, answers out.

use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{Batch, loss_and_gradient};
use crate::nn::var_builder::{Slices, flat_tensor};
use crate::nn::unet::{PIXELS, SIZE, UNet, UNetConfig};

/// What is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// Asked: x_t, the embedding. Answered: ε̂.
    Forward,
    /// Asked: x_t, target, row of the time table, class, weight in the loss. Answered: the loss and the gradient of the
    /// flat parameters.
    Gradient,
}

impl Work {
    /// Floats an image that are asked, field by field.
    pub fn widths(self, unet: &UNetConfig) -> Vec<usize> {
        match self {
            Work::Forward => vec![PIXELS, unet.embedding()],
            Work::Gradient => vec![PIXELS, PIXELS, unet.channels[0], 1, 1],
        }
    }

    /// Floats that are answered.
    pub fn answer(self, batch: usize, parameters: usize) -> usize {
        match self {
            Work::Forward => batch * PIXELS,
            Work::Gradient => 1 + parameters,
        }
    }
}

/// A share of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub work: Work,
    /// Images.
    pub batch: usize,
    /// The fields of [`Work::widths`] one after the other, each for all images.
    #[serde(skip)]
    pub asked: Vec<f32>,
}

/// A network with its parameters.
struct Held {
    version: u32,
    unet: UNetConfig,
    params: Tensor<1>,
    /// Ready to be asked for its output, once it was.
    network: Option<UNet>,
}

/// One who computes shares.
pub struct Hand {
    device: Device,
    held: Option<Held>,
}

impl Hand {
    pub fn new(device: Device) -> Self {
        Self { device, held: None }
    }

    /// Carry out an order on a network. `params` is only called if its version is not the one of the last order.
    pub fn answer(
        &mut self,
        (unet, version): (UNetConfig, u32),
        params: impl FnOnce() -> Vec<f32>,
        order: &Order,
    ) -> Vec<f32> {
        let device = &self.device;
        let held = match &mut self.held {
            Some(held) if held.version == version => held,
            other => other.insert(Held {
                version,
                unet,
                params: flat_tensor(&params(), device),
                network: None,
            }),
        };
        let batch = order.batch;
        let mut rest = &order.asked[..];
        let mut fields = order.work.widths(&unet).into_iter().map(|width| {
            let (field, others) = rest.split_at(batch * width);
            rest = others;
            field
        });
        let mut next = || fields.next().expect("as many fields as widths");
        let image = [batch, 1, SIZE, SIZE];
        match order.work {
            Work::Forward => {
                let x_t = tensor(next(), image, device);
                let emb = tensor(next(), [batch, unet.embedding()], device);
                let network = held.network.get_or_insert_with(|| {
                    UNet::new(&held.unet, &mut Slices::new(held.params.clone()))
                });
                numbers(network.forward_embedded(x_t, emb))
            }
            Work::Gradient => {
                let batch = Batch {
                    x_t: tensor(next(), image, device),
                    target: tensor(next(), image, device),
                    time: tensor(next(), [batch, unet.channels[0]], device),
                    y: integers(next(), device),
                    weight: Some(tensor(next(), [batch, 1, 1, 1], device)),
                };
                let (loss, gradient) = loss_and_gradient(&held.unet, &held.params, batch);
                numbers(Tensor::cat(vec![loss, gradient], 0))
            }
        }
    }
}

/// On the CPU, where numbers are given back without waiting.
pub(super) fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .into_data()
        .try_into_vec()
        .expect("f32 is the only float of this program")
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

fn integers(values: &[f32], device: &Device) -> Tensor<1, Int> {
    let whole: Vec<i32> = values.iter().map(|&value| value as i32).collect();
    Tensor::from_data(TensorData::new(whole, [values.len()]), device)
}
