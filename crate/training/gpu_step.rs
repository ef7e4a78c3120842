//! The training step on a GPU: its state is changed in place, so that one captured step serves for all of them.

use burn::tensor::{Tensor, TensorData};

use super::batch::BatchShape;
use super::gradient::loss_and_gradient;
use super::optimizer::{OptimizerState, norm};
use super::{DeviceStep, TrainBatch, TrainConfig};
use crate::nn::unet::{UNet, UNetConfig};
use crate::ops::{AdamCoefficients, CapturedGraph, Context, GpuTrainState, unflatten};

/// Steps that are launched one by one before the capture: autodiff keeps something of each step for the next, so the second
/// step needs a little more memory than the first.
const WARMUP: usize = 2;

/// A run's steps on a GPU.
pub struct GpuStep {
    /// First, so that it is dropped before the buffers that its launches read and write.
    graph: CapturedGraph,
    state: GpuTrainState,
    ctx: Context,
    unet: UNetConfig,
    /// Numbers of each parameter.
    lengths: Vec<usize>,
    shape: BatchShape,
}

impl GpuStep {
    /// Steps that go on from `optimizer`; `None` where it is not on a GPU that has room for the kernels.
    pub fn new(
        ctx: &Context,
        unet: UNetConfig,
        config: &TrainConfig,
        optimizer: &OptimizerState,
    ) -> Option<Self> {
        let weighted = config.min_snr_gamma > 0.0;
        let shape = BatchShape::new(config.batch_size as usize, &unet, weighted);
        let mut inputs = vec![AdamCoefficients::COUNT];
        inputs.extend(shape.lengths());
        let OptimizerState {
            params, m, v, ema, ..
        } = optimizer;
        let optimizer = [params, m, v, ema].map(Tensor::clone);
        Some(Self {
            // Two metrics: the loss and the gradient's norm.
            state: GpuTrainState::new(ctx, optimizer, inputs, 2)?,
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
        // What differs from step to step goes into the state's buffer before the step: anything else that the closure
        // below took from here would be frozen into the graph.
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
            let (loss, gradient) = loss_and_gradient(ctx, unet, lengths, &params, batch);
            let norm = norm(&gradient);
            training_state.update(gradient, &[loss, norm], coefficients);
        };
        let mut saved: Option<GpuTrainState> = None;
        let save = || match &saved {
            Some(saved) => saved.copy_from(training_state),
            None => saved = Some(training_state.saved()),
        };
        // Autodiff goes backward in the order of a hash table, another at each step. So how many parameters' gradients
        // there are at once, and what is kept for the next step, differ too: hold room for one more of each parameter and
        // of each input.
        let spare = || {
            let mut spare = unflatten(ctx, &training_state.params(), lengths);
            spare.extend(training_state.inputs().into_iter().map(|input| input + 0.0));
            spare
        };
        // SAFETY: `state` lives as long as the graph, and nothing else has its buffers. The step reads and writes no other
        // buffer that it did not make.
        unsafe { graph.step(step, spare, save) }
        if let (Err(_), Some(saved)) = (graph.captured(), saved) {
            *state = saved;
        }
        self.state.metrics()
    }

    fn captured(&self) -> Result<(), String> {
        self.graph.captured()
    }

    fn go_on(&self) {
        self.state.go_on();
    }

    fn state(&self, step: u64) -> OptimizerState {
        let [params, m, v, ema] = self.state.optimizer();
        OptimizerState {
            params,
            m,
            v,
            ema,
            step,
        }
    }

    fn ema(&self) -> Tensor<1> {
        self.state.ema()
    }
}
