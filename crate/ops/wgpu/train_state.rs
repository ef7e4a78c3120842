//! Training's state on a GPU, where every step changes it in place.

use burn::backend::wgpu::CubeTensor;
use burn::tensor::Tensor;

use super::adam::{Adam, copy};
use super::flatten::join_into;
use super::{dims, empty, from_gpu, on_gpu, split, uploaded};
use crate::ops::adam::AdamState;

/// All that a training step reads and writes beyond itself, so that every step is the same launches with the same buffers:
/// it can be recorded once and replayed.
#[derive(Debug)]
pub struct GpuTrainState {
    state: AdamState<CubeTensor>,
    /// What the step is asked, one thing after the other.
    asked: CubeTensor,
    lengths: Vec<usize>,
    /// What is found of a step, which has to be finite.
    metrics: CubeTensor,
    /// Not 0 once it was not: from then on no step changes anything.
    stopped: CubeTensor,
}

fn held(tensor: Tensor<1>) -> CubeTensor {
    on_gpu(tensor).expect("a course is on a GPU")
}

impl GpuTrainState {
    /// `state`: parameters, both moments, average, [P] each. `lengths`: numbers of each thing that a step is asked.
    /// `found`: how many are found. `None` without a GPU.
    pub fn new(state: AdamState<Tensor<1>>, lengths: Vec<usize>, found: usize) -> Option<Self> {
        let [params, m, v, ema] = state.map(on_gpu);
        // Steps overwrite them, so they are nobody else's.
        let state = [params?, m?, v?, ema?].map(copy);
        let anchor = &state[0];
        Some(Self {
            asked: empty(anchor, [lengths.iter().sum()]),
            metrics: uploaded(anchor, &vec![[0; 4]; found]),
            stopped: uploaded(anchor, &[[0; 4]]),
            lengths,
            state,
        })
    }

    /// Ask this of the next step: as many numbers as were said of each.
    pub fn ask(&self, things: &[Tensor<1>]) {
        let things: Vec<CubeTensor> = things.iter().cloned().map(held).collect();
        debug_assert!(
            things
                .iter()
                .map(|thing| dims::<1>(thing)[0])
                .eq(self.lengths.iter().copied())
        );
        join_into(&self.asked, &things);
    }

    /// What the step is asked.
    pub fn asked(&self) -> Vec<Tensor<1>> {
        split(from_gpu(self.asked.clone()), &self.lengths).expect("it is on a GPU")
    }

    /// As they stand; the buffer is that of all steps.
    pub fn params(&self) -> Tensor<1> {
        from_gpu(self.state[0].clone())
    }

    /// The update at a step's end. `found`: of the step, the gradient's norm last. `coefficients`:
    /// [`super::super::AdamCoefficients::numbers`].
    pub fn update(&self, gradient: Tensor<1>, found: &[Tensor<1>], coefficients: Tensor<1>) {
        let found: Vec<CubeTensor> = found.iter().cloned().map(held).collect();
        join_into(&self.metrics, &found);
        Adam::update(
            &self.state,
            &held(gradient),
            &self.metrics,
            &held(coefficients),
            &self.stopped,
        );
    }

    /// What was found of the last step. The buffer is that of all steps: to be read before the next.
    pub fn metrics(&self) -> Tensor<1> {
        from_gpu(self.metrics.clone())
    }

    /// Parameters, both moments, average: copies, which steps do not change.
    pub fn state(&self) -> AdamState<Tensor<1>> {
        self.state.clone().map(|of| from_gpu(copy(of)))
    }

    /// The same in buffers of its own.
    pub fn saved(&self) -> Self {
        let like = |of: &CubeTensor| empty(of, dims::<1>(of));
        let saved = Self {
            state: self.state.each_ref().map(like),
            asked: like(&self.asked),
            lengths: self.lengths.clone(),
            metrics: like(&self.metrics),
            stopped: like(&self.stopped),
        };
        saved.take_over(self);
        saved
    }

    /// Be what another is, which asks for no memory.
    pub fn take_over(&self, other: &Self) {
        for (to, from) in self.buffers().into_iter().zip(other.buffers()) {
            join_into(to, std::slice::from_ref(from));
        }
    }

    fn buffers(&self) -> [&CubeTensor; 7] {
        let [params, m, v, ema] = &self.state;
        [params, m, v, ema, &self.asked, &self.metrics, &self.stopped]
    }

    /// A copy of the average.
    pub fn average(&self) -> Tensor<1> {
        from_gpu(copy(self.state[3].clone()))
    }

    /// Have steps change the state again, after one that was not finite.
    pub fn go_on(&self) {
        join_into(&self.stopped, &[uploaded(&self.stopped, &[[0; 4]])]);
    }
}
