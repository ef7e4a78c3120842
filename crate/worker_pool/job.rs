//! Jobs, and the worker that carries them out.

use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::KEPT_NETWORKS;
use crate::nn::unet::{UNet, UNetConfig};
use crate::nn::var_builder::{VarBuilder, flat_tensor};
use crate::ops::Context;

/// A computation that workers can carry out.
#[derive(Clone, Copy)]
pub struct JobKind {
    /// The name in messages to workers.
    pub name: &'static str,
    /// Computes a job's output from its input fields.
    pub run: fn(&mut LoadedNetwork, Fields) -> Vec<f32>,
}

impl std::fmt::Debug for JobKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JobKind({})", self.name)
    }
}

/// A shard of a batch and the kind of computation to be done with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The [`JobKind::name`].
    pub kind: String,
    /// The number of images of the shard.
    pub images: usize,
    /// The number of values for each image of each input field; 0 for an optional field that is not there.
    pub widths: Vec<usize>,
    /// The number of values of the output.
    pub output_len: usize,
    /// The input fields one after another, each for all images of the shard.
    #[serde(skip)]
    pub input: Vec<f32>,
}

impl Job {
    /// The number of values of the input.
    pub fn input_len(&self) -> usize {
        self.images * self.widths.iter().sum::<usize>()
    }

    /// The input fields as tensors on `device`.
    fn fields<'a>(&'a self, device: &'a Device) -> Fields<'a> {
        Fields {
            device,
            images: self.images,
            widths: &self.widths,
            input: &self.input,
        }
    }
}

/// An iterator over the input fields of a job that are there, in the order in which the sender wrote them.
pub struct Fields<'a> {
    device: &'a Device,
    images: usize,
    widths: &'a [usize],
    input: &'a [f32],
}

impl Fields<'_> {
    /// The number of images of the shard.
    pub fn images(&self) -> usize {
        self.images
    }

    /// The number of values for each image of each field that has not been taken; 0 for an optional field that is not there.
    pub fn widths(&self) -> &[usize] {
        self.widths
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = FieldValues<'a>;

    /// The next field that is there, [images · width].
    fn next(&mut self) -> Option<FieldValues<'a>> {
        let at = self.widths.iter().position(|&width| width > 0)?;
        let (field, input) = self.input.split_at(self.images * self.widths[at]);
        (self.widths, self.input) = (&self.widths[at + 1..], input);
        Some(FieldValues {
            values: field,
            device: self.device,
        })
    }
}

/// The values of one field, which become a tensor on the worker's device.
pub struct FieldValues<'a> {
    values: &'a [f32],
    device: &'a Device,
}

impl FieldValues<'_> {
    /// The values as a flat tensor of floats.
    pub fn floats(self) -> Tensor<1> {
        flat_tensor(self.values, self.device)
    }

    /// The values, which are whole, as a flat tensor of integers.
    pub fn integers(self) -> Tensor<1, Int> {
        let values: Vec<i32> = self.values.iter().map(|&value| value as i32).collect();
        let shape = [values.len()];
        Tensor::from_data(TensorData::new(values, shape), self.device)
    }
}

/// A network that a worker keeps from one job to the next.
pub struct LoadedNetwork {
    /// The version of the parameters, by which the sender tells the worker that they have changed.
    version: u32,
    ctx: Context,
    /// The network's shape.
    pub config: UNetConfig,
    /// The flat parameters, `[P]`.
    pub params: Tensor<1>,
    /// The network ready for inference, once a job has needed it.
    unet: Option<UNet>,
    /// The number of values of each parameter, once a job has needed them.
    lengths: Option<Arc<[usize]>>,
}

impl LoadedNetwork {
    /// The device that the worker computes on, and how kernels are launched there.
    pub fn context(&self) -> &Context {
        &self.ctx
    }

    /// The network ready for inference; it is built at the first call.
    pub fn unet(&mut self) -> &UNet {
        self.unet.get_or_insert_with(|| {
            let vb = VarBuilder::from_flat(&self.ctx, self.params.clone());
            UNet::new(&self.config, &vb)
        })
    }

    /// The number of values of each parameter, in the order of the flat vector. They depend on the network's shape alone, so
    /// the worker computes them once for a training run and not at each step, which brings new parameters.
    pub fn lengths(&mut self) -> Arc<[usize]> {
        let lengths = || UNet::layout(&self.config).lengths().into();
        self.lengths.get_or_insert_with(lengths).clone()
    }
}

/// Carries out the jobs that a [`WorkerPool`](super::WorkerPool) on another thread sends.
pub struct Worker {
    ctx: Context,
    /// The computations that the worker knows.
    kinds: &'static [JobKind],
    /// The networks of the last jobs, at most [`KEPT_NETWORKS`]; that of the last one is the last.
    loaded: Vec<LoadedNetwork>,
}

impl Worker {
    /// A worker that computes with `ctx` and knows the given kinds of jobs.
    pub fn new(ctx: &Context, kinds: &'static [JobKind]) -> Self {
        Self {
            ctx: ctx.clone(),
            kinds,
            loaded: Vec::new(),
        }
    }

    /// Carries out a job on the network of shape `config` and returns its output. `params` reads the network's parameters;
    /// it is called only if `version` is none of those of the last [`KEPT_NETWORKS`] networks.
    ///
    /// # Errors
    /// If the worker does not know the job's kind.
    pub fn run(
        &mut self,
        (config, version): (UNetConfig, u32),
        params: impl FnOnce() -> Vec<f32>,
        job: &Job,
    ) -> Result<Vec<f32>, String> {
        let kind = self
            .kinds
            .iter()
            .find(|kind| kind.name == job.kind)
            .ok_or_else(|| format!("this worker knows no job {}", job.kind))?;
        let device = self.ctx.device();
        let held = self.loaded.iter().position(|it| it.version == version);
        let mut loaded = match held {
            Some(at) => self.loaded.remove(at),
            None => {
                let same_shape = self.loaded.iter().find(|it| it.config == config);
                let lengths = same_shape.and_then(|it| it.lengths.clone());
                if self.loaded.len() == KEPT_NETWORKS {
                    self.loaded.remove(0);
                }
                LoadedNetwork {
                    version,
                    ctx: self.ctx.clone(),
                    config,
                    params: flat_tensor(&params(), device),
                    unet: None,
                    lengths,
                }
            }
        };
        let output = (kind.run)(&mut loaded, job.fields(device));
        self.loaded.push(loaded);
        Ok(output)
    }
}

/// A tensor's numbers, read without waiting. That is possible on the CPU.
///
/// # Panics
/// On a browser's GPU, whose tensors can only be read asynchronously ([`crate::ops::read`]).
pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .into_data()
        .try_into_vec()
        .expect("f32 is the only float of this program")
}
