//! The training state on a GPU ([`GpuTrainState`]): buffers that every step changes in place.

use burn::tensor::Tensor;
use burn_wgpu::CubeTensor;

use super::adam::{AdamShader, copy};
use super::flatten::flatten_into;
use super::{Context, dims, empty, from_gpu, on_gpu, unflatten, uploaded};
use crate::ops::adam::AdamState;

/// Everything that a training step reads and writes beyond its own intermediate tensors. Every step is then the same
/// launches on the same buffers and can be captured once and replayed ([`CapturedGraph`](super::CapturedGraph)).
///
/// A step's inputs (the batch, the optimiser's coefficients) differ from step to step, so they are copied into a buffer of
/// the state before the step: [`GpuTrainState::write_inputs`] outside the captured step, [`GpuTrainState::inputs`] inside.
#[derive(Debug)]
pub struct GpuTrainState {
    ctx: Context,
    /// Parameters, first moments, second moments, moving average, `[P]` each.
    optimizer: AdamState<CubeTensor>,
    /// The step's inputs, one after another, [Σ `input_lengths`].
    inputs: CubeTensor,
    /// The number of values of each input.
    input_lengths: Vec<usize>,
    /// The step's results: the loss, the losses of the images, and the gradient's norm. The first and the last have to be finite.
    metrics: CubeTensor,
    /// `[1]`, 0 until a step's loss or its gradient's norm was not finite. From then on no step changes the optimiser's buffers.
    stopped: CubeTensor,
}

/// The buffer of a tensor of this state.
fn buffer(ctx: &Context, tensor: Tensor<1>) -> CubeTensor {
    on_gpu(ctx, tensor).expect("the training state is on a GPU")
}

impl GpuTrainState {
    /// A state with copies of the optimiser's tensors; `None` if these are not on a GPU that has room for the kernels.
    ///
    /// * `input_lengths`: the number of values of each input of a step
    /// * `metrics`: the number of results of a step
    ///
    /// # Shapes
    /// `optimizer`: parameters, both moments and moving average, `[P]` each
    pub fn new(
        ctx: &Context,
        optimizer: AdamState<Tensor<1>>,
        input_lengths: Vec<usize>,
        metrics: usize,
    ) -> Option<Self> {
        let [params, m, v, ema] = optimizer.map(|tensor| on_gpu(ctx, tensor));
        // Steps overwrite these buffers, so they are copies that no other tensor shares.
        let optimizer = [params?, m?, v?, ema?].map(copy);
        let like = &optimizer[0];
        Some(Self {
            ctx: ctx.clone(),
            inputs: empty(like, [input_lengths.iter().sum()]),
            metrics: uploaded(like, &vec![[0; 4]; metrics]),
            stopped: uploaded(like, &[[0; 4]]),
            input_lengths,
            optimizer,
        })
    }

    /// Copies the inputs of the next step into the state's buffer; called before the step, outside the captured launches.
    ///
    /// # Shapes
    /// `inputs`: one tensor `[length]` for each of the `input_lengths` that [`GpuTrainState::new`] was given
    ///
    /// # Panics
    /// If an input is not on a GPU.
    pub fn write_inputs(&self, inputs: Vec<Tensor<1>>) {
        let inputs: Vec<CubeTensor> = inputs
            .into_iter()
            .map(|input| buffer(&self.ctx, input))
            .collect();
        debug_assert!(
            inputs
                .iter()
                .map(|input| dims::<1>(input)[0])
                .eq(self.input_lengths.iter().copied())
        );
        flatten_into(&self.ctx, &self.inputs, &inputs);
    }

    /// The step's inputs, copied out of the state's buffer; called inside the captured step.
    ///
    /// # Shapes
    /// result: as the `inputs` of [`GpuTrainState::write_inputs`]
    pub fn inputs(&self) -> Vec<Tensor<1>> {
        unflatten(
            &self.ctx,
            from_gpu(self.inputs.clone()),
            &self.input_lengths,
        )
        .expect("the inputs are on a GPU")
    }

    /// The parameters, `[P]`. The tensor shares the state's buffer, so later steps change it.
    pub fn params(&self) -> Tensor<1> {
        from_gpu(self.optimizer[0].clone())
    }

    /// The optimiser's update at the end of a step. If the first or the last metric is not finite, this and all later updates change nothing
    /// until [`GpuTrainState::clear_stopped`] is called.
    ///
    /// # Shapes
    /// * `gradient`: `[P]`
    /// * `metrics`: the step's results, vectors of any length, the loss first and the gradient's norm `[1]` last
    /// * `coefficients`: [`AdamCoefficients::numbers`](crate::ops::AdamCoefficients::numbers), `[11]`
    ///
    /// # Panics
    /// If a tensor is not on a GPU.
    pub fn update(&self, gradient: Tensor<1>, metrics: &[Tensor<1>], coefficients: Tensor<1>) {
        let metrics: Vec<CubeTensor> = metrics
            .iter()
            .map(|metric| buffer(&self.ctx, metric.clone()))
            .collect();
        flatten_into(&self.ctx, &self.metrics, &metrics);
        AdamShader::update(
            &self.ctx,
            &self.optimizer,
            &buffer(&self.ctx, gradient),
            &self.metrics,
            &buffer(&self.ctx, coefficients),
            &self.stopped,
        );
    }

    /// The last step's results, one number each. The tensor shares the state's buffer, so it has to be read before the next
    /// step.
    pub fn metrics(&self) -> Tensor<1> {
        from_gpu(self.metrics.clone())
    }

    /// Copies of parameters, both moments and moving average; later steps do not change them.
    pub fn optimizer(&self) -> AdamState<Tensor<1>> {
        self.optimizer.clone().map(|buffer| from_gpu(copy(buffer)))
    }

    /// A copy of the parameters, `[P]`.
    pub fn copied_params(&self) -> Tensor<1> {
        from_gpu(copy(self.optimizer[0].clone()))
    }

    /// A copy of the moving average, `[P]`.
    pub fn ema(&self) -> Tensor<1> {
        from_gpu(copy(self.optimizer[3].clone()))
    }

    /// A copy of the whole state.
    pub fn saved(&self) -> Self {
        let like = |buffer: &CubeTensor| empty(buffer, dims::<1>(buffer));
        let saved = Self {
            ctx: self.ctx.clone(),
            optimizer: self.optimizer.each_ref().map(like),
            inputs: like(&self.inputs),
            input_lengths: self.input_lengths.clone(),
            metrics: like(&self.metrics),
            stopped: like(&self.stopped),
        };
        saved.copy_from(self);
        saved
    }

    /// Overwrites this state's numbers with those of `other`, without allocating memory.
    pub fn copy_from(&self, other: &Self) {
        for (to, from) in self.buffers().into_iter().zip(other.buffers()) {
            flatten_into(&self.ctx, to, std::slice::from_ref(from));
        }
    }

    /// All buffers of the state, in a fixed order.
    fn buffers(&self) -> [&CubeTensor; 7] {
        let [params, m, v, ema] = &self.optimizer;
        [
            params,
            m,
            v,
            ema,
            &self.inputs,
            &self.metrics,
            &self.stopped,
        ]
    }

    /// Lets updates change the state again after a step whose metrics were not finite.
    pub fn clear_stopped(&self) {
        let zero = uploaded(&self.stopped, &[[0; 4]]);
        flatten_into(&self.ctx, &self.stopped, &[zero]);
    }
}
