//! Launching the convolution's shaders.

mod apply;
mod weights;

use burn::backend::wgpu::CubeTensor;
use ddpm_cpu::plan::Plan;

use super::super::Geometry;
use super::{Abilities, Shader, dims, empty, launch};

pub use apply::{Apply, Pack};
pub use weights::{WeightParts, WeightSum};

use apply::{Bias, INVOCATIONS};

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

    /// Channels in fours, rounded up.
    fn fours(&self) -> [usize; 2] {
        [self.source, self.target].map(|channels| channels.div_ceil(4))
    }
}

/// Number of the first tap of a pass among those of all passes.
fn first_tap(plan: &Plan, pass: usize) -> usize {
    plan.passes[..pass].iter().map(|p| p.taps.len()).sum()
}

fn apply(
    sizes: Sizes,
    source: CubeTensor,
    weight: CubeTensor,
    bias: Option<CubeTensor>,
) -> CubeTensor {
    let plan = sizes.plan();
    let [batch, ..] = dims::<4>(&source);
    let [sources, targets] = sizes.fours();
    let vectors = plan.taps().count() * sources * 4 * targets;
    let packed = empty(&source, [vectors * 4]);
    launch(
        Shader::Pack(Pack(sizes)),
        64,
        [vectors.div_ceil(64), 1, 1],
        &[&weight, &packed],
    );
    let [height, width] = plan.target;
    let output = empty(&source, [batch, height, width, sizes.target]);
    let rows = bias.as_ref().map(|bias| match dims::<2>(bias) {
        [1, _] => Bias::Shared,
        _ => Bias::EachImage,
    });
    let abilities = Abilities::current();
    let mut buffers = vec![&source, &packed, &output];
    buffers.extend(bias.as_ref());
    for (index, pass) in plan.passes.iter().enumerate() {
        let tiles = Apply::tiles(pass, abilities);
        // An odd edge of 1 has no odd pixels.
        if tiles == 0 {
            continue;
        }
        let shader = Apply {
            sizes,
            pass: index,
            bias: rows,
            abilities,
        };
        let [x, y] = shader.workgroup();
        let workgroups = [targets.div_ceil(x), tiles.div_ceil(y), batch];
        launch(Shader::Apply(shader), INVOCATIONS, workgroups, &buffers);
    }
    output
}

/// See [`super::super::conv`]; all contiguous.
pub fn output(
    x: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    geometry: Geometry,
) -> CubeTensor {
    let [target, ..] = dims::<4>(&weight);
    let sizes = Sizes::forward(&x, target, geometry);
    apply(sizes, x, weight, Some(bias))
}

/// Gradient of the input of [H, W] = `input`; all contiguous.
pub fn input_gradient(
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
    apply(sizes, dy, weight, None)
}

/// Gradient of the weight; all contiguous.
pub fn weight_gradient(x: CubeTensor, dy: CubeTensor, geometry: Geometry) -> CubeTensor {
    let [batch, _, _, source] = dims(&x);
    let [.., target] = dims::<4>(&dy);
    let sizes = Sizes::forward(&x, target, geometry);
    let plan = sizes.plan();
    let [sources, targets] = sizes.fours();
    let abilities = Abilities::current();
    let shares = batch.min(abilities.shares);
    let parts = empty(
        &x,
        [shares * plan.taps().count() * sources * 4 * targets * 4],
    );
    for (index, pass) in plan.passes.iter().enumerate() {
        let shader = WeightParts {
            sizes,
            pass: index,
            abilities,
        };
        let size = shader.workgroup();
        let [x_groups, y_groups] = shader.workgroups(pass);
        launch(
            Shader::WeightParts(shader),
            size,
            [x_groups, y_groups, shares],
            &[&x, &dy, &parts],
        );
    }
    let edge = geometry.kernel();
    let gradient = empty(&x, [target, source, edge, edge]);
    launch(
        Shader::WeightSum(WeightSum(sizes)),
        64,
        [(source * targets).div_ceil(64), 1, 1],
        &[&parts, &gradient],
    );
    gradient
}
