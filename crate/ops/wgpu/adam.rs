//! Launches `shaders/optimizer/adam.wgsl`, the update of the optimiser's state.

use burn::backend::ops::FloatTensorOps;
use burn_wgpu::{CubeBackend, CubeTensor, SourceTemplate};

use super::super::adam::{AdamCoefficients, AdamState};
use super::{Context, Shader, dims, launch, template, uploaded};

/// Invocations of a workgroup.
const INVOCATIONS: usize = 256;
/// The number of workgroups that every WebGPU adapter allows along one axis.
const MAX_WORKGROUPS: usize = 65_535;

/// `shaders/optimizer/adam.wgsl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AdamShader;

impl AdamShader {
    /// The shader's text.
    pub fn source(self) -> SourceTemplate {
        template(
            include_str!("../../../shaders/optimizer/adam.wgsl"),
            [
                ("invocations", INVOCATIONS.to_string()),
                ("coefficients", AdamCoefficients::COUNT.to_string()),
            ],
        )
    }

    /// The updated state in new buffers; the given one stays as it is.
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

    /// Updates a state in place. No other tensor may share its buffers.
    ///
    /// # Shapes
    /// * `gradient` and each tensor of the state: `[N]`
    /// * `metrics`: the loss first and the gradient's norm last; if one of these is not finite, nothing is updated
    /// * `coefficients`: [`AdamCoefficients::numbers`]
    /// * `stopped`: `[1]`, 0 as long as all metrics were finite; the kernel sets it to 1 when one was not, and then updates
    ///   nothing until it is 0 again
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
            [count.div_ceil(INVOCATIONS).min(MAX_WORKGROUPS), 1, 1],
            &[params, m, v, ema, gradient, metrics, coefficients, stopped],
        );
    }
}

/// A copy of the tensor in a buffer of its own.
pub fn copy(tensor: CubeTensor) -> CubeTensor {
    CubeBackend::float_add_scalar(tensor, 0.0.into())
}
