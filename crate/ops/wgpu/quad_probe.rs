//! Launching `shaders/probe/quad.wgsl`.

use burn::backend::wgpu::{CubeTensor, SourceTemplate};

use super::capabilities::directives;
use super::{Shader, dims, empty, launch, template};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Quads {
    invocations: usize,
}

impl Quads {
    pub fn source(&self) -> SourceTemplate {
        let (enable, lane) = directives(true);
        template(
            include_str!("../../../shaders/probe/quad.wgsl"),
            [
                ("enable", enable.into()),
                ("lane", lane.into()),
                ("invocations", self.invocations.to_string()),
            ],
        )
    }

    pub fn firsts(numbers: CubeTensor) -> CubeTensor {
        let [invocations] = dims(&numbers);
        let firsts = empty(&numbers, [invocations]);
        launch(
            Shader::Quads(Self { invocations }),
            invocations,
            [1, 1, 1],
            &[&numbers, &firsts],
        );
        firsts
    }
}
