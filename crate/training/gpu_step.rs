//! The training step on a GPU: its state is changed in place, so that one recorded step is all of them.

use burn::tensor::{Tensor, TensorData};

use super::optimizer::{OptimizerState, norm};
use super::{Batch, TrainConfig};
use crate::worker_pool::{lengths, loss_and_gradient};
use crate::ops::{AdamCoefficients, GpuTrainState, CapturedGraph, split};
use crate::nn::unet::{PIXELS, SIZE, UNetConfig};

/// A run's steps on a GPU.
pub struct GpuStep {
    /// First, so that what it reads and writes outlives it.
    graph: CapturedGraph,
    course: GpuTrainState,
    unet: UNetConfig,
    batch: usize,
    weighted: bool,
}

impl GpuStep {
    /// From this state on; `None` without a GPU.
    pub fn new(unet: UNetConfig, config: &TrainConfig, state: &OptimizerState) -> Option<Self> {
        let batch = config.batch_size as usize;
        let weighted = config.min_snr_gamma > 0.0;
        let mut lengths = vec![
            AdamCoefficients::COUNT,
            batch * PIXELS,
            batch * PIXELS,
            batch * unet.channels[0],
            batch,
        ];
        lengths.extend(weighted.then_some(batch));
        let device = state.params.device();
        let state = [&state.params, &state.m, &state.v, &state.ema].map(Tensor::clone);
        Some(Self {
            // The loss and the gradient's norm.
            course: GpuTrainState::new(state, lengths, 2)?,
            graph: CapturedGraph::new(device, 2),
            unet,
            batch,
            weighted,
        })
    }

    /// Take a step. Gives the loss and the gradient's norm, [2], to be read before the next; if one of them is not finite,
    /// this step and those after it change nothing, until [`GpuStep::go_on`].
    pub fn step(&mut self, batch: Batch, by: &AdamCoefficients) -> Tensor<1> {
        let device = batch.x_t.device();
        let by = TensorData::new(by.numbers().to_vec(), [AdamCoefficients::COUNT]);
        let mut asked = vec![
            Tensor::from_data(by, &device),
            batch.x_t.flatten(0, 3),
            batch.target.flatten(0, 3),
            batch.time.flatten(0, 1),
            batch.y.float(),
        ];
        asked.extend(batch.weight.map(|weight| weight.flatten(0, 3)));
        self.course.ask(&asked);
        let (course, unet) = (&self.course, &self.unet);
        let (count, weighted) = (self.batch, self.weighted);
        let step = || {
            let mut asked = course.asked().into_iter();
            let mut next = || asked.next().expect("as many as were asked");
            let image = [count, 1, SIZE, SIZE];
            let by = next();
            let batch = Batch {
                x_t: next().reshape(image),
                target: next().reshape(image),
                time: next().reshape([count, unet.channels[0]]),
                y: next().int(),
                weight: weighted.then(|| next().reshape([count, 1, 1, 1])),
            };
            let (loss, gradient) = loss_and_gradient(unet, &course.params(), batch);
            let norm = norm(&gradient);
            course.update(gradient, &[loss, norm], by);
        };
        let mut saved: Option<GpuTrainState> = None;
        let save = || match &saved {
            Some(saved) => saved.take_over(course),
            None => saved = Some(course.saved()),
        };
        // Autodiff goes backward in the order of a hash table, which is another at each step: so is what there is of a
        // parameter and its gradient at the same time, and what is kept for the next step.
        let spare = || {
            let mut spare = split(course.params(), &lengths(unet)).unwrap_or_default();
            spare.extend(course.asked().into_iter().map(|asked| asked + 0.0));
            spare
        };
        // SAFETY: `course` lives as long as the graph, and nobody else has its buffers; nothing else is read.
        unsafe { self.graph.take(step, spare, save) }
        if let (Err(_), Some(saved)) = (self.graph.recorded(), saved) {
            self.course = saved;
        }
        self.course.metrics()
    }

    /// See [`CapturedGraph::recorded`].
    pub fn recorded(&self) -> Result<(), String> {
        self.graph.recorded()
    }

    /// Have steps change the state again, after one that was not finite.
    pub fn go_on(&self) {
        self.course.go_on();
    }

    /// A copy of the state after `step` steps.
    pub fn state(&self, step: u64) -> OptimizerState {
        let [params, m, v, ema] = self.course.state();
        OptimizerState {
            params,
            m,
            v,
            ema,
            step,
        }
    }

    /// A copy of the average.
    pub fn average(&self) -> Tensor<1> {
        self.course.average()
    }
}
