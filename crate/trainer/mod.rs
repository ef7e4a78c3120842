//! Training: the step, its state, and what it reports. Knows no browser and no file.

mod config;
mod objective;
mod optimizer;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use burn::tensor::{Device, Tensor, TensorData};

pub use config::{MAX_SHIFT, TrainConfig};
pub use objective::Objective;
pub use optimizer::{OptimizerState, learning_rate};

use crate::crew::{Batch, Network};
use crate::data::{Batches, Dataset, random_offset, shifted};
use crate::kernels::Gaussians;
use crate::noise::{Purpose, Stream};
use crate::params::flat_tensor;
use crate::sampler::from_bytes;
use crate::unet::{NO_CLASS, PIXELS, SIZE, UNet, UNetConfig};

/// Steps that may be under way on the device before their losses are waited for. Two keep a GPU
/// busy while the next step is being recorded; more would make Pause sluggish.
const MAX_IN_FLIGHT: usize = 2;

/// What is known of a finished step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepMetrics {
    /// Number of the step, from 1.
    pub step: u64,
    /// The loss over the batch, before the update: L_simple, weighted where the recipe says so.
    pub loss: f32,
    /// L2 norm of the gradient before clipping.
    pub grad_norm: f32,
}

/// Why training cannot go on.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TrainError {
    /// The state has been put back to what it was before `step`.
    #[error(
        "The loss became {loss} at step {step} (gradient norm {grad_norm}). Training has been \
         paused and the weights of step {good} were kept. A smaller learning rate or a longer \
         warm-up usually helps."
    )]
    NotFinite {
        step: u64,
        loss: f32,
        grad_norm: f32,
        /// The last good step.
        good: u64,
    },
    #[error("The device did not give the loss back: {0}")]
    Device(String),
}

type Read = Pin<Box<dyn Future<Output = Result<TensorData, String>>>>;

/// A step whose loss is not known yet.
struct InFlight {
    step: u64,
    /// [loss, gradient norm]
    metrics: Read,
    /// The state before the step, to go back to if it turns out not to be finite.
    before: OptimizerState,
}

/// One training run.
pub struct Trainer {
    config: TrainConfig,
    unet: UNetConfig,
    data: Arc<Dataset>,
    batches: Batches,
    objective: Objective,
    device: Device,
    state: OptimizerState,
    in_flight: VecDeque<InFlight>,
}

impl Trainer {
    /// A run from fresh weights.
    ///
    /// # Errors
    /// The first number of `config` that is out of range, as [`TrainConfig::validate`] says it.
    pub fn new(
        config: TrainConfig,
        unet: UNetConfig,
        data: Arc<Dataset>,
        device: &Device,
    ) -> Result<Self, String> {
        let initial = UNet::layout(&unet).initial(u64::from(config.seed));
        let state = OptimizerState::new(flat_tensor(&initial, device));
        Self::resume(config, unet, data, device, state)
    }

    /// A run that goes on from `state`; its batches and noise are those that an uninterrupted run
    /// would have had.
    ///
    /// # Errors
    /// As [`Trainer::new`].
    pub fn resume(
        config: TrainConfig,
        unet: UNetConfig,
        data: Arc<Dataset>,
        device: &Device,
        state: OptimizerState,
    ) -> Result<Self, String> {
        config.validate(data.len())?;
        Ok(Self {
            batches: Batches::new(
                data.len(),
                config.batch_size as usize,
                u64::from(config.seed),
            ),
            objective: Objective::new(&unet, &config, device),
            device: device.clone(),
            in_flight: VecDeque::new(),
            config,
            unet,
            data,
            state,
        })
    }

    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    pub fn unet(&self) -> &UNetConfig {
        &self.unet
    }

    /// The state after the last step recorded, whether or not its loss is known yet.
    pub fn state(&self) -> &OptimizerState {
        &self.state
    }

    /// Images in the training data.
    pub fn images(&self) -> usize {
        self.data.len()
    }

    /// Passes over the data done, with fraction.
    pub fn epoch(&self) -> f64 {
        self.batches.epoch(self.state.step)
    }

    /// Record one step and report those that have finished meanwhile (none, one or several).
    ///
    /// # Errors
    /// [`TrainError::NotFinite`] when a finished step's loss or gradient was not finite. The run
    /// may be continued afterwards (with another configuration it may fare better).
    pub async fn step(&mut self) -> Result<Vec<StepMetrics>, TrainError> {
        let before = self.state.clone();
        let batch = self.batch();
        let network = Network::new(self.unet, self.state.params.clone());
        let (loss, gradient) = network.loss_and_gradient(batch);
        let norm = self.state.update(gradient, &self.config);
        let metrics = Tensor::cat(vec![loss, norm], 0);
        self.in_flight.push_back(InFlight {
            step: self.state.step,
            metrics: Box::pin(async move {
                metrics
                    .into_data_async()
                    .await
                    .map_err(|error| format!("{error:?}"))
            }),
            before,
        });
        self.collect(MAX_IN_FLIGHT).await
    }

    /// Wait until every recorded step has finished, and report them.
    ///
    /// # Errors
    /// As [`Trainer::step`].
    pub async fn finish(&mut self) -> Result<Vec<StepMetrics>, TrainError> {
        self.collect(0).await
    }

    /// Take the losses that have arrived; wait only while more than `allowed` are missing.
    async fn collect(&mut self, allowed: usize) -> Result<Vec<StepMetrics>, TrainError> {
        // Reads start when first polled: start the newest at once, so that its copy stands in the
        // device's queue right behind its own step.
        if let Some(newest) = self.in_flight.back_mut()
            && let Poll::Ready(read) = poll_once(&mut newest.metrics)
        {
            newest.metrics = Box::pin(std::future::ready(read));
        }
        let mut finished = Vec::new();
        loop {
            let waiting = self.in_flight.len();
            let Some(oldest) = self.in_flight.front_mut() else {
                break;
            };
            let read = if waiting > allowed {
                (&mut oldest.metrics).await
            } else {
                match poll_once(&mut oldest.metrics) {
                    Poll::Ready(read) => read,
                    Poll::Pending => break,
                }
            };
            let oldest = self.in_flight.pop_front().expect("just seen");
            let values = read
                .map_err(TrainError::Device)?
                .convert::<f32>()
                .try_into_vec::<f32>()
                .map_err(|error| TrainError::Device(format!("{error:?}")))?;
            let metrics = StepMetrics {
                step: oldest.step,
                loss: values[0],
                grad_norm: values[1],
            };
            if !(metrics.loss.is_finite() && metrics.grad_norm.is_finite()) {
                // Waited for, not dropped: cubecl takes a dropped read's staging buffer back into
                // its pool while it is still being mapped, and the next read fails on it.
                for later in self.in_flight.drain(..) {
                    let _ = later.metrics.await;
                }
                self.state = oldest.before;
                return Err(TrainError::NotFinite {
                    step: metrics.step,
                    loss: metrics.loss,
                    grad_norm: metrics.grad_norm,
                    good: self.state.step,
                });
            }
            finished.push(metrics);
        }
        Ok(finished)
    }

    /// The batch of the next step.
    fn batch(&mut self) -> Batch {
        let step = self.state.step;
        let seed = u64::from(self.config.seed);
        let indices = self.batches.indices(step);
        let count = indices.len();
        let mut images = Vec::with_capacity(count * PIXELS);
        let mut t = Vec::with_capacity(count);
        let mut y = Vec::with_capacity(count);
        let first = step * count as u64;
        for (example, &index) in (first..).zip(&indices) {
            let mut stream = Stream::new(seed, Purpose::Training, example);
            t.push(stream.below(self.config.timesteps) as usize);
            let unlabelled = f64::from(stream.uniform()) < self.config.label_dropout;
            let label = usize::from(self.data.labels[index as usize]);
            y.push(if unlabelled { NO_CLASS } else { label } as i32);
            let offset = random_offset(seed, example, self.config.max_shift);
            images.extend(shifted(self.data.image(index as usize), offset));
        }
        let device = &self.device;
        let image = [count, 1, SIZE, SIZE];
        let noise = Gaussians {
            seed,
            purpose: Purpose::Training,
            first,
            // t and whether there is a label.
            used: 2,
        };
        let x0 = Tensor::from_data(TensorData::new(from_bytes(&images), image), device);
        let y = Tensor::from_data(TensorData::new(y, [count]), device);
        self.objective.noised(x0, noise, &t, y)
    }
}

fn poll_once(read: &mut Read) -> Poll<Result<TensorData, String>> {
    read.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}
