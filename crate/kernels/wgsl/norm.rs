//! Launching `group_norm.wgsl` and `pixel_sums.wgsl`.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, CubeTensor, SourceTemplate};
use burn::tensor::Shape;

use super::super::GROUP_NORM_EPS;
use super::{Shader, dims, empty, launch, template};

/// Invocations of a workgroup that every WebGPU adapter allows.
const INVOCATIONS: usize = 256;

/// One normalisation; see `shaders/group_norm.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Norm {
    pixels: usize,
    channels: usize,
    groups: usize,
    silu: bool,
    backward: bool,
}

impl Norm {
    /// None if a group is too wide for a workgroup.
    pub fn new(x: &CubeTensor, groups: usize, silu: bool, backward: bool) -> Option<Self> {
        let [_, height, width, channels] = dims(x);
        (channels / groups <= INVOCATIONS).then_some(Self {
            pixels: height * width,
            channels,
            groups,
            silu,
            backward,
        })
    }

    /// Channels of a group.
    fn width(&self) -> usize {
        self.channels / self.groups
    }

    /// Pixels at a time: a power of two, and no more than there are.
    fn lanes(&self) -> usize {
        let most = (INVOCATIONS / self.width()).min(self.pixels.next_power_of_two());
        1 << most.ilog2()
    }

    pub fn source(&self) -> SourceTemplate {
        let (bindings, body) = if self.backward {
            (
                "@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;\n\
                 @group(0) @binding(5) var<storage, read_write> shares: array<f32>;",
                include_str!("../../../shaders/group_norm_backward.wgsl"),
            )
        } else {
            ("", include_str!("../../../shaders/group_norm_forward.wgsl"))
        };
        let (activated, before) = if self.silu {
            let sigmoid = "(1.0 / (1.0 + exp(-z)))";
            (
                format!("z * {sigmoid}"),
                format!("gradient[at] * {sigmoid} * (1.0 + z * (1.0 - {sigmoid}))"),
            )
        } else {
            ("z".into(), "gradient[at]".into())
        };
        let body = body
            .replace("{{ activated }}", &activated)
            .replace("{{ before }}", &before);
        template(
            include_str!("../../../shaders/group_norm.wgsl"),
            [
                ("bindings", bindings.into()),
                ("pixels", self.pixels.to_string()),
                ("channels", self.channels.to_string()),
                ("width", self.width().to_string()),
                ("eps", format!("{GROUP_NORM_EPS:?}")),
                ("lanes", self.lanes().to_string()),
                ("workgroup", (self.lanes() * self.width()).to_string()),
                ("body", body),
            ],
        )
    }

    fn launch(self, batch: usize, buffers: &[&CubeTensor]) {
        let size = [(self.lanes() * self.width()) as u32, 1];
        let groups = self.groups;
        launch(Shader::Norm(self), size, [groups, batch, 1], buffers);
    }

    pub fn forward(self, x: CubeTensor, weight: CubeTensor, bias: CubeTensor) -> CubeTensor {
        let shape @ [batch, ..] = dims::<4>(&x);
        let y = empty(&x, shape);
        self.launch(batch, &[&x, &weight, &bias, &y]);
        y
    }

    pub fn backward(
        self,
        x: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        dy: CubeTensor,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        type B = CubeBackend;
        let shape @ [batch, _, _, channels] = dims::<4>(&x);
        let dx = empty(&x, shape);
        let shares = empty(&x, [batch, 2 * channels]);
        self.launch(batch, &[&x, &weight, &bias, &dx, &dy, &shares]);
        let sums = B::float_reshape(B::float_sum_dim(shares, 0), Shape::from([2, channels]));
        let row = |index: usize| {
            let row = B::float_slice(sums.clone(), &[(index..index + 1).into()]);
            B::float_reshape(row, Shape::from([channels]))
        };
        (dx, row(0), row(1))
    }
}

/// See `shaders/pixel_sums.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PixelSums {
    pixels: usize,
    channels: usize,
}

impl PixelSums {
    pub fn source(&self) -> SourceTemplate {
        template(
            include_str!("../../../shaders/pixel_sums.wgsl"),
            [
                ("pixels", self.pixels.to_string()),
                ("channels", self.channels.to_string()),
            ],
        )
    }
}

/// [B, H, W, C] → [B, C].
pub fn pixel_sums(x: FloatTensor<CubeBackend>) -> FloatTensor<CubeBackend> {
    let [batch, height, width, channels] = dims(&x);
    let sums = empty(&x, [batch, channels]);
    let shader = PixelSums {
        pixels: height * width,
        channels,
    };
    launch(
        Shader::PixelSums(shader),
        [256, 1],
        [channels.div_ceil(16), batch, 1],
        &[&x, &sums],
    );
    sums
}
