//! Training: the step, its state, and what it reports. Knows no browser and no file.

mod batch;
#[cfg(feature = "gpu")]
mod gpu_step;
mod gradient;
mod optimizer;
mod recipe;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Waker};

use burn::tensor::{Tensor, TensorData};

pub use batch::{BatchBuilder, BatchShape, TrainBatch};
pub use gradient::{GRADIENT, loss_and_gradient, shared_loss_and_gradient};
pub use optimizer::{OptimizerState, learning_rate};
pub use recipe::{
    Decides, FieldControl, FieldGroup, FieldValue, MAX_SHIFT, RecipeField, TrainConfig,
};

use optimizer::{coefficients, norm};

use crate::data::{Batches, Dataset, random_offset, shifted};
use crate::images::from_bytes;
use crate::nn::unet::{NO_CLASS, PIXELS, SIZE, UNet, UNetConfig};
use crate::nn::var_builder::flat_tensor;
use crate::ops::{AdamCoefficients, Context, Gaussians, read};
use crate::rng::{Purpose, Stream};
use crate::runtime::Runtime;
use crate::worker_pool::SharedNetwork;

/// Steps that may be queued on the device before their losses are waited for. Two keep a GPU busy while the host prepares
/// the next step; more would make Pause sluggish.
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

/// How steps are taken.
enum Steps {
    /// By burn's operations one after another; a step's loss is known before the next step.
    Host(Box<OptimizerState>),
    /// By a device that takes them by itself; losses are read late.
    Device(Box<dyn DeviceStep>),
}

/// A device that holds the optimiser's state and takes steps by itself.
trait DeviceStep {
    /// Take a step. Gives the loss and the gradient's norm, [2], to be read before the next step. If one of them is not
    /// finite, this step and those after it change nothing until [`DeviceStep::go_on`].
    fn step(&mut self, batch: TrainBatch, coefficients: &AdamCoefficients) -> Tensor<1>;
    /// Whether steps are replayed; if not, why not.
    fn captured(&self) -> Result<(), String>;
    /// Let steps change the state again after one whose loss was not finite.
    fn go_on(&self);
    /// A copy of the state, which is that after `step` steps.
    fn state(&self, step: u64) -> OptimizerState;
    /// A copy of the moving average of the parameters, [P].
    fn ema(&self) -> Tensor<1>;
}

/// The device's own steps, where it can take them.
#[cfg_attr(not(feature = "gpu"), expect(unused_variables))]
fn device_step(
    ctx: &Context,
    unet: UNetConfig,
    config: &TrainConfig,
    state: &OptimizerState,
) -> Option<Box<dyn DeviceStep>> {
    #[cfg(feature = "gpu")]
    return Some(Box::new(gpu_step::GpuStep::new(ctx, unet, config, state)?));
    #[cfg(not(feature = "gpu"))]
    None
}

/// One training run.
pub struct Trainer {
    config: TrainConfig,
    unet: UNetConfig,
    data: Arc<Dataset>,
    batches: Batches,
    builder: BatchBuilder,
    runtime: Runtime,
    /// Numbers of each parameter.
    lengths: Vec<usize>,
    steps: Steps,
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
        runtime: &Runtime,
    ) -> Result<Self, String> {
        let initial = UNet::layout(&unet).initial(u64::from(config.seed));
        let state = OptimizerState::new(flat_tensor(&initial, runtime.device()));
        Self::from_state(config, unet, data, runtime, state)
    }

    /// A run that begins from `state`: a fresh one, that of weights, or a saved one. Its batches and noise are those that an
    /// uninterrupted run would have had after `state.step` steps.
    ///
    /// # Errors
    /// As [`Trainer::new`].
    pub fn from_state(
        config: TrainConfig,
        unet: UNetConfig,
        data: Arc<Dataset>,
        runtime: &Runtime,
        state: OptimizerState,
    ) -> Result<Self, String> {
        config.validate(data.len())?;
        let ctx = runtime.context();
        let steps = match device_step(ctx, unet, &config, &state) {
            Some(device) => Steps::Device(device),
            None => Steps::Host(Box::new(state.clone())),
        };
        Ok(Self {
            batches: Batches::new(
                data.len(),
                config.batch_size as usize,
                u64::from(config.seed),
            ),
            builder: BatchBuilder::new(ctx, &unet, &config),
            runtime: runtime.clone(),
            lengths: UNet::layout(&unet).lengths(),
            in_flight: VecDeque::new(),
            config,
            unet,
            data,
            steps,
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
        match &self.steps {
            Steps::Host(state) => OptimizerState::clone(state),
            Steps::Device(device) => device.state(self.done),
        }
    }

    /// The average of that state: what samples are drawn from.
    pub fn average(&self) -> Tensor<1> {
        match &self.steps {
            Steps::Host(state) => state.ema.clone(),
            Steps::Device(device) => device.ema(),
        }
    }

    /// Whether a GPU has captured a step and replays it from now on.
    ///
    /// # Errors
    /// Says why it does not.
    pub fn captured(&self) -> Result<(), String> {
        match &self.steps {
            Steps::Host(_) => Err("These steps are not for a GPU to take.".into()),
            Steps::Device(device) => device.captured(),
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
        match &mut self.steps {
            Steps::Host(state) => {
                let network = SharedNetwork::new(self.unet, state.params.clone());
                let (ctx, pool) = (self.runtime.context(), self.runtime.pool());
                let shared = shared_loss_and_gradient(ctx, pool, &network, &self.lengths, &batch);
                let (loss, gradient) = shared.unwrap_or_else(|| {
                    loss_and_gradient(ctx, &self.unet, &self.lengths, &network.params, batch)
                });
                let norm = norm(&gradient);
                let found = read(Tensor::cat(vec![loss, norm.clone()], 0)).await;
                let metrics = judged(number, found)?;
                state.apply(self.runtime.context(), gradient, norm, &self.config);
                self.done = number;
                Ok(vec![metrics])
            }
            Steps::Device(device) => {
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
                if let Steps::Device(device) = &self.steps {
                    device.go_on();
                }
            }
            finished.push(judged?);
        }
        Ok(finished)
    }

    /// The batch of the next step.
    fn batch(&mut self) -> TrainBatch {
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
        let device = self.runtime.device();
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
        self.builder.noised(x0, noise, &t, y)
    }
}

fn poll_once(read: &mut Read) -> Poll<Found> {
    read.as_mut()
        .poll(&mut std::task::Context::from_waker(Waker::noop()))
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
