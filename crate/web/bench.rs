//! What `bench/` measures: the page's own model, sampler and trainer, without the page around them.

use std::collections::HashMap;
use std::sync::Arc;

use burn::tensor::{Int, Tensor, TensorData};
use js_sys::Function;
use wasm_bindgen::prelude::*;
#[cfg(feature = "cpu")]
use web_sys::Worker;

use super::device::{self, OpenDevice};
use super::panic;
use super::protocol::DeviceInfo;
#[cfg(feature = "cpu")]
use super::shared_memory_pool;
use crate::checkpoint::{self, Metadata};
use crate::data::Dataset;
use crate::diffusion::Denoiser;
use crate::nn::unet::{CLASSES, PIXELS, SIZE, UNet, UNetConfig};
use crate::nn::var_builder::flat_tensor;
#[cfg(feature = "gpu")]
use crate::ops::Capabilities;
use crate::rng::{Purpose, Stream};
use crate::runtime::{WebGpuShims, read};
use crate::samplers::{Ddpm, GuidedModel, Model, Noise, Sampling};
use crate::training::{BatchBuilder, OptimizerState, TrainConfig, Trainer};
use crate::worker_pool::{self, Network};

/// Where the noise schedule stands when one forward pass is measured.
const TIMESTEP: usize = 500;
const SEED: u64 = 1;
/// Images to train on: more than any batch that is measured.
const IMAGES: usize = 1024;

/// The program with weights on a device. Every method is done when its numbers have been read back.
#[wasm_bindgen]
pub struct Bench {
    opened: OpenDevice,
    meta: Metadata,
    params: Tensor<1>,
    model: Model,
    data: Arc<Dataset>,
    /// By batch: what the network is asked again and again.
    questions: HashMap<usize, (GuidedModel, Tensor<4>)>,
    trainers: HashMap<u32, Trainer>,
}

#[wasm_bindgen]
impl Bench {
    /// `kind`: `webgpu` or `cpu`, whichever this program has. `half`: whether weights may be 16 bits, which others do not
    /// have. `weights`: a weights file. `crashed` is told of panics and of a lost device. `shims` are needed for WebGPU.
    #[cfg_attr(not(feature = "gpu"), expect(unused_variables))]
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
        #[cfg(feature = "gpu")]
        {
            let capabilities = Capabilities::announced();
            Capabilities::assume(Some(Capabilities {
                f16: half && capabilities.f16,
                ..capabilities
            }));
        }
        let checkpoint = checkpoint::decode(&weights, UNet::layout).map_err(told)?;
        let meta = checkpoint.meta;
        let params = flat_tensor(&checkpoint.values, &opened.device);
        Ok(Self {
            model: meta.train.model(&meta.unet, params.clone()),
            opened,
            meta,
            params,
            data: Arc::new(noise_images()),
            questions: HashMap::new(),
            trainers: HashMap::new(),
        })
    }

    /// Another network from now on, with so many channels at 28×28 and twice as many below, and random weights.
    pub fn widen(&mut self, channels: usize) -> Result<(), JsValue> {
        let groups = self.meta.unet.groups;
        let unet = UNetConfig::new([channels, 2 * channels, 2 * channels], groups);
        unet.validate()?;
        let values = UNet::layout(&unet).initial(SEED);
        self.params = flat_tensor(&values, &self.opened.device);
        self.meta.unet = unet;
        self.model = self.meta.train.model(&unet, self.params.clone());
        self.questions.clear();
        self.trainers.clear();
        Ok(())
    }

    /// The number of parameters.
    pub fn parameters(&self) -> usize {
        self.params.dims()[0]
    }

    /// Whether weights are 16 bits.
    pub fn half(&self) -> bool {
        #[cfg(feature = "gpu")]
        return Capabilities::current().f16;
        #[cfg(not(feature = "gpu"))]
        false
    }

    /// Have workers that run a `PoolWorker` take part.
    #[cfg(feature = "cpu")]
    pub fn add_workers(&self, workers: Vec<Worker>) {
        shared_memory_pool::add_workers(workers);
    }

    /// How many threads compute.
    pub fn threads(&self) -> usize {
        worker_pool::threads()
    }

    /// What the device calls itself.
    pub fn device(&self) -> String {
        self.opened.info.name.clone()
    }

    /// One forward pass; the mean of its output.
    pub async fn forward(&mut self, batch: usize) -> Result<f32, JsValue> {
        if !self.questions.contains_key(&batch) {
            let model = GuidedModel::new(self.model.clone(), &labels(batch), 1.0)?;
            let noise = Noise {
                seed: SEED,
                first: 0,
            };
            let x = noise.start(batch, &self.opened.device);
            self.questions.insert(batch, (model, x));
        }
        let (model, x) = &self.questions[&batch];
        mean(model.output(x.clone(), TIMESTEP)).await
    }

    /// A draw in `steps` steps with the page's first choice of sampler; the mean of the images.
    pub async fn chain(&self, batch: usize, steps: usize) -> Result<f32, JsValue> {
        let model = self.model.clone();
        let sampler = Ddpm::with_steps(&model.schedule, steps);
        let device = &self.opened.device;
        let labels = labels(batch);
        let mut sampling = Sampling::new(model, Box::new(sampler), SEED, &labels, 0, device);
        while sampling.step().is_some() {}
        mean(sampling.images().clone()).await
    }

    /// One training step with the default recipe; its loss.
    pub async fn train(&mut self, batch: u32) -> Result<f32, JsValue> {
        if !self.trainers.contains_key(&batch) {
            let recipe = TrainConfig {
                batch_size: batch,
                ..TrainConfig::default()
            };
            let state = OptimizerState::new(self.params.clone());
            let device = &self.opened.device;
            let data = Arc::clone(&self.data);
            let trainer = Trainer::resume(recipe, self.meta.unet, data, device, state)?;
            self.trainers.insert(batch, trainer);
        }
        let trainer = self.trainers.get_mut(&batch).expect("just put there");
        let mut finished = trainer.step().await.map_err(told)?;
        finished.extend(trainer.finish().await.map_err(told)?);
        Ok(finished.last().expect("a step was recorded").loss)
    }

    /// The network's output for given images, t and labels.
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
            .answer(self.images(x), time, self.classes(&labels));
        Ok(read(output).await?)
    }

    /// The loss of given images and noise, and after it the gradient as one flat buffer.
    pub async fn gradient(
        &self,
        x0: Vec<f32>,
        eps: Vec<f32>,
        t: Vec<u32>,
        labels: Vec<u8>,
    ) -> Result<Vec<f32>, JsValue> {
        let steps: Vec<usize> = t.iter().map(|&t| t as usize).collect();
        let Metadata { unet, train, .. } = &self.meta;
        let batch = BatchBuilder::new(unet, train, &self.opened.device).batch(
            self.images(x0),
            self.images(eps),
            &steps,
            self.classes(&labels),
        );
        let network = Network::new(*unet, self.params.clone());
        let (loss, gradient) = network.loss_and_gradient(batch);
        Ok(read(Tensor::cat(vec![loss, gradient], 0)).await?)
    }
}

impl Bench {
    fn images(&self, values: Vec<f32>) -> Tensor<4> {
        let shape = [values.len() / PIXELS, 1, SIZE, SIZE];
        Tensor::from_data(TensorData::new(values, shape), &self.opened.device)
    }

    fn classes(&self, labels: &[u8]) -> Tensor<1, Int> {
        self.integers(labels.iter().map(|&label| i32::from(label)))
    }

    fn integers(&self, values: impl Iterator<Item = i32>) -> Tensor<1, Int> {
        let values: Vec<i32> = values.collect();
        let shape = [values.len()];
        Tensor::from_data(TensorData::new(values, shape), &self.opened.device)
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
    Dataset {
        images: (0..pixels)
            .flat_map(|_| stream.word().to_le_bytes())
            .collect(),
        labels: labels(IMAGES),
        name: "noise".into(),
    }
}

async fn mean(tensor: Tensor<4>) -> Result<f32, JsValue> {
    Ok(read(tensor.mean()).await?[0])
}

fn told(error: impl std::fmt::Display) -> JsValue {
    JsValue::from(error.to_string())
}
