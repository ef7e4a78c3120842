//! Launches `shaders/probe/quad.wgsl`, which finds out whether neighbouring invocations form quads.

use burn_wgpu::{CubeTensor, SourceTemplate};

use super::{Context, Shader, dims, empty, launch, quad_directives, template};

/// `shaders/probe/quad.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QuadProbe {
    /// Invocations of the one workgroup.
    invocations: usize,
}

impl QuadProbe {
    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        let (enable, lane) = quad_directives(true);
        template(
            include_str!("../../../shaders/probe/quad.wgsl"),
            [
                ("enable", enable.into()),
                ("lane", lane.into()),
                ("invocations", self.invocations.to_string()),
            ],
        )
    }

    /// See [`Kernels::quad_firsts`](crate::ops::Kernels::quad_firsts).
    pub fn firsts(ctx: &Context, numbers: CubeTensor) -> CubeTensor {
        let [invocations] = dims(&numbers);
        let firsts = empty(&numbers, [invocations]);
        launch(
            ctx,
            Shader::QuadProbe(Self { invocations }),
            invocations,
            [1, 1, 1],
            &[&numbers, &firsts],
        );
        firsts
    }
}
