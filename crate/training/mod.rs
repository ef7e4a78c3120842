//! Training: a [`Trainer`] takes steps and reports their losses. It reads and writes no files and does not depend on a
//! browser.

mod batch;
#[cfg(feature = "gpu")]
mod gpu_step;
mod gradient;
mod importance;
mod loss_curve;
mod optimizer;
mod recipe;
mod steps;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Poll;

use burn::tensor::{Tensor, TensorData};

pub use batch::{BatchBuilder, BatchShape, PackedField, TrainBatch};
pub use gradient::{GRADIENT, loss_and_gradient, sharded_loss_and_gradient};
pub use importance::TermHistory;
pub use loss_curve::LossCurve;
pub use optimizer::{OptimizerState, learning_rate};
pub use recipe::{
    Decides, FieldControl, FieldGroup, FieldValue, LossKind, LrDecay, MAX_SHIFT, RecipeField,
    ShortRun, TimestepSampling, TrainConfig,
};
pub use steps::{StepMetrics, TrainError};

use optimizer::{adam_coefficients, norm};
use steps::{DeviceStep, InFlight, MAX_IN_FLIGHT, Steps, check_finite, poll_once};

use crate::data::{Batches, Dataset, random_offset, shifted};
use crate::images::from_bytes;
use crate::nn::unet::{NO_CLASS, PIXELS, SIZE, UNet, UNetConfig};
use crate::nn::var_builder::flat_tensor;
use crate::ops::{Context, Gaussians, read};
use crate::rng::{Purpose, Stream};
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
        OptimizerState {
            history: self.history.clone(),
            ..state
        }
    }

    /// The moving average of the parameters, `[P]`, with which samples are drawn.
    pub fn average(&self) -> Tensor<1> {
        match &self.steps {
            Steps::Host(state) => state.ema.clone(),
            Steps::Device(device) => device.ema(),
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

    /// Takes one step and returns the results of those steps that have finished in the meantime: none, one or several.
    ///
    /// # Errors
    /// [`TrainError::NotFinite`] if the loss or the gradient of a finished step was not finite. The state is then that
    /// before the step, and the run may go on, though it will probably fail again with the same recipe.
    /// [`TrainError::Device`] if the device did not return a loss.
    pub async fn step(&mut self) -> Result<Vec<StepMetrics>, TrainError> {
        let batch = self.batch();
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
                let metrics = check_finite(number, read, &mut self.history)?;
                state.apply(self.runtime.context(), gradient, norm, &self.config);
                self.done = number;
                Ok(vec![metrics])
            }
            Steps::Device(device) => {
                let metrics = device.step(batch, &adam_coefficients(&self.config, self.done));
                self.done = number;
                self.in_flight.push_back(InFlight {
                    step: number,
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
            let checked = check_finite(oldest.step, read, &mut self.history);
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

    /// The batch of the next step.
    fn batch(&mut self) -> TrainBatch {
        let step = self.done;
        let seed = u64::from(self.config.seed);
        let indices = self.batches.indices(step);
        let count = indices.len();
        let mut images = Vec::with_capacity(count * PIXELS);
        let mut t = Vec::with_capacity(count);
        let mut uniform = Vec::with_capacity(count);
        let mut y = Vec::with_capacity(count);
        let first = step * count as u64;
        let timesteps = self.config.timesteps;
        for (image, &index) in indices.iter().enumerate() {
            let example = first + image as u64;
            let mut stream = Stream::new(seed, Purpose::Training, example);
            // One word, whichever way t is drawn.
            match self.config.t_sampling {
                TimestepSampling::Uniform => t.push(stream.below(timesteps) as usize),
                TimestepSampling::Stratified => {
                    t.push(stratified(image, count, stream.uniform(), timesteps));
                }
                TimestepSampling::Importance => uniform.push(stream.uniform()),
            }
            let unlabelled = f64::from(stream.uniform()) < self.config.label_dropout;
            let label = if unlabelled {
                NO_CLASS
            } else {
                self.data.labels[index as usize]
            };
            let index_of = self.unet.class_index(label);
            y.push(index_of.expect("the labels were checked when the run began"));
            let offset = random_offset(seed, example, self.config.max_shift);
            images.extend(shifted(self.data.image(index as usize), offset));
        }
        let device = self.runtime.device();
        let image = [count, 1, SIZE, SIZE];
        let noise = Gaussians {
            seed,
            purpose: Purpose::Training,
            first,
            // Two words were used above, for t and for whether the label is dropped.
            used: 2,
        };
        let x0 = Tensor::from_data(TensorData::new(from_bytes(&images), image), device);
        let y = Tensor::from_data(TensorData::new(y, [count]), device);
        match &mut self.history {
            Some(history) => {
                let (t, weights) = history.draw(step + 1, &uniform);
                let batch = self.builder.noised(x0, noise, &t, y);
                batch.with_term_weights(&weights)
            }
            None => self.builder.noised(x0, noise, &t, y),
        }
    }
}

/// t of the image with this number among the `images` of a batch: in the part of that number of as many equal parts of
/// 0 … T−1 as there are images, at the place that the random number `uniform` in 0 … 1 says.
fn stratified(image: usize, images: usize, uniform: f32, timesteps: u32) -> usize {
    let share = (image as f64 + f64::from(uniform)) / images as f64;
    ((share * f64::from(timesteps)) as usize).min(timesteps as usize - 1)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn stratified_t_are_evenly_spread() {
        let stratified = |uniform: &[f32], timesteps| -> Vec<usize> {
            let t = |(image, &u)| stratified(image, uniform.len(), u, timesteps);
            uniform.iter().enumerate().map(t).collect()
        };
        assert_eq!(
            stratified(&[0.0, 0.5, 0.999, 0.0], 1000),
            [0, 375, 749, 750]
        );
        // More images than timesteps: some share their t.
        assert_eq!(stratified(&[0.0; 6], 3), [0, 0, 1, 1, 2, 2]);
        // The last of f32 below 1 stays below T.
        assert_eq!(stratified(&[1.0 - f32::EPSILON / 2.0], 4000), [3999]);
    }
}
