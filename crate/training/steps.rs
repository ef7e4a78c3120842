//! How a step is taken, on the host or on a device that keeps the state, and what comes of it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Poll, Waker};

use burn::tensor::Tensor;

use super::{OptimizerState, TermHistory, TrainBatch};
use crate::distributed::CollectiveError;
use crate::ops::AdamCoefficients;

/// The number of steps that may be queued on the device before the host waits for a loss. Two keep a GPU busy while the host
/// prepares the next step; with more, a run would take longer to pause.
pub const MAX_IN_FLIGHT: usize = 2;

/// The results of a finished step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepMetrics {
    /// The number of the step, counted from 1.
    pub step: u64,
    /// The loss over the batch before the update: L_simple (Ho et al. 2020, eq. 14), weighted if the recipe says so.
    pub loss: f32,
    /// The L2 norm of the gradient before clipping.
    pub grad_norm: f32,
    /// The images of its batch, in order; the mean of their losses is the batch's.
    pub images: Vec<ImageLoss>,
}

/// An image of a batch: its t, and its share of the loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ImageLoss {
    /// The step of the schedule, from 0 to T−1.
    pub t: u32,
    /// The loss of this image, weighted as the batch's is.
    pub loss: f32,
}

/// The reason why a run stopped.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TrainError {
    /// A loss or a gradient was not finite. The run's state is that before the step.
    #[error(
        "The loss became {loss} at step {step} (gradient norm {grad_norm}). Training has been \
         paused and the weights of step {good} were kept. A smaller learning rate or a longer \
         warm-up usually helps."
    )]
    NotFinite {
        /// The number of the step, counted from 1.
        step: u64,
        /// The step's loss.
        loss: f32,
        /// The L2 norm of its gradient.
        grad_norm: f32,
        /// The number of the step before, whose weights the state has.
        good: u64,
    },
    /// The device did not return a loss, for instance because it was lost.
    #[error("The device did not give the loss back: {0}")]
    Device(String),
    /// The ranks that share the work cannot go on together.
    #[error("{0}")]
    Ranks(CollectiveError),
}

/// The loss and the gradient's norm as they were read from the device, or the device's error.
pub type MetricsResult = Result<Vec<f32>, String>;
/// A read of the metrics that may not have finished.
pub type PendingMetrics = Pin<Box<dyn Future<Output = MetricsResult>>>;

/// A step that was queued on the device and whose loss has not been read yet.
pub struct InFlight {
    /// The step's number, counted from 1.
    pub step: u64,
    /// The t of its images.
    pub t: Vec<usize>,
    /// The read of its results.
    pub metrics: PendingMetrics,
}

/// How steps are taken.
pub enum Steps {
    /// The host calls the operations one after another and waits for each step's loss before the next step.
    Host(Box<OptimizerState>),
    /// The device keeps the state and takes queued steps; their losses are read later.
    Device(Box<dyn DeviceStep>),
}

/// A device that keeps the optimiser's state and takes steps without waiting for the host (`GpuStep`).
pub trait DeviceStep {
    /// Queues a step and returns its loss, the losses of its images, and its gradient norm, [2 + B], whose read has to be queued
    /// before the next step. If the loss or the norm is not finite, this step and those after it change nothing until
    /// [`DeviceStep::clear_stopped`].
    fn step(&mut self, batch: TrainBatch, coefficients: &AdamCoefficients) -> Tensor<1>;
    /// `Ok` if steps are replayed, else the reason why not.
    fn captured(&self) -> Result<(), String>;
    /// Lets steps change the state again after one whose loss was not finite.
    fn clear_stopped(&self);
    /// A copy of the state. `step` is the number of steps taken, which the device does not count.
    fn state(&self, step: u64) -> OptimizerState;
    /// A copy of the parameters, `[P]`.
    fn params(&self) -> Tensor<1>;
    /// A copy of the moving average of the parameters, `[P]`.
    fn ema(&self) -> Tensor<1>;
}

/// Polls a read once, without a waker: it is polled again at the next step.
pub fn poll_once(read: &mut PendingMetrics) -> Poll<MetricsResult> {
    read.as_mut()
        .poll(&mut std::task::Context::from_waker(Waker::noop()))
}

/// The losses of the images, which stand between the loss and the norm.
fn of_images(metrics: &[f32]) -> &[f32] {
    &metrics[1..metrics.len() - 1]
}

/// The results of a step whose images had these `t`. A history takes note of the terms of its images, or, if the step failed, forgets it and those after it.
///
/// # Errors
/// If one of the results is not finite, or the device did not return them.
pub fn check_finite(
    step: u64,
    t: &[usize],
    metrics: MetricsResult,
    history: &mut Option<TermHistory>,
) -> Result<StepMetrics, TrainError> {
    let good = step - 1;
    let checked = metrics.map_err(TrainError::Device).and_then(|metrics| {
        let (loss, grad_norm) = (metrics[0], metrics[metrics.len() - 1]);
        if loss.is_finite() && grad_norm.is_finite() {
            return Ok((loss, grad_norm, metrics));
        }
        Err(TrainError::NotFinite {
            step,
            loss,
            grad_norm,
            good,
        })
    });
    if let Some(history) = history {
        match &checked {
            Ok((_, _, metrics)) => history.observe(step, of_images(metrics)),
            Err(_) => history.rewind(good),
        }
    }
    checked.map(|(loss, grad_norm, metrics)| {
        let images = t.iter().zip(of_images(&metrics));
        StepMetrics {
            step,
            loss,
            grad_norm,
            images: images
                .map(|(&t, &loss)| ImageLoss { t: t as u32, loss })
                .collect(),
        }
    })
}
