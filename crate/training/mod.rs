//! Training: a [`Trainer`] takes steps and reports their losses. It reads and writes no files and does not depend on a
//! browser.

mod batch;
#[cfg(feature = "gpu")]
mod gpu_step;
mod gradient;
mod importance;
mod loss_curve;
mod metric_curve;
mod next_batch;
mod optimizer;
mod rank_step;
mod recipe;
mod steps;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Poll;

use burn::tensor::Tensor;

pub use batch::{BatchBuilder, BatchShape, PackedField, TrainBatch};
pub use gradient::{GRADIENT, image_losses, loss_and_gradient, sharded_loss_and_gradient};
pub use importance::TermHistory;
pub use loss_curve::LossCurve;
pub use metric_curve::{MetricCurve, MetricPoint, TENTHS, TenthMeans};
pub use optimizer::{OptimizerState, learning_rate};
pub use recipe::{
    Decides, FieldControl, FieldGroup, FieldValue, LossKind, LrDecay, MAX_SHIFT, RecipeField,
    RunPlan, ShortRun, TimestepSampling, TrainConfig,
};
pub use steps::{ImageLoss, StepMetrics, TrainError};

use optimizer::{adam_coefficients, norm};
use rank_step::RankSteps;
use steps::{DeviceStep, InFlight, MAX_IN_FLIGHT, Steps, check_finite, poll_once};

use crate::data::{Batches, Dataset};
use crate::nn::unet::{UNet, UNetConfig};
use crate::nn::var_builder::flat_tensor;
use crate::ops::{Context, read};
use crate::runtime::Runtime;
use crate::worker_pool::SharedNetwork;

/// The device's own steps; `None` if the device is the CPU or has no room for the kernels.
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

/// A training run: data, recipe and state. [`Trainer::step`] takes the next step.
pub struct Trainer {
    config: TrainConfig,
    unet: UNetConfig,
    data: Arc<Dataset>,
    batches: Batches,
    builder: BatchBuilder,
    runtime: Runtime,
    /// The number of elements of each parameter.
    lengths: Vec<usize>,
    steps: Steps,
    /// The terms by which t is drawn; `None` if the recipe has t drawn uniformly.
    history: Option<TermHistory>,
    /// The number of steps taken, those in flight included.
    done: u64,
    /// The steps whose losses have not been read, the oldest first.
    in_flight: VecDeque<InFlight>,
    /// What a rank keeps from step to step, if several share the work.
    of_ranks: RankSteps,
}

impl Trainer {
    /// A run that begins with initial weights.
    ///
    /// # Errors
    /// As [`TrainConfig::validate`], a message about the first number of `config` that is out of range. A message too if the
    /// data have more classes than the network, or if the recipe and the network disagree about a learned variance.
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

    /// A run that begins with `state`: a new one, one made of trained weights, or a saved one. Batches and noise are those
    /// that an uninterrupted run has after `state.step` steps, so a resumed run repeats it exactly.
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
        config.check_network(&unet)?;
        let history = (config.t_sampling == TimestepSampling::Importance).then(|| {
            let new = || TermHistory::new(config.timesteps as usize);
            state.history.clone().unwrap_or_else(new)
        });
        if unet.classes > 0 && data.classes() > unet.classes {
            return Err(format!(
                "{} has the label {}, and the network knows the classes 0 to {}: choose a network for {} classes.",
                data.name,
                data.classes() - 1,
                unet.classes - 1,
                data.classes()
            ));
        }
        let ctx = runtime.context();
        // The gradients of ranks are added outside the device, so no device takes whole steps by itself.
        let alone = runtime.ranks().size() == 1;
        let device = alone.then(|| device_step(ctx, unet, &config, &state));
        let steps = match device.flatten() {
            Some(device) => Steps::Device(device),
            None => Steps::Host(Box::new(state.clone())),
        };
        Ok(Self {
            batches: Batches::new(
                data.len(),
                config.batch_size as usize,
                u64::from(config.seed),
            )
            .beginning_with(config.first_example as i64),
            builder: BatchBuilder::new(ctx, &unet, &config),
            runtime: runtime.clone(),
            lengths: UNet::layout(&unet).lengths(),
            in_flight: VecDeque::new(),
            of_ranks: RankSteps::default(),
            config,
            unet,
            data,
            steps,
            history,
            done: state.step,
        })
    }

    /// The recipe.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// The network's shape.
    pub fn unet(&self) -> &UNetConfig {
        &self.unet
    }

    /// The number of steps taken, those included whose losses are not known yet.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// The state after the last step taken; on a GPU a copy of it. Terms of the bound that have not been read from the device
    /// are not in it: [`Trainer::finish`] reads them.
    pub fn state(&self) -> OptimizerState {
        let state = match &self.steps {
            Steps::Host(state) => OptimizerState::clone(state),
            Steps::Device(device) => device.state(self.done),
        };
        let mut history = self.history.clone();
        if let Some(history) = &mut history {
            // A rank draws the t of a step ahead.
            history.rewind(self.done);
        }
        OptimizerState { history, ..state }
    }

    /// The moving average of the parameters, `[P]`, with which samples are drawn.
    pub fn average(&self) -> Tensor<1> {
        match &self.steps {
            Steps::Host(state) => state.ema.clone(),
            Steps::Device(device) => device.ema(),
        }
    }

    /// The parameters, `[P]`, which the next step changes.
    pub fn params(&self) -> Tensor<1> {
        match &self.steps {
            Steps::Host(state) => state.params.clone(),
            Steps::Device(device) => device.params(),
        }
    }

    /// Whether a GPU has captured a step and replays it from now on.
    ///
    /// # Errors
    /// The reason why it does not.
    pub fn captured(&self) -> Result<(), String> {
        match &self.steps {
            Steps::Host(_) => {
                Err("The host takes these steps, and only a GPU captures steps.".into())
            }
            Steps::Device(device) => device.captured(),
        }
    }

    /// The training data.
    pub fn data(&self) -> &Dataset {
        &self.data
    }

    /// The number of images in the training data.
    pub fn images(&self) -> usize {
        self.data.len()
    }

    /// The number of passes over the data so far, with its fraction.
    pub fn epoch(&self) -> f64 {
        self.batches.epoch(self.done)
    }

    /// Lets the learning rate fall to 0 at step `decay_steps`, along the curve of a run that was to end there from the
    /// beginning: for a run that goes on after its planned end.
    pub fn extend(&mut self, decay_steps: u32) {
        self.config.decay_steps = decay_steps;
    }

    /// Trains with another learning rate, the peak of its schedule, and another batch size from the next step on. Both are part
    /// of the recipe, so a run that is resumed takes the same steps. The data go on where they were.
    ///
    /// # Errors
    /// As [`TrainConfig::validate`]; the run then goes on as before.
    ///
    /// # Panics
    /// If steps are in flight: [`Trainer::finish`] waits for them.
    pub fn change(&mut self, learning_rate: f64, batch_size: u32) -> Result<(), String> {
        assert!(self.in_flight.is_empty(), "steps are in flight");
        let mut config = TrainConfig {
            learning_rate,
            batch_size,
            ..self.config.clone()
        };
        config.validate(self.data.len())?;
        if batch_size == self.config.batch_size {
            self.config = config;
            return Ok(());
        }
        let seen = self.batches.first(self.done);
        config.first_example = seen as f64 - self.done as f64 * f64::from(batch_size);
        // The step that a GPU has captured has the old size.
        let (data, state) = (self.data.clone(), self.state());
        *self = Self::from_state(config, self.unet, data, &self.runtime.clone(), state)?;
        Ok(())
    }

    /// Takes one step and returns the results of those steps that have finished in the meantime: none, one or several.
    ///
    /// # Errors
    /// [`TrainError::NotFinite`] if the loss or the gradient of a finished step was not finite. The state is then that
    /// before the step, and the run may go on, though it will probably fail again with the same recipe.
    /// [`TrainError::Device`] if the device did not return a loss.
    /// [`TrainError::Ranks`] if several ranks share the work and cannot go on together.
    pub async fn step(&mut self) -> Result<Vec<StepMetrics>, TrainError> {
        if self.runtime.ranks().size() > 1 {
            return Ok(vec![self.step_of_ranks().await?]);
        }
        let (batch, t) = self.batch();
        let number = self.done + 1;
        match &mut self.steps {
            Steps::Host(state) => {
                let network = SharedNetwork::new(self.unet, state.params.clone());
                let (ctx, pool) = (self.runtime.context(), self.runtime.pool());
                let shared = sharded_loss_and_gradient(ctx, pool, &network, &self.lengths, &batch);
                let (loss, gradient) = shared.unwrap_or_else(|| {
                    loss_and_gradient(ctx, &self.unet, &self.lengths, &network.params, batch)
                });
                let norm = norm(&gradient);
                let read = read(Tensor::cat(vec![loss, norm.clone()], 0)).await;
                let metrics = check_finite(number, &t, read, &mut self.history)?;
                state.apply(self.runtime.context(), gradient, norm, &self.config);
                self.done = number;
                Ok(vec![metrics])
            }
            Steps::Device(device) => {
                let metrics = device.step(batch, &adam_coefficients(&self.config, self.done));
                self.done = number;
                self.in_flight.push_back(InFlight {
                    step: number,
                    t,
                    metrics: Box::pin(read(metrics)),
                });
                self.collect(MAX_IN_FLIGHT).await
            }
        }
    }

    /// Waits until every step has finished, and returns the results of those that had not been returned.
    ///
    /// # Errors
    /// As [`Trainer::step`].
    pub async fn finish(&mut self) -> Result<Vec<StepMetrics>, TrainError> {
        self.collect(0).await
    }

    /// Returns the results that have arrived. It waits only while more than `allowed` steps are in flight.
    async fn collect(&mut self, allowed: usize) -> Result<Vec<StepMetrics>, TrainError> {
        // A read starts when it is first polled. The newest is polled at once, so that its copy is queued on the device right
        // after its own step and before the next step overwrites the metrics.
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
            let oldest = self.in_flight.pop_front().expect("the queue is not empty");
            let checked = check_finite(oldest.step, &oldest.t, read, &mut self.history);
            if let Err(TrainError::NotFinite { good, .. }) = &checked {
                // The later reads are awaited, not dropped: cubecl takes a dropped read's staging buffer back into its pool
                // while it is still being mapped, and the next read fails on it.
                for later in self.in_flight.drain(..) {
                    let _ = later.metrics.await;
                }
                // The GPU has not changed the state in this step and those after it.
                self.done = *good;
                if let Steps::Device(device) = &self.steps {
                    device.clear_stopped();
                }
            }
            finished.push(checked?);
        }
        Ok(finished)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod rank_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
