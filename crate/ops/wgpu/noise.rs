//! Launching `shaders/noise/gaussian.wgsl` and `shaders/noise/q_sample.wgsl`.

use burn_wgpu::{CubeTensor, SourceTemplate};

use super::super::noise::Gaussians;
use super::{Context, Shader, dims, empty, launch, template, uploaded};

const INVOCATIONS: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NoiseShader {
    /// Numbers of a row.
    width: usize,
    /// Whether the noise is put on an image.
    q_sample: bool,
}

impl NoiseShader {
    pub fn source(&self) -> SourceTemplate {
        template(
            if self.q_sample {
                include_str!("../../../shaders/noise/q_sample.wgsl")
            } else {
                include_str!("../../../shaders/noise/gaussian.wgsl")
            },
            [
                ("width", self.width.to_string()),
                ("invocations", INVOCATIONS.to_string()),
                (
                    "philox",
                    include_str!("../../../shaders/noise/philox.wgsl").into(),
                ),
            ],
        )
    }

    fn run(self, ctx: &Context, rows: usize, buffers: &[&CubeTensor]) {
        let workgroups = [self.width.div_ceil(2 * INVOCATIONS), rows, 1];
        launch(ctx, Shader::Noise(self), INVOCATIONS, workgroups, buffers);
    }
}

fn stream(like: &CubeTensor, noise: Gaussians) -> CubeTensor {
    uploaded(like, &noise.words().map(u32::to_le_bytes))
}

pub fn gaussian(
    ctx: &Context,
    anchor: CubeTensor,
    noise: Gaussians,
    shape: [usize; 4],
) -> CubeTensor {
    let output = empty(&anchor, shape);
    let width = shape[1..].iter().product();
    let shader = NoiseShader {
        width,
        q_sample: false,
    };
    shader.run(ctx, shape[0], &[&stream(&anchor, noise), &output]);
    output
}

/// x_t and ε.
pub fn q_sample(
    ctx: &Context,
    x0: CubeTensor,
    rates: CubeTensor,
    noise: Gaussians,
) -> (CubeTensor, CubeTensor) {
    let shape = dims::<4>(&x0);
    let (x_t, eps) = (empty(&x0, shape), empty(&x0, shape));
    let shader = NoiseShader {
        width: shape[1..].iter().product(),
        q_sample: true,
    };
    let buffers = [&stream(&x0, noise), &x0, &rates, &x_t, &eps];
    shader.run(ctx, shape[0], &buffers);
    (x_t, eps)
}
