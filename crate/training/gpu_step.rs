//! The training step on a GPU. It changes the state in place, so that one step can be captured and replayed for all others.

use burn::tensor::{Tensor, TensorData};

use super::batch::BatchShape;
use super::gradient::loss_and_gradient;
use super::optimizer::{OptimizerState, norm};
use super::steps::DeviceStep;
use super::{TrainBatch, TrainConfig};
use crate::nn::unet::{UNet, UNetConfig};
use crate::ops::{AdamCoefficients, CapturedGraph, Context, GpuTrainState, unflatten};

/// The number of steps that are launched one by one before the capture. Autodiff keeps some memory of each step until the
/// next, so the second step needs a little more memory than the first.
const WARMUP: usize = 2;

/// A run's steps on a GPU.
pub struct GpuStep {
    /// First, so that it is dropped before the buffers that its launches read and write.
    graph: CapturedGraph,
    state: GpuTrainState,
    ctx: Context,
    unet: UNetConfig,
    /// The number of elements of each parameter.
    lengths: Vec<usize>,
    shape: BatchShape,
}

impl GpuStep {
    /// The steps that follow after the state `optimizer`; `None` if it is not on a GPU that has room for the kernels.
    pub fn new(
        ctx: &Context,
        unet: UNetConfig,
        config: &TrainConfig,
        optimizer: &OptimizerState,
    ) -> Option<Self> {
        let shape = BatchShape::of_recipe(&unet, config);
        let mut inputs = vec![AdamCoefficients::COUNT];
        inputs.extend(shape.lengths());
        let OptimizerState {
            params, m, v, ema, ..
        } = optimizer;
        let optimizer = [params, m, v, ema].map(Tensor::clone);
        Some(Self {
            // The loss, the losses of the images, and the gradient's norm.
            state: GpuTrainState::new(ctx, optimizer, inputs, 2 + config.batch_size as usize)?,
            graph: CapturedGraph::new(ctx, WARMUP),
            ctx: ctx.clone(),
            lengths: UNet::layout(&unet).lengths(),
            unet,
            shape,
        })
    }
}

impl DeviceStep for GpuStep {
    fn step(&mut self, batch: TrainBatch, coefficients: &AdamCoefficients) -> Tensor<1> {
        let coefficients =
            TensorData::new(coefficients.numbers().to_vec(), [AdamCoefficients::COUNT]);
        // Everything that differs from step to step is written to the state's buffer before the step. Any other value that
        // the closure below captured would be frozen into the graph.
        let mut inputs = vec![Tensor::from_data(coefficients, self.ctx.device())];
        inputs.extend(batch.pack());
        self.state.write_inputs(inputs);
        let Self {
            graph,
            state,
            ctx,
            unet,
            lengths,
            shape,
        } = self;
        let training_state = &*state;
        let step = || {
            let mut inputs = training_state.inputs().into_iter();
            let coefficients = inputs.next().expect("the first input");
            let batch = TrainBatch::unpack(shape, inputs);
            let params = training_state.params();
            let (losses, gradient) = loss_and_gradient(ctx, unet, lengths, &params, batch);
            let norm = norm(&gradient);
            training_state.update(gradient, &[losses, norm], coefficients);
        };
        let mut saved: Option<GpuTrainState> = None;
        let save = || match &saved {
            Some(saved) => saved.copy_from(training_state),
            None => saved = Some(training_state.saved()),
        };
        // Autodiff runs the backward pass in the order of a hash table, which is different in each step. So the number of
        // gradients that are in memory at once, and the memory kept for the next step, differ too. Spare memory for one
        // more tensor of the size of each parameter and of each input makes up for it.
        let spare = || {
            let mut spare = unflatten(ctx, &training_state.params(), lengths);
            spare.extend(training_state.inputs().into_iter().map(|input| input + 0.0));
            spare
        };
        // SAFETY: `state` lives as long as the graph, and no other tensor shares its buffers. Apart from them, the step
        // reads and writes only buffers that it makes itself.
        unsafe { graph.step(step, spare, save) }
        // A refused capture leaves the state's buffers unreadable, so the copies take their place.
        if let (Err(_), Some(saved)) = (graph.captured(), saved) {
            *state = saved;
        }
        self.state.metrics()
    }

    fn captured(&self) -> Result<(), String> {
        self.graph.captured()
    }

    fn clear_stopped(&self) {
        self.state.clear_stopped();
    }

    fn state(&self, step: u64) -> OptimizerState {
        let [params, m, v, ema] = self.state.optimizer();
        OptimizerState {
            params,
            m,
            v,
            ema,
            step,
            history: None,
        }
    }

    fn params(&self) -> Tensor<1> {
        self.state.copied_params()
    }

    fn ema(&self) -> Tensor<1> {
        self.state.ema()
    }
}
