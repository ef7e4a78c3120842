//! Training: the step, its state, and what it reports. Knows no browser and no file.

mod recipe;
#[cfg_attr(not(feature = "gpu"), path = "without_gpu.rs")]
mod gpu_step;
mod batch;
mod gradient;
mod optimizer;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use burn::tensor::{Device, Tensor, TensorData};

pub use recipe::{
    Decides, FieldControl, FieldGroup, FieldValue, MAX_SHIFT, RecipeField, TrainConfig,
};
pub use batch::BatchBuilder;
#[cfg(feature = "gpu")]
pub(crate) use gradient::lengths;
pub use gradient::{Batch, loss_and_gradient};
pub use optimizer::{OptimizerState, learning_rate};

use gpu_step::GpuStep;
use optimizer::{coefficients, norm};

use crate::worker_pool::Network;
use crate::data::{Batches, Dataset, random_offset, shifted};
use crate::runtime::read;
use crate::ops::Gaussians;
use crate::rng::{Purpose, Stream};
use crate::nn::var_builder::flat_tensor;
use crate::images::from_bytes;
use crate::nn::unet::{NO_CLASS, PIXELS, SIZE, UNet, UNetConfig};

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
    /// The state is what it was before `step`.
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

/// The loss and the gradient's norm.
type Found = Result<Vec<f32>, String>;
type Read = Pin<Box<dyn Future<Output = Found>>>;

/// A step whose loss is not known yet.
struct InFlight {
    step: u64,
    /// [loss, gradient norm]
    metrics: Read,
}

/// Where steps are taken.
enum Machine {
    /// By burn's operations one after the other; each is known before the next.
    Host(Box<OptimizerState>),
    /// On a GPU, which takes them by itself.
    Device(Box<GpuStep>),
}

/// One training run.
pub struct Trainer {
    config: TrainConfig,
    unet: UNetConfig,
    data: Arc<Dataset>,
    batches: Batches,
    objective: BatchBuilder,
    device: Device,
    machine: Machine,
    /// Steps taken, known or not.
    done: u64,
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
        let machine = match GpuStep::new(unet, &config, &state) {
            Some(device) => Machine::Device(Box::new(device)),
            None => Machine::Host(Box::new(state.clone())),
        };
        Ok(Self {
            batches: Batches::new(
                data.len(),
                config.batch_size as usize,
                u64::from(config.seed),
            ),
            objective: BatchBuilder::new(&unet, &config, device),
            device: device.clone(),
            in_flight: VecDeque::new(),
            config,
            unet,
            data,
            machine,
            done: state.step,
        })
    }

    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    pub fn unet(&self) -> &UNetConfig {
        &self.unet
    }

    /// Steps taken, whether or not their losses are known yet.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// The state after the last step taken. On a GPU it is copied.
    pub fn state(&self) -> OptimizerState {
        match &self.machine {
            Machine::Host(state) => OptimizerState::clone(state),
            Machine::Device(device) => device.state(self.done),
        }
    }

    /// The average of that state: what samples are drawn from.
    pub fn average(&self) -> Tensor<1> {
        match &self.machine {
            Machine::Host(state) => state.ema.clone(),
            Machine::Device(device) => device.average(),
        }
    }

    /// Whether a GPU has recorded a step and takes the others by itself.
    ///
    /// # Errors
    /// Why it has not.
    pub fn recorded(&self) -> Result<(), String> {
        match &self.machine {
            Machine::Host(_) => Err("These steps are not for a GPU to take.".into()),
            Machine::Device(device) => device.recorded(),
        }
    }

    /// Images in the training data.
    pub fn images(&self) -> usize {
        self.data.len()
    }

    /// Passes over the data done, with fraction.
    pub fn epoch(&self) -> f64 {
        self.batches.epoch(self.done)
    }

    /// Take one step and report those that have finished meanwhile (none, one or several).
    ///
    /// # Errors
    /// [`TrainError::NotFinite`] when a finished step's loss or gradient was not finite. The run
    /// may be continued afterwards (with another configuration it may fare better).
    pub async fn step(&mut self) -> Result<Vec<StepMetrics>, TrainError> {
        let batch = self.batch();
        let number = self.done + 1;
        match &mut self.machine {
            Machine::Host(state) => {
                let network = Network::new(self.unet, state.params.clone());
                let (loss, gradient) = network.loss_and_gradient(batch);
                let norm = norm(&gradient);
                let found = read(Tensor::cat(vec![loss, norm.clone()], 0)).await;
                let metrics = judged(number, found)?;
                state.apply(gradient, norm, &self.config);
                self.done = number;
                Ok(vec![metrics])
            }
            Machine::Device(device) => {
                let metrics = device.step(batch, &coefficients(&self.config, self.done));
                self.done = number;
                self.in_flight.push_back(InFlight {
                    step: number,
                    metrics: Box::pin(read(metrics)),
                });
                self.collect(MAX_IN_FLIGHT).await
            }
        }
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
            let judged = judged(oldest.step, read);
            if let Err(TrainError::NotFinite { good, .. }) = &judged {
                // Waited for, not dropped: cubecl takes a dropped read's staging buffer back into
                // its pool while it is still being mapped, and the next read fails on it.
                for later in self.in_flight.drain(..) {
                    let _ = later.metrics.await;
                }
                // The GPU has changed nothing since.
                self.done = *good;
                if let Machine::Device(device) = &self.machine {
                    device.go_on();
                }
            }
            finished.push(judged?);
        }
        Ok(finished)
    }

    /// The batch of the next step.
    fn batch(&mut self) -> Batch {
        let step = self.done;
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

fn poll_once(read: &mut Read) -> Poll<Found> {
    read.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// What a step was found to be, if it was finite.
fn judged(step: u64, found: Found) -> Result<StepMetrics, TrainError> {
    let found = found.map_err(TrainError::Device)?;
    let [loss, grad_norm] = [found[0], found[1]];
    if !(loss.is_finite() && grad_norm.is_finite()) {
        return Err(TrainError::NotFinite {
            step,
            loss,
            grad_norm,
            good: step - 1,
        });
    }
    Ok(StepMetrics {
        step,
        loss,
        grad_norm,
    })
}
