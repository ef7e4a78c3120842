//! Launches the convolution's shaders: the convolution and the gradient of its input ([`ConvShader`], after
//! [`PackShader`]), and the gradient of its weight ([`WeightGradientShader`], [`WeightGradientSumShader`]).

mod apply;
mod pack;
mod source;
mod weights;

use burn::tensor::DType;
use burn_wgpu::CubeTensor;
use cpu_kernels::plan::{Axis, Pass, Plan};

use super::super::Geometry;
use super::{Context, Shader, dims, empty, empty_of, launch};

pub use apply::ConvShader;
pub use pack::PackShader;
pub use weights::{WeightGradientShader, WeightGradientSumShader};

use apply::Bias;

/// Whether a shader computes a convolution or the gradient of its input, which is a convolution too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The convolution.
    Forward,
    /// The gradient of its input.
    Backward,
}

/// A convolution's sizes. Source and target are the images that the shader reads and writes: for [`Direction::Backward`]
/// the gradients of the output and of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sizes {
    geometry: Geometry,
    direction: Direction,
    /// [H, W] of the convolution's input.
    input: [usize; 2],
    /// The number of channels that are read.
    source: usize,
    /// The number of channels that are written.
    target: usize,
}

impl Sizes {
    /// The sizes of the convolution of `x`, [B, H, W, in], to `target` channels.
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

    /// The passes and taps of the convolution (`crate/cpu_kernels/plan.rs`).
    fn plan(&self) -> Plan {
        match self.direction {
            Direction::Forward => Plan::forward(self.geometry, self.input),
            Direction::Backward => Plan::backward(self.geometry, self.input),
        }
    }

    /// The number of entries of the kernel, k².
    fn entries(&self) -> usize {
        self.geometry.kernel().pow(2)
    }

    /// The number of taps of all passes.
    fn taps(&self) -> usize {
        self.plan().taps().count()
    }

    /// The shape of the weights as `shaders/conv/conv.wgsl` reads them, with zeros beyond the last channel:
    /// [taps, source channels, target channels in fours, 4].
    fn packed(&self) -> [usize; 4] {
        let [sources, targets] = self.fours();
        [self.taps(), 4 * sources, targets, 4]
    }

    /// The numbers of source and target channels, counted in fours and rounded up.
    fn fours(&self) -> [usize; 2] {
        [self.source, self.target].map(|channels| channels.div_ceil(4))
    }
}

/// The number of passes that one launch computes: four if the plan's passes differ only in where they begin, as those of an
/// upsampling convolution do, else one.
fn passes_per_launch(plan: &Plan) -> usize {
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

/// The beginning of a shader's `main`: which of the launch's passes the workgroup computes, how many rows and columns its
/// pixels lie below and to the right of the first pass's, and the index of the image or shard of the batch, outer_index.
fn which_pass(passes: usize) -> String {
    format!(
        "let pass_in_launch = group.z % {passes}u; let row_offset = pass_in_launch / 2u; \
         let column_offset = pass_in_launch % 2u; let outer_index = group.z / {passes}u;"
    )
}

/// The index of a pass's first tap among the taps of all passes.
fn first_tap(plan: &Plan, pass: usize) -> usize {
    plan.passes[..pass].iter().map(|p| p.taps.len()).sum()
}

/// Rearranges a weight, [out, in, k, k], into the order in which `shaders/conv/conv.wgsl` reads it ([`Sizes::packed`]), in
/// 16 bits if `half`.
fn pack(ctx: &Context, sizes: Sizes, weight: &CubeTensor, half: bool) -> CubeTensor {
    // The image's size makes no difference to the result. With one size for all there are fewer shaders to compile.
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

/// Convolves `source` with a packed weight, adds the bias and the addend, if there are any, and returns the target.
///
/// # Shapes
/// * `source`: [B, H, W, source channels]
/// * `packed`: [`Sizes::packed`]
/// * `bias`: [1, target channels] or [B, target channels]
/// * `addend`, which needs a bias, and the result: [B, H', W', target channels]
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
        _ => Bias::PerImage,
    });
    let capabilities = ctx.capabilities();
    let mut buffers = vec![&source, &packed, &output];
    buffers.extend(bias.as_ref());
    buffers.extend(addend.as_ref());
    let launch_passes = passes_per_launch(&plan);
    for (index, pass) in plan.passes.iter().enumerate().step_by(launch_passes) {
        let tiles = ConvShader::tiles(pass, capabilities);
        // An image of width or height 1 has no pixels in the passes for odd columns or rows.
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
        let workgroups = [
            targets.div_ceil(x),
            tiles.div_ceil(y),
            batch * launch_passes,
        ];
        launch(ctx, Shader::Conv(shader), x * y, workgroups, &buffers);
    }
    output
}

/// See [`crate::ops::conv`]. All tensors are contiguous.
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

/// See [`crate::ops::conv_prepare`]; `weight` is contiguous.
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

/// See [`crate::ops::conv_prepared`] and [`crate::ops::conv_added`]. All tensors are contiguous.
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

/// See [`Kernels::conv_input_gradient`](crate::ops::Kernels::conv_input_gradient). All tensors are contiguous.
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

/// See [`Kernels::conv_weight_gradient`](crate::ops::Kernels::conv_weight_gradient). All tensors are contiguous. One launch
/// computes the sums over each of several shards of the batch, so that all of the adapter's cores are busy; a second adds
/// them up.
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
    let launch_passes = passes_per_launch(&plan);
    for (index, pass) in plan.passes.iter().enumerate().step_by(launch_passes) {
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
            [x_groups, y_groups, batch_parts * launch_passes],
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
