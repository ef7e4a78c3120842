//! Launches `shaders/noise/gaussian.wgsl` and `shaders/noise/q_sample.wgsl`.

use burn_wgpu::{CubeTensor, SourceTemplate};

use super::super::noise::Gaussians;
use super::{Context, Shader, dims, empty, launch, template, uploaded};

/// Invocations of a workgroup.
const INVOCATIONS: usize = 64;

/// `shaders/noise/gaussian.wgsl` or `shaders/noise/q_sample.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NoiseShader {
    /// The number of values in a row.
    width: usize,
    /// Whether the noise is added to an image (`q_sample.wgsl`).
    q_sample: bool,
}

impl NoiseShader {
    /// The shader's text.
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

    fn launch(self, ctx: &Context, rows: usize, buffers: &[&CubeTensor]) {
        let workgroups = [self.width.div_ceil(2 * INVOCATIONS), rows, 1];
        launch(ctx, Shader::Noise(self), INVOCATIONS, workgroups, buffers);
    }
}

/// The words that name the noise's stream, uploaded: the binding `numbers` of the shaders.
fn numbers(like: &CubeTensor, noise: Gaussians) -> CubeTensor {
    uploaded(like, &noise.words().map(u32::to_le_bytes))
}

/// See [`crate::ops::gaussian`]; `anchor` is any tensor on the device.
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
    shader.launch(ctx, shape[0], &[&numbers(&anchor, noise), &output]);
    output
}

/// x_t and ε, see [`Kernels::q_sample`](crate::ops::Kernels::q_sample). All tensors are contiguous.
pub fn q_sample(
    ctx: &Context,
    x0: CubeTensor,
    factors: CubeTensor,
    noise: Gaussians,
) -> (CubeTensor, CubeTensor) {
    let shape = dims::<4>(&x0);
    let (x_t, eps) = (empty(&x0, shape), empty(&x0, shape));
    let shader = NoiseShader {
        width: shape[1..].iter().product(),
        q_sample: true,
    };
    let buffers = [&numbers(&x0, noise), &x0, &factors, &x_t, &eps];
    shader.launch(ctx, shape[0], &buffers);
    (x_t, eps)
}
