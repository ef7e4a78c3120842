//! Generates and launches `shaders/group_norm/group_norm.wgsl`, whose loops over an invocation's pixels are unrolled here,
//! and launches `shaders/conv/bias_gradient.wgsl`.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;
use burn_wgpu::{CubeBackend, CubeTensor, SourceTemplate};

use super::super::GROUP_NORM_EPS;
use super::{
    Context, Shader, dims, element_type, empty, fits, launch, quad_directives, template,
    vector_width,
};

/// The most invocations of a workgroup; every WebGPU adapter allows 256.
const INVOCATIONS: usize = 128;

/// `shaders/group_norm/group_norm.wgsl`, forward or backward.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupNormShader {
    /// Pixels of an image.
    pixels: usize,
    channels: usize,
    groups: usize,
    /// Whether SiLU follows.
    silu: bool,
    backward: bool,
    /// See [`Capabilities::quads`](crate::ops::Capabilities::quads).
    quads: bool,
}

impl GroupNormShader {
    /// The shader for such an `x`, [B, H, W, C]. `None` if a group has too many channels for a workgroup, or the adapter has
    /// no room for the kernels.
    pub fn new(
        ctx: &Context,
        x: &CubeTensor,
        groups: usize,
        silu: bool,
        backward: bool,
    ) -> Option<Self> {
        let [_, height, width, channels] = dims(x);
        let norm = Self {
            pixels: height * width,
            channels,
            groups,
            silu,
            backward,
            quads: ctx.capabilities().quads,
        };
        (fits(ctx) && norm.width() <= INVOCATIONS).then_some(norm)
    }

    /// The number of channels of a group.
    fn group(&self) -> usize {
        self.channels / self.groups
    }

    /// The number of channels of a group, counted in vectors.
    fn width(&self) -> usize {
        self.group() / vector_width(self.group())
    }

    /// The number of pixels that a workgroup reads at a time: a power of two, and at most about a quarter of the image, so
    /// that every invocation has several pixels.
    fn lanes(&self) -> usize {
        let max = (INVOCATIONS / self.width()).min(self.pixels.next_power_of_two() / 4);
        1 << max.max(1).ilog2()
    }

    /// Invocations of a workgroup.
    fn workgroup(&self) -> usize {
        self.lanes() * self.width()
    }

    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        let (lanes, vector) = (self.lanes(), vector_width(self.group()));
        // With four pixels at a time or more, all invocations of a quad have the same channel.
        let quads = self.quads && lanes >= 4;
        let quad_size = if quads { 4 } else { 1 };
        let number = &element_type(self.group());
        let quad_sum = |name: &str| {
            if quads {
                format!("{name} += quadSwapX({name});\n    {name} += quadSwapY({name});\n    ")
            } else {
                String::new()
            }
        };
        let pixels_per_invocation = self.pixels.div_ceil(lanes);
        let each = |text: &dyn Fn(usize) -> String, between: &str| -> String {
            (0..pixels_per_invocation)
                .map(text)
                .collect::<Vec<_>>()
                .join(between)
        };
        // Only an invocation's last pixel may lie beyond the image.
        let inside = |i: usize, value: String| {
            if (i + 1) * lanes <= self.pixels {
                value
            } else {
                format!("select({number}(0.0), {value}, inside)")
            }
        };
        let store = |i: usize, value: &str| {
            let store = format!("output[at_{i}] = {value};");
            if (i + 1) * lanes <= self.pixels {
                store
            } else {
                format!("if (inside) {{ {store} }}")
            }
        };
        let load = |i: usize| {
            format!(
                "let at_{i} = first + min(pixel + {}u, PIXELS - 1u) * CHANNELS;\n    \
                 var x_{i} = {};",
                i * lanes,
                inside(i, format!("images[at_{i}]"))
            )
        };
        let (bindings, body) = if self.backward {
            let partials = self.workgroup() / quad_size;
            (
                format!(
                    "@group(0) @binding(4) var<storage, read_write> gradient: array<{number}>;\n\
                     @group(0) @binding(5) var<storage, read_write> image_gradients: array<{number}>;\n\
                     const PARTIALS_A_CHANNEL = {}u;\n\
                     var<workgroup> partial_dz: array<{number}, {partials}>;\n\
                     var<workgroup> partial_dz_n: array<{number}, {partials}>;\n\
                     var<workgroup> channel_d: array<{number}, {width}>;\n\
                     var<workgroup> channel_d_n: array<{number}, {width}>;",
                    lanes / quad_size,
                    width = self.width(),
                ),
                include_str!("../../../shaders/group_norm/backward.wgsl"),
            )
        } else {
            (
                String::new(),
                include_str!("../../../shaders/group_norm/forward.wgsl"),
            )
        };
        let gradient = |i: usize| {
            let slope = if self.silu {
                format!(" * silu_slope(x_{i} * w + b)")
            } else {
                String::new()
            };
            format!(
                "x_{i} *= inverse;\n    let dz_{i} = {};",
                inside(i, format!("gradient[at_{i}]{slope}"))
            )
        };
        let stores = |i: usize| match (self.backward, self.silu) {
            (true, _) => store(
                i,
                &format!("(dz_{i} * w - mean_d - x_{i} * mean_d_n) * inverse"),
            ),
            (false, true) => store(i, &format!("silu(x_{i} * scale + shift)")),
            (false, false) => store(i, &format!("x_{i} * scale + shift")),
        };
        let body = body
            .replace("{{ gradients }}", &each(&gradient, "\n    "))
            .replace("{{ sum_dz }}", &each(&|i| format!("dz_{i}"), " + "))
            .replace(
                "{{ sum_dz_n }}",
                &each(&|i| format!("dz_{i} * x_{i}"), " + "),
            )
            .replace(
                "{{ quad_sums }}",
                &(quad_sum("sum_dz") + &quad_sum("sum_dz_n")),
            )
            .replace("{{ quad_size }}", &quad_size.to_string())
            .replace("{{ type }}", number)
            .replace("{{ stores }}", &each(&stores, "\n    "));
        let sums = include_str!("../../../shaders/group_norm/sums.wgsl")
            .replace(
                "{{ partials }}",
                &(self.workgroup() / quad_size).to_string(),
            )
            .replace("{{ quad_size }}", &quad_size.to_string())
            .replace("{{ quad_sum }}", &quad_sum("sum"));
        let horizontal = if vector == 4 {
            "dot(value, vec4(1.0))"
        } else {
            "value"
        };
        let (enable, lane) = quad_directives(quads);
        template(
            include_str!("../../../shaders/group_norm/group_norm.wgsl"),
            [
                ("enable", enable.into()),
                ("lane", lane.into()),
                ("vector", vector.to_string()),
                ("pixels_per_invocation", pixels_per_invocation.to_string()),
                ("type", number.clone()),
                ("bindings", bindings),
                ("pixels", self.pixels.to_string()),
                ("channels", (self.channels / vector).to_string()),
                ("width", self.width().to_string()),
                (
                    "count",
                    format!("{:?}", (self.pixels * self.width() * vector) as f32),
                ),
                ("eps", format!("{GROUP_NORM_EPS:?}")),
                ("lanes", lanes.to_string()),
                ("workgroup", self.workgroup().to_string()),
                ("sums", sums),
                ("horizontal", horizontal.into()),
                (
                    "inside",
                    format!("pixel + {}u < PIXELS", (pixels_per_invocation - 1) * lanes),
                ),
                ("load", each(&load, "\n    ")),
                ("sum", each(&|i| format!("x_{i}"), " + ")),
                (
                    "centre",
                    each(
                        &|i| format!("x_{i} = {};", inside(i, format!("x_{i} - mean"))),
                        "\n    ",
                    ),
                ),
                ("squares", each(&|i| format!("x_{i} * x_{i}"), " + ")),
                ("body", body),
            ],
        )
    }

    fn launch(self, ctx: &Context, batch: usize, buffers: &[&CubeTensor]) {
        let (size, groups) = (self.workgroup(), self.groups);
        launch(
            ctx,
            Shader::GroupNorm(self),
            size,
            [groups, batch, 1],
            buffers,
        );
    }

    /// See [`crate::ops::group_norm`]. All tensors are contiguous.
    pub fn forward(
        self,
        ctx: &Context,
        x: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
    ) -> CubeTensor {
        let shape @ [batch, ..] = dims::<4>(&x);
        let y = empty(&x, shape);
        self.launch(ctx, batch, &[&x, &weight, &bias, &y]);
        y
    }

    /// The gradients with respect to `x`, `weight` and `bias`, where `dy` is that with respect to the output,
    /// [B, H, W, C]. All tensors are contiguous.
    pub fn backward(
        self,
        ctx: &Context,
        x: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        dy: CubeTensor,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        type B = CubeBackend;
        let shape @ [batch, _, _, channels] = dims::<4>(&x);
        let dx = empty(&x, shape);
        let image_gradients = empty(&x, [batch, 2 * channels]);
        self.launch(
            ctx,
            batch,
            &[&x, &weight, &bias, &dx, &dy, &image_gradients],
        );
        let sums = B::float_sum_dim(image_gradients, 0);
        let sums = B::float_reshape(sums, Shape::from([2, channels]));
        let row = |index: usize| {
            let row = B::float_slice(sums.clone(), &[(index..index + 1).into()]);
            B::float_reshape(row, Shape::from([channels]))
        };
        (dx, row(0), row(1))
    }
}

/// `shaders/conv/bias_gradient.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BiasGradientShader {
    /// Pixels of an image.
    pixels: usize,
    channels: usize,
}

impl BiasGradientShader {
    /// The most invocations of a workgroup.
    const INVOCATIONS: usize = 64;
    /// The most pixels that a workgroup reads at a time.
    const LANES: usize = 16;

    /// The number of channels, counted in vectors.
    fn width(&self) -> usize {
        self.channels / vector_width(self.channels)
    }

    /// The number of channels of a workgroup, counted in vectors, and of pixels that it reads at a time.
    fn tile(&self) -> [usize; 2] {
        let width = self.width().min(Self::INVOCATIONS / Self::LANES);
        [width, Self::LANES.min(self.pixels)]
    }

    /// Invocations of a workgroup.
    fn workgroup(&self) -> usize {
        self.tile().iter().product()
    }

    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        let [width, lanes] = self.tile();
        template(
            include_str!("../../../shaders/conv/bias_gradient.wgsl"),
            [
                ("type", element_type(self.channels)),
                ("pixels", self.pixels.to_string()),
                ("channels", self.width().to_string()),
                ("width", width.to_string()),
                ("lanes", lanes.to_string()),
                ("workgroup", self.workgroup().to_string()),
            ],
        )
    }
}

/// See [`Kernels::pixel_sums`](crate::ops::Kernels::pixel_sums); `x` is contiguous.
///
/// # Shapes
/// [B, H, W, C] → [B, C]
pub fn pixel_sums(ctx: &Context, x: FloatTensor<CubeBackend>) -> FloatTensor<CubeBackend> {
    let [batch, height, width, channels] = dims(&x);
    let shader = BiasGradientShader {
        pixels: height * width,
        channels,
    };
    if shader.pixels == 1 {
        return CubeBackend::float_reshape(x, Shape::from([batch, channels]));
    }
    let sums = empty(&x, [batch, channels]);
    let [channels_per_workgroup, _] = shader.tile();
    let workgroups = [shader.width().div_ceil(channels_per_workgroup), batch, 1];
    launch(
        ctx,
        Shader::BiasGradient(shader.clone()),
        shader.workgroup(),
        workgroups,
        &[&x, &sums],
    );
    sums
}
