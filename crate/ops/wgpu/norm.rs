//! Launching `shaders/group_norm/group_norm.wgsl` and `shaders/conv/bias_gradient.wgsl`.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;
use burn_wgpu::{CubeBackend, CubeTensor, SourceTemplate};

use super::super::GROUP_NORM_EPS;
use super::{
    Context, Shader, dims, element, empty, fits, launch, quad_directives, template, vector,
};

/// Most invocations of a workgroup; 256 is what every WebGPU adapter allows.
const INVOCATIONS: usize = 128;

/// One normalisation; see `shaders/group_norm/group_norm.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupNormShader {
    pixels: usize,
    channels: usize,
    groups: usize,
    silu: bool,
    backward: bool,
    quads: bool,
}

impl GroupNormShader {
    /// None if a group is too wide for a workgroup, or the adapter's are too small.
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

    /// Channels of a group.
    fn group(&self) -> usize {
        self.channels / self.groups
    }

    /// Vectors of a group.
    fn width(&self) -> usize {
        self.group() / vector(self.group())
    }

    /// Pixels at a time: a power of two, and so few that there are some for each invocation.
    fn lanes(&self) -> usize {
        let most = (INVOCATIONS / self.width()).min(self.pixels.next_power_of_two() / 4);
        1 << most.max(1).ilog2()
    }

    fn workgroup(&self) -> usize {
        self.lanes() * self.width()
    }

    pub fn source(&self) -> SourceTemplate {
        let (lanes, vector) = (self.lanes(), vector(self.group()));
        // A quad has one channel.
        let quads = self.quads && lanes >= 4;
        let together = if quads { 4 } else { 1 };
        let number = &element(self.group());
        let quad_sum = |name: &str| {
            if quads {
                format!("{name} += quadSwapX({name});\n    {name} += quadSwapY({name});\n    ")
            } else {
                String::new()
            }
        };
        let held = self.pixels.div_ceil(lanes);
        let each = |text: &dyn Fn(usize) -> String, between: &str| -> String {
            (0..held).map(text).collect::<Vec<_>>().join(between)
        };
        // Only the last may lie beyond the image.
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
            let partials = self.workgroup() / together;
            (
                format!(
                    "@group(0) @binding(4) var<storage, read_write> gradient: array<{number}>;\n\
                     @group(0) @binding(5) var<storage, read_write> shares: array<{number}>;\n\
                     const PARTIALS_A_CHANNEL = {}u;\n\
                     var<workgroup> partial_dz: array<{number}, {partials}>;\n\
                     var<workgroup> partial_dz_n: array<{number}, {partials}>;\n\
                     var<workgroup> channel_d: array<{number}, {width}>;\n\
                     var<workgroup> channel_d_n: array<{number}, {width}>;",
                    lanes / together,
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
            .replace("{{ together }}", &together.to_string())
            .replace("{{ type }}", number)
            .replace("{{ stores }}", &each(&stores, "\n    "));
        let sums = include_str!("../../../shaders/group_norm/sums.wgsl")
            .replace("{{ partials }}", &(self.workgroup() / together).to_string())
            .replace("{{ together }}", &together.to_string())
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
                ("held", held.to_string()),
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
                    format!("pixel + {}u < PIXELS", (held - 1) * lanes),
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
        let shares = empty(&x, [batch, 2 * channels]);
        self.launch(ctx, batch, &[&x, &weight, &bias, &dx, &dy, &shares]);
        let sums = B::float_reshape(B::float_sum_dim(shares, 0), Shape::from([2, channels]));
        let row = |index: usize| {
            let row = B::float_slice(sums.clone(), &[(index..index + 1).into()]);
            B::float_reshape(row, Shape::from([channels]))
        };
        (dx, row(0), row(1))
    }
}

/// See `shaders/conv/bias_gradient.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BiasGradient {
    pixels: usize,
    channels: usize,
}

impl BiasGradient {
    /// Most invocations of a workgroup, and most pixels at a time.
    const INVOCATIONS: usize = 64;
    const LANES: usize = 16;

    /// Channels of a pixel, in vectors.
    fn width(&self) -> usize {
        self.channels / vector(self.channels)
    }

    /// Channels of a workgroup, in vectors, and pixels at a time.
    fn tile(&self) -> [usize; 2] {
        let width = self.width().min(Self::INVOCATIONS / Self::LANES);
        [width, Self::LANES.min(self.pixels)]
    }

    fn workgroup(&self) -> usize {
        self.tile().iter().product()
    }

    pub fn source(&self) -> SourceTemplate {
        let [width, lanes] = self.tile();
        template(
            include_str!("../../../shaders/conv/bias_gradient.wgsl"),
            [
                ("type", element(self.channels)),
                ("pixels", self.pixels.to_string()),
                ("channels", self.width().to_string()),
                ("width", width.to_string()),
                ("lanes", lanes.to_string()),
                ("workgroup", self.workgroup().to_string()),
            ],
        )
    }
}

/// [B, H, W, C] → [B, C].
pub fn pixel_sums(ctx: &Context, x: FloatTensor<CubeBackend>) -> FloatTensor<CubeBackend> {
    let [batch, height, width, channels] = dims(&x);
    let shader = BiasGradient {
        pixels: height * width,
        channels,
    };
    if shader.pixels == 1 {
        return CubeBackend::float_reshape(x, Shape::from([batch, channels]));
    }
    let sums = empty(&x, [batch, channels]);
    let [at_a_time, _] = shader.tile();
    let workgroups = [shader.width().div_ceil(at_a_time), batch, 1];
    launch(
        ctx,
        Shader::BiasGradient(shader.clone()),
        shader.workgroup(),
        workgroups,
        &[&x, &sums],
    );
    sums
}
