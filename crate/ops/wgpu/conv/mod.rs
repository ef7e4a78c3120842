//! Launching the convolution's shaders.

mod apply;
mod weights;

use burn::tensor::DType;
use burn_wgpu::CubeTensor;
use cpu_kernels::plan::{Axis, Pass, Plan};

use super::super::Geometry;
use super::{Context, Shader, dims, empty, empty_of, launch};

pub use apply::{ConvShader, PackShader};
pub use weights::{WeightGradientShader, WeightGradientSumShader};

use apply::Bias;

/// The convolution itself, or the gradient of its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    Forward,
    Backward,
}

/// A convolution's sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sizes {
    geometry: Geometry,
    direction: Direction,
    /// [H, W] of the convolution's input.
    input: [usize; 2],
    /// Channels read and written.
    source: usize,
    target: usize,
}

impl Sizes {
    /// Of the convolution of `x` to `target` channels.
    fn forward(x: &CubeTensor, target: usize, geometry: Geometry) -> Self {
        let [_, height, width, source] = dims(x);
        Self {
            geometry,
            direction: Direction::Forward,
            input: [height, width],
            source,
            target,
        }
    }

    fn plan(&self) -> Plan {
        match self.direction {
            Direction::Forward => Plan::forward(self.geometry, self.input),
            Direction::Backward => Plan::backward(self.geometry, self.input),
        }
    }

    fn entries(&self) -> usize {
        self.geometry.kernel().pow(2)
    }

    fn taps(&self) -> usize {
        self.plan().taps().count()
    }

    /// [taps, source channels, target channels in fours, 4] of the weights as `shaders/conv/conv.wgsl` reads them, with zeros beyond
    /// the last channel.
    fn packed(&self) -> [usize; 4] {
        let [sources, targets] = self.fours();
        [self.taps(), 4 * sources, targets, 4]
    }

    /// Channels in fours, rounded up.
    fn fours(&self) -> [usize; 2] {
        [self.source, self.target].map(|channels| channels.div_ceil(4))
    }
}

/// Passes of one launch: all of them where they differ by where they begin alone, as the four of a doubling do, and one
/// in other plans.
fn passes_a_launch(plan: &Plan) -> usize {
    let first = &plan.passes[0];
    let alike = |(index, pass): (usize, &Pass)| {
        let axis = |axis: &Axis, base: &Axis, odd: usize| {
            axis.size == base.size
                && axis.tap_count() == base.tap_count()
                && axis.start == base.start + odd
                && axis.first_tap() == base.first_tap() + odd
        };
        axis(&pass.rows, &first.rows, index / 2) && axis(&pass.cols, &first.cols, index % 2)
    };
    match plan.passes.len() {
        4 if plan.passes.iter().enumerate().all(alike) => 4,
        _ => 1,
    }
}

/// The beginning of `main`: which of the launch's passes a workgroup has, and how far its pixels lie from the first
/// pass's.
fn which_pass(passes: usize) -> String {
    format!(
        "let part = group.z % {passes}u; let below = part / 2u; let right = part % 2u; let rest = group.z / {passes}u;"
    )
}

/// Number of the first tap of a pass among those of all passes.
fn first_tap(plan: &Plan, pass: usize) -> usize {
    plan.passes[..pass].iter().map(|p| p.taps.len()).sum()
}

/// The weight, [out, in, k, k], as `shaders/conv/conv.wgsl` reads it, in 16 bits if `half`.
fn pack(ctx: &Context, sizes: Sizes, weight: &CubeTensor, half: bool) -> CubeTensor {
    // The image's size makes no difference here, and a shader less to compile.
    let sizes = Sizes {
        input: [2, 2],
        ..sizes
    };
    let shape = sizes.packed();
    let packed = if half {
        empty_of(weight, shape, DType::F16)
    } else {
        empty(weight, shape)
    };
    let vectors: usize = shape[..3].iter().product();
    launch(
        ctx,
        Shader::Pack(PackShader { sizes, half }),
        64,
        [vectors.div_ceil(64), 1, 1],
        &[weight, &packed],
    );
    packed
}

/// `bias`: [1, out] or [B, out]; `addend` is of the output's shape, and only with a bias.
fn apply(
    ctx: &Context,
    sizes: Sizes,
    source: CubeTensor,
    packed: CubeTensor,
    bias: Option<CubeTensor>,
    addend: Option<CubeTensor>,
) -> CubeTensor {
    let plan = sizes.plan();
    let [batch, ..] = dims::<4>(&source);
    let [_, targets] = sizes.fours();
    let [height, width] = plan.target;
    let output = empty(&source, [batch, height, width, sizes.target]);
    let rows = bias.as_ref().map(|bias| match dims::<2>(bias) {
        [1, _] => Bias::Shared,
        _ => Bias::EachImage,
    });
    let capabilities = ctx.capabilities();
    let mut buffers = vec![&source, &packed, &output];
    buffers.extend(bias.as_ref());
    buffers.extend(addend.as_ref());
    let together = passes_a_launch(&plan);
    for (index, pass) in plan.passes.iter().enumerate().step_by(together) {
        let tiles = ConvShader::tiles(pass, capabilities);
        // An odd edge of 1 has no odd pixels.
        if tiles == 0 {
            continue;
        }
        let shader = ConvShader {
            sizes,
            pass: index,
            bias: rows,
            addend: addend.is_some(),
            half: packed.dtype == DType::F16,
            capabilities,
        };
        let [x, y] = shader.workgroup(tiles);
        let workgroups = [targets.div_ceil(x), tiles.div_ceil(y), batch * together];
        launch(ctx, Shader::Conv(shader), x * y, workgroups, &buffers);
    }
    output
}

/// See [`super::super::conv`]; all contiguous.
pub fn output(
    ctx: &Context,
    x: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    geometry: Geometry,
) -> CubeTensor {
    let [target, ..] = dims::<4>(&weight);
    let sizes = Sizes::forward(&x, target, geometry);
    let packed = pack(ctx, sizes, &weight, false);
    apply(ctx, sizes, x, packed, Some(bias), None)
}

/// See [`super::super::conv_prepare`]; contiguous.
pub fn prepare(ctx: &Context, weight: CubeTensor, geometry: Geometry) -> CubeTensor {
    let [target, source, ..] = dims::<4>(&weight);
    let sizes = Sizes {
        geometry,
        direction: Direction::Forward,
        input: [2, 2],
        source,
        target,
    };
    pack(ctx, sizes, &weight, ctx.capabilities().f16)
}

/// See [`super::super::conv_prepared`] and [`super::super::conv_added`]; all contiguous.
pub fn prepared(
    ctx: &Context,
    x: CubeTensor,
    packed: CubeTensor,
    bias: CubeTensor,
    addend: Option<CubeTensor>,
    geometry: Geometry,
) -> CubeTensor {
    let [_, target] = dims(&bias);
    let sizes = Sizes::forward(&x, target, geometry);
    debug_assert_eq!(dims::<4>(&packed), sizes.packed());
    apply(ctx, sizes, x, packed, Some(bias), addend)
}

/// Gradient of the input of [H, W] = `input`; all contiguous.
pub fn input_gradient(
    ctx: &Context,
    weight: CubeTensor,
    dy: CubeTensor,
    geometry: Geometry,
    input: [usize; 2],
) -> CubeTensor {
    let [source, target, ..] = dims::<4>(&weight);
    let sizes = Sizes {
        geometry,
        direction: Direction::Backward,
        input,
        source,
        target,
    };
    let packed = pack(ctx, sizes, &weight, false);
    apply(ctx, sizes, dy, packed, None, None)
}

/// Gradient of the weight; all contiguous.
pub fn weight_gradient(
    ctx: &Context,
    x: CubeTensor,
    dy: CubeTensor,
    geometry: Geometry,
) -> CubeTensor {
    let [batch, _, _, source] = dims(&x);
    let [.., target] = dims::<4>(&dy);
    let sizes = Sizes::forward(&x, target, geometry);
    let plan = sizes.plan();
    let [sources, targets] = sizes.fours();
    let capabilities = ctx.capabilities();
    let batch_parts = batch.min(capabilities.batch_parts);
    let parts = empty(
        &x,
        [batch_parts * plan.taps().count() * sources * 4 * targets * 4],
    );
    let together = passes_a_launch(&plan);
    for (index, pass) in plan.passes.iter().enumerate().step_by(together) {
        let shader = WeightGradientShader {
            sizes,
            pass: index,
            capabilities,
        };
        let size = shader.workgroup();
        let [x_groups, y_groups] = shader.workgroups(pass);
        launch(
            ctx,
            Shader::WeightGradient(shader),
            size,
            [x_groups, y_groups, batch_parts * together],
            &[&x, &dy, &parts],
        );
    }
    let edge = geometry.kernel();
    let gradient = empty(&x, [target, source, edge, edge]);
    launch(
        ctx,
        Shader::WeightGradientSum(WeightGradientSumShader(sizes)),
        64,
        [(source * targets).div_ceil(64), 1, 1],
        &[&parts, &gradient],
    );
    gradient
}
