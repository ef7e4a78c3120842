//! Launching `shaders/adam_moments.wgsl` and `shaders/adam_params.wgsl`: two, because WebGPU promises no more than
//! eight buffers to a shader.

use burn::backend::wgpu::{CubeTensor, SourceTemplate};

use super::super::adam::{AdamCoefficients, AdamState};
use super::{Shader, dims, empty, launch, template, uploaded};

const INVOCATIONS: usize = 256;
/// What WebGPU promises along one axis.
const MOST_WORKGROUPS: usize = 65_535;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Adam {
    Moments,
    Params,
}

impl Adam {
    pub fn source(self) -> SourceTemplate {
        template(
            match self {
                Adam::Moments => include_str!("../../../shaders/adam_moments.wgsl"),
                Adam::Params => include_str!("../../../shaders/adam_params.wgsl"),
            },
            [
                ("invocations", INVOCATIONS.to_string()),
                ("coefficients", AdamCoefficients::COUNT.to_string()),
            ],
        )
    }

    pub fn update(
        [params, m, v, ema]: AdamState<CubeTensor>,
        gradient: CubeTensor,
        norm: CubeTensor,
        coefficients: AdamCoefficients,
    ) -> AdamState<CubeTensor> {
        let [count] = dims(&params);
        let [next_params, next_m, next_v, next_ema] = [(); 4].map(|()| empty(&params, [count]));
        let table = uploaded(&params, &coefficients.numbers().map(f32::to_le_bytes));
        let workgroups = [count.div_ceil(INVOCATIONS).min(MOST_WORKGROUPS), 1, 1];
        let run = |shader: Adam, buffers: &[&CubeTensor]| {
            launch(Shader::Adam(shader), INVOCATIONS, workgroups, buffers);
        };
        run(
            Adam::Moments,
            &[&m, &v, &gradient, &norm, &table, &next_m, &next_v],
        );
        run(
            Adam::Params,
            &[
                &params,
                &ema,
                &next_m,
                &next_v,
                &table,
                &next_params,
                &next_ema,
            ],
        );
        [next_params, next_m, next_v, next_ema]
    }
}
