//! The program that `bench/` measures: the page's own model, sampler and trainer, without the page around them.

use std::collections::HashMap;
use std::sync::Arc;

use burn::tensor::{Int, Tensor, TensorData};
use js_sys::Function;
use wasm_bindgen::prelude::*;
#[cfg(feature = "cpu")]
use web_sys::Worker;

use super::device;
use super::panic;
use super::protocol::DeviceInfo;
#[cfg(feature = "cpu")]
use super::shared_memory_pool;
use crate::checkpoint::{self, Metadata};
use crate::data::Dataset;
use crate::diffusion::Denoiser;
use crate::model::Model;
use crate::nn::unet::{CLASSES, PIXELS, SIZE, UNet, UNetConfig};
use crate::nn::var_builder::flat_tensor;
use crate::ops::{Capabilities, read};
use crate::rng::{Purpose, Stream};
use crate::runtime::{Runtime, WebGpuShims};
use crate::samplers::{Ddpm, GuidedModel, SampleNoise, Sampling};
use crate::training::{self, BatchBuilder, OptimizerState, TrainConfig, Trainer};
use crate::worker_pool::SharedNetwork;

/// The t of the forward passes that are measured.
const TIMESTEP: usize = 500;
const SEED: u64 = 1;
/// Images to train on: more than any batch that is measured.
const IMAGES: usize = 1024;

/// The program with weights on a device. Every method is done when its numbers have been read back.
#[wasm_bindgen]
pub struct Bench {
    /// What the device calls itself.
    device: String,
    runtime: Runtime,
    meta: Metadata,
    params: Tensor<1>,
    model: Model,
    data: Arc<Dataset>,
    /// By batch: the network with its classes, and the images that it is given again and again.
    inputs: HashMap<usize, (GuidedModel, Tensor<4>)>,
    trainers: HashMap<u32, Trainer>,
}

#[wasm_bindgen]
impl Bench {
    /// Open a device. `kind`: `webgpu` or `cpu`, whichever this program has. `half`: whether weights may be 16 bits, which
    /// the programs compared with do not have. `weights`: a weights file. `crashed` is told of panics and of a lost device.
    /// `shims` are needed for WebGPU.
    ///
    /// # Errors
    /// If the device cannot be opened, or the weights cannot be read.
    pub async fn open(
        kind: String,
        half: bool,
        weights: Vec<u8>,
        crashed: Function,
        shims: Option<WebGpuShims>,
    ) -> Result<Self, JsValue> {
        panic::install(crashed, false);
        let chosen = DeviceInfo {
            name: kind.clone(),
            kind,
            reason: String::new(),
            facts: Vec::new(),
        };
        let (opened, _) = device::open(chosen, false, shims).await?;
        let ctx = opened.runtime.context();
        let capabilities = Capabilities {
            f16: half && ctx.capabilities().f16,
            ..ctx.capabilities()
        };
        let runtime = opened
            .runtime
            .with_context(&ctx.with_capabilities(capabilities));
        let checkpoint = checkpoint::decode(&weights, UNet::layout).map_err(told)?;
        let meta = checkpoint.meta;
        let params = flat_tensor(&checkpoint.values, runtime.device());
        Ok(Self {
            model: meta.train.model(&runtime, &meta.unet, params.clone()),
            device: opened.info.name,
            runtime,
            meta,
            params,
            data: Arc::new(noise_images()),
            inputs: HashMap::new(),
            trainers: HashMap::new(),
        })
    }

    /// Another network from now on, with so many channels at 28×28 and twice as many below, and random weights.
    ///
    /// # Errors
    /// If there is no network with so many channels.
    pub fn widen(&mut self, channels: usize) -> Result<(), JsValue> {
        let groups = self.meta.unet.groups;
        let unet = UNetConfig::new([channels, 2 * channels, 2 * channels], groups);
        unet.validate()?;
        let values = UNet::layout(&unet).initial(SEED);
        self.params = flat_tensor(&values, self.runtime.device());
        self.meta.unet = unet;
        let params = self.params.clone();
        self.model = self.meta.train.model(&self.runtime, &unet, params);
        self.inputs.clear();
        self.trainers.clear();
        Ok(())
    }

    /// The number of parameters.
    pub fn parameters(&self) -> usize {
        self.params.dims()[0]
    }

    /// Whether weights are 16 bits.
    pub fn half(&self) -> bool {
        self.runtime.context().capabilities().f16
    }

    /// Have workers that run a `PoolWorker` take part.
    #[cfg(feature = "cpu")]
    pub fn add_workers(&self, workers: Vec<Worker>) {
        let pool = shared_memory_pool::of_workers(workers);
        self.runtime.pool().set(Some(pool));
    }

    /// How many threads compute.
    pub fn threads(&self) -> usize {
        self.runtime.pool().threads()
    }

    /// What the device calls itself.
    pub fn device(&self) -> String {
        self.device.clone()
    }

    /// One forward pass; the mean of its output.
    ///
    /// # Errors
    /// If the device does not give it back.
    pub async fn forward(&mut self, batch: usize) -> Result<f32, JsValue> {
        if !self.inputs.contains_key(&batch) {
            let model = GuidedModel::new(self.model.clone(), &labels(batch), 1.0)?;
            let noise = SampleNoise {
                seed: SEED,
                first: 0,
            };
            let x = noise.start(self.runtime.context(), batch);
            self.inputs.insert(batch, (model, x));
        }
        let (model, x) = &self.inputs[&batch];
        mean(model.output(x.clone(), TIMESTEP)).await
    }

    /// A draw in `steps` steps with the page's first choice of sampler; the mean of the images.
    ///
    /// # Errors
    /// If the device does not give it back.
    pub async fn chain(&self, batch: usize, steps: usize) -> Result<f32, JsValue> {
        let model = self.model.clone();
        let sampler = Ddpm::with_steps(&model.schedule, steps);
        let labels = labels(batch);
        let mut sampling = Sampling::new(model, Box::new(sampler), SEED, &labels, 0);
        while sampling.step().is_some() {}
        mean(sampling.images().clone()).await
    }

    /// One training step with the default recipe; its loss.
    ///
    /// # Errors
    /// If the recipe does not allow such a batch, if the loss is not finite, or if the device does not give it back.
    pub async fn train(&mut self, batch: u32) -> Result<f32, JsValue> {
        if !self.trainers.contains_key(&batch) {
            let recipe = TrainConfig {
                batch_size: batch,
                ..TrainConfig::default()
            };
            let state = OptimizerState::new(self.params.clone());
            let data = Arc::clone(&self.data);
            let unet = self.meta.unet;
            let trainer = Trainer::from_state(recipe, unet, data, &self.runtime, state)?;
            self.trainers.insert(batch, trainer);
        }
        let trainer = self.trainers.get_mut(&batch).expect("just put there");
        let mut finished = trainer.step().await.map_err(told)?;
        finished.extend(trainer.finish().await.map_err(told)?);
        Ok(finished.last().expect("a step was recorded").loss)
    }

    /// The network's output for given images, t and labels.
    ///
    /// # Errors
    /// If the device does not give it back.
    pub async fn output(
        &self,
        x: Vec<f32>,
        t: Vec<u32>,
        labels: Vec<u8>,
    ) -> Result<Vec<f32>, JsValue> {
        let steps = self.integers(t.iter().map(|&t| t as i32));
        let time = self.model.times.rows(steps);
        let output = self
            .model
            .forward(self.images(x), time, self.classes(&labels));
        Ok(read(output).await?)
    }

    /// The loss of given images and noise, and after it the gradient as one flat buffer.
    ///
    /// # Errors
    /// If the device does not give them back.
    pub async fn gradient(
        &self,
        x0: Vec<f32>,
        eps: Vec<f32>,
        t: Vec<u32>,
        labels: Vec<u8>,
    ) -> Result<Vec<f32>, JsValue> {
        let steps: Vec<usize> = t.iter().map(|&t| t as usize).collect();
        let Metadata { unet, train, .. } = &self.meta;
        let ctx = self.runtime.context();
        let batch = BatchBuilder::new(ctx, unet, train).batch(
            self.images(x0),
            self.images(eps),
            &steps,
            self.classes(&labels),
        );
        let network = SharedNetwork::new(*unet, self.params.clone());
        let lengths = UNet::layout(unet).lengths();
        let pool = self.runtime.pool();
        let shared = training::sharded_loss_and_gradient(ctx, pool, &network, &lengths, &batch);
        let (loss, gradient) = shared.unwrap_or_else(|| {
            training::loss_and_gradient(ctx, unet, &lengths, &self.params, batch)
        });
        let loss = loss.narrow(0, 0, 1);
        Ok(read(Tensor::cat(vec![loss, gradient], 0)).await?)
    }
}

impl Bench {
    fn images(&self, values: Vec<f32>) -> Tensor<4> {
        let shape = [values.len() / PIXELS, 1, SIZE, SIZE];
        Tensor::from_data(TensorData::new(values, shape), self.runtime.device())
    }

    fn classes(&self, labels: &[u8]) -> Tensor<1, Int> {
        self.integers(labels.iter().map(|&label| i32::from(label)))
    }

    fn integers(&self, values: impl Iterator<Item = i32>) -> Tensor<1, Int> {
        let values: Vec<i32> = values.collect();
        let shape = [values.len()];
        Tensor::from_data(TensorData::new(values, shape), self.runtime.device())
    }
}

/// The ten digits in turn.
fn labels(batch: usize) -> Vec<u8> {
    (0..CLASSES as u8).cycle().take(batch).collect()
}

/// Uniform noise in place of images: the time that a step takes does not depend on what is in them.
fn noise_images() -> Dataset {
    let mut stream = Stream::new(SEED, Purpose::Evaluation, 0);
    let pixels = IMAGES * PIXELS / 4;
    Dataset::of_digits(
        (0..pixels)
            .flat_map(|_| stream.word().to_le_bytes())
            .collect(),
        labels(IMAGES),
        "noise",
    )
}

async fn mean(tensor: Tensor<4>) -> Result<f32, JsValue> {
    Ok(read(tensor.mean()).await?[0])
}

fn told(error: impl std::fmt::Display) -> JsValue {
    JsValue::from(error.to_string())
}
