//! Launching `shaders/probe/quad.wgsl`.

use burn_wgpu::{CubeTensor, SourceTemplate};

use super::{Context, Shader, dims, empty, launch, quad_directives, template};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QuadProbe {
    invocations: usize,
}

impl QuadProbe {
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
