//! One worker's part: jobs in, numbers out.

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::nn::unet::{UNet, UNetConfig};
use crate::nn::var_builder::{VarBuilder, flat_tensor};
use crate::ops::Context;

/// What a job computes.
#[derive(Clone, Copy)]
pub struct JobKind {
    /// Its name in messages to workers.
    pub name: &'static str,
    /// Carry a job out: its input fields in, its output out.
    pub run: fn(&mut LoadedNetwork, Fields) -> Vec<f32>,
}

impl std::fmt::Debug for JobKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JobKind({})", self.name)
    }
}

/// A shard of a batch, and what is to be computed of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// [`JobKind::name`].
    pub kind: String,
    /// Images of the shard.
    pub images: usize,
    /// Numbers an image of each input field.
    pub widths: Vec<usize>,
    /// Numbers of the output.
    pub output_len: usize,
    /// The input fields one after another, each for all images of the shard.
    #[serde(skip)]
    pub input: Vec<f32>,
}

impl Job {
    /// Numbers of the input.
    pub fn input_len(&self) -> usize {
        self.images * self.widths.iter().sum::<usize>()
    }

    /// The input cut into its fields.
    fn fields<'a>(&'a self, device: &'a Device) -> Fields<'a> {
        Fields {
            device,
            images: self.images,
            widths: &self.widths,
            input: &self.input,
        }
    }
}

/// The input fields of a job, taken one after another.
pub struct Fields<'a> {
    device: &'a Device,
    images: usize,
    widths: &'a [usize],
    input: &'a [f32],
}

impl Fields<'_> {
    /// Images of the shard.
    pub fn images(&self) -> usize {
        self.images
    }

    /// How many fields are left.
    pub fn left(&self) -> usize {
        self.widths.len()
    }
}

impl Iterator for Fields<'_> {
    type Item = Tensor<1>;

    /// The next field as a flat tensor on the worker's device, [images·width].
    fn next(&mut self) -> Option<Tensor<1>> {
        let (width, widths) = self.widths.split_first()?;
        let (field, input) = self.input.split_at(self.images * width);
        (self.widths, self.input) = (widths, input);
        Some(flat_tensor(field, self.device))
    }
}

/// A network that a worker holds from one job to the next.
pub struct LoadedNetwork {
    version: u32,
    ctx: Context,
    /// The network's shape.
    pub config: UNetConfig,
    /// Flat, [P].
    pub params: Tensor<1>,
    unet: Option<UNet>,
}

impl LoadedNetwork {
    /// How kernels are launched here.
    pub fn context(&self) -> &Context {
        &self.ctx
    }

    /// The network ready for inference; built when it is first asked for.
    pub fn unet(&mut self) -> &UNet {
        self.unet.get_or_insert_with(|| {
            let vb = VarBuilder::from_flat(&self.ctx, self.params.clone());
            UNet::new(&self.config, &vb)
        })
    }
}

/// Carries out jobs: the other end of a [`WorkerPool`](super::WorkerPool).
pub struct Worker {
    ctx: Context,
    kinds: &'static [JobKind],
    loaded: Option<LoadedNetwork>,
}

impl Worker {
    /// A worker that computes with `ctx` and knows these kinds of jobs.
    pub fn new(ctx: &Context, kinds: &'static [JobKind]) -> Self {
        Self {
            ctx: ctx.clone(),
            kinds,
            loaded: None,
        }
    }

    /// Carry out a job on the network of shape `config`. `params` gives its parameters in memory; it is only called when
    /// `version` is another than that of the last job.
    ///
    /// # Errors
    /// If the job is of a kind that this worker does not know.
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
        let loaded = match &mut self.loaded {
            Some(loaded) if loaded.version == version => loaded,
            other => other.insert(LoadedNetwork {
                version,
                ctx: self.ctx.clone(),
                config,
                params: flat_tensor(&params(), device),
                unet: None,
            }),
        };
        Ok((kind.run)(loaded, job.fields(device)))
    }
}

/// A tensor's numbers on the CPU, where they are read without waiting.
///
/// # Panics
/// On a device that gives numbers back only to those who wait, a browser's GPU.
pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .into_data()
        .try_into_vec()
        .expect("f32 is the only float of this program")
}
