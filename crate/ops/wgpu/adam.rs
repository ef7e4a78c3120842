//! Launching `shaders/optimizer/adam.wgsl`.

use burn::backend::ops::FloatTensorOps;
use burn_wgpu::{CubeBackend, CubeTensor, SourceTemplate};

use super::super::adam::{AdamCoefficients, AdamState};
use super::{Context, Shader, dims, launch, template, uploaded};

const INVOCATIONS: usize = 256;
/// What WebGPU promises along one axis.
const MOST_WORKGROUPS: usize = 65_535;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AdamShader;

impl AdamShader {
    pub fn source(self) -> SourceTemplate {
        template(
            include_str!("../../../shaders/optimizer/adam.wgsl"),
            [
                ("invocations", INVOCATIONS.to_string()),
                ("coefficients", AdamCoefficients::COUNT.to_string()),
            ],
        )
    }

    /// A state beside the one given.
    pub fn updated(
        ctx: &Context,
        state: AdamState<CubeTensor>,
        gradient: CubeTensor,
        norm: CubeTensor,
        coefficients: AdamCoefficients,
    ) -> AdamState<CubeTensor> {
        let copies = state.map(copy);
        let table = uploaded(&norm, &coefficients.numbers().map(f32::to_le_bytes));
        let stopped = uploaded(&norm, &[[0; 4]]);
        Self::update(ctx, &copies, &gradient, &norm, &table, &stopped);
        copies
    }

    /// Change a state in place; nobody else may have its buffers.
    ///
    /// * `metrics`: numbers that have to be finite, the gradient's norm last
    /// * `coefficients`: [`AdamCoefficients::numbers`]
    /// * `stopped`: one number, 0 as long as all were
    pub fn update(
        ctx: &Context,
        [params, m, v, ema]: &AdamState<CubeTensor>,
        gradient: &CubeTensor,
        metrics: &CubeTensor,
        coefficients: &CubeTensor,
        stopped: &CubeTensor,
    ) {
        let [count] = dims(params);
        launch(
            ctx,
            Shader::Adam(Self),
            INVOCATIONS,
            [count.div_ceil(INVOCATIONS).min(MOST_WORKGROUPS), 1, 1],
            &[params, m, v, ema, gradient, metrics, coefficients, stopped],
        );
    }
}

/// The same numbers in a buffer of their own.
pub fn copy(tensor: CubeTensor) -> CubeTensor {
    CubeBackend::float_add_scalar(tensor, 0.0.into())
}
