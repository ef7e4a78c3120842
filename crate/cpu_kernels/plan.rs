//! Convolutions described as lists of taps, the one description of their geometry that all kernels share, on the CPU and
//! on the GPU.
//!
//! A convolution with stride 1 or 2, a convolution of an upsampled image, and the gradient of each with respect to its
//! input are all the same loop:
//!
//! ```text
//! for each pass of the plan                   // a regular sub-grid of the target's pixels
//!     for each pixel (i, j) of the pass
//!         for each tap of the pass            // a pixel of the source, relative to (i, j), and a matrix
//!             target[start + step·(i, j)] += matrix(tap) · source[stride·(i, j) + offset(tap)]
//! ```
//!
//! `source` is the image that is read, inside a border of zeros ([`Plan::padding`]), and `target` the one that is
//! written; each pixel is a vector of channels. A tap's matrix, source channels × target channels, is the sum of one or
//! more of the kernel's k × k entries.
//!
//! - Stride 1 is one pass of nine taps with one entry each; its input gradient is the same with the kernel turned by half
//!   a turn.
//! - Stride 2 ([`Geometry::Halving`]) is one pass whose `stride` is 2. In its input gradient, even and odd rows and
//!   columns of the target read different entries of the kernel: four passes, one for each parity, each with `step` 2.
//! - An upsampled image repeats every pixel 2 × 2 times, so entries of the kernel that meet the same source pixel can be
//!   added up beforehand ([`Geometry::Doubling`]): four passes of 2 × 2 taps.
//!
//! A [`Plan`] lists the passes ([`Pass`]) and their taps ([`Tap`]). Kernels take all of their geometry from it, so none
//! of them has a case for each kind of convolution.

/// The kinds of convolution that the network uses, named for what they do to the size of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Geometry {
    /// 1×1, stride 1: n → n.
    Pointwise,
    /// 3×3 with padding 1, stride 1: n → n.
    Same,
    /// 3×3 with padding 1, stride 2: n → ⌈n/2⌉.
    Halving,
    /// Nearest-neighbour upsampling by 2, then 3×3 with padding 1: n → 2n.
    ///
    /// It is computed as four 2×2 convolutions of the small image, one for each parity of the target's row and column.
    /// That makes 16 taps for each source pixel, where a convolution of the upsampled image would need 36.
    Doubling,
}

/// The taps along one axis: for each the offset into the padded source, and the indices of the kernel's entries along
/// this axis that add up.
type AxisTaps = &'static [(usize, &'static [usize])];

const CENTRE: AxisTaps = &[(0, &[0])];
const THREE: AxisTaps = &[(0, &[0]), (1, &[1]), (2, &[2])];
const THREE_FLIPPED: AxisTaps = &[(0, &[2]), (1, &[1]), (2, &[0])];

/// The rows or the columns of a [`Pass`]: target positions start, start + step, …, `size` of them, which read source
/// positions 0, stride, 2·stride, …, each plus the offset of a tap.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    /// The first target position.
    pub start: usize,
    /// The distance between neighbouring target positions: 1, or 2 if the pass covers every other one.
    pub step: usize,
    /// The number of target positions.
    pub size: usize,
    /// The distance between the source positions of neighbouring target positions.
    pub stride: usize,
    taps: AxisTaps,
}

impl Geometry {
    /// The kernel's edge k: its weights have the shape [out, in, k, k].
    pub fn kernel(self) -> usize {
        match self {
            Geometry::Pointwise => 1,
            _ => 3,
        }
    }

    /// The size [H, W] of the output for an input of size [H, W].
    pub fn output(self, input: [usize; 2]) -> [usize; 2] {
        input.map(|n| match self {
            Geometry::Pointwise | Geometry::Same => n,
            Geometry::Halving => n.div_ceil(2),
            Geometry::Doubling => 2 * n,
        })
    }

    fn padding(self) -> usize {
        self.kernel() / 2
    }

    /// The passes along one axis that compute the output from an input of edge `n`.
    fn forward(self, n: usize) -> Vec<Axis> {
        match self {
            Geometry::Pointwise => vec![Axis::whole(n, 1, CENTRE)],
            Geometry::Same => vec![Axis::whole(n, 1, THREE)],
            Geometry::Halving => vec![Axis::whole(n.div_ceil(2), 2, THREE)],
            // Pixel 2i + p of the upsampled image, p = 0 or 1, is pixel i of the input. Its left neighbour is pixel i − 1
            // for p = 0 and i for p = 1, its right neighbour i for p = 0 and i + 1 for p = 1.
            Geometry::Doubling => vec![
                Axis::every_other(0, n, &[(0, &[0]), (1, &[1, 2])]),
                Axis::every_other(1, n, &[(1, &[0, 1]), (2, &[2])]),
            ],
        }
    }

    /// The passes along one axis that compute the gradient of an input of edge `n` from the gradient of the output.
    fn backward(self, n: usize) -> Vec<Axis> {
        match self {
            Geometry::Pointwise => vec![Axis::whole(n, 1, CENTRE)],
            Geometry::Same => vec![Axis::whole(n, 1, THREE_FLIPPED)],
            // y[o] reads x[2o + k − 1]. An even position of x is only read with k = 1, an odd one with k = 0 and k = 2.
            Geometry::Halving => vec![
                Axis::every_other(0, n.div_ceil(2), &[(1, &[1])]),
                Axis::every_other(1, n / 2, &[(1, &[2]), (2, &[0])]),
            ],
            // Pixel i of the input takes part in outputs 2i − 1 … 2i + 2.
            Geometry::Doubling => vec![Axis::whole(
                n,
                2,
                &[(0, &[2]), (1, &[1, 2]), (2, &[0, 1]), (3, &[0])],
            )],
        }
    }
}

impl Axis {
    /// All `size` positions of the target.
    fn whole(size: usize, stride: usize, taps: AxisTaps) -> Self {
        Self {
            start: 0,
            step: 1,
            size,
            stride,
            taps,
        }
    }

    /// Every other position of the target, `size` of them from `start` on.
    fn every_other(start: usize, size: usize, taps: AxisTaps) -> Self {
        Self {
            start,
            step: 2,
            size,
            stride: 1,
            taps,
        }
    }

    /// The offset of the first tap along this axis. The offsets of the others follow it without gaps.
    pub fn first_tap(&self) -> usize {
        self.taps[0].0
    }

    /// The number of taps along this axis.
    pub fn tap_count(&self) -> usize {
        self.taps.len()
    }
}

/// One term of the sum over source pixels: where the source pixel is, and which entries of the kernel it is multiplied
/// with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tap {
    /// Row and column in the padded source, relative to the source position of the target pixel.
    pub offset: [usize; 2],
    /// Indices ky·k + kx of the kernel's entries, whose sum is the tap's matrix.
    pub entries: Vec<usize>,
}

/// A regular sub-grid of the target's pixels, with the taps that each of its pixels sums up.
#[derive(Debug, Clone)]
pub struct Pass {
    /// The target's rows in this pass.
    pub rows: Axis,
    /// The target's columns in this pass.
    pub cols: Axis,
    /// The taps, row by row: `rows.tap_count()` × `cols.tap_count()` of them.
    pub taps: Vec<Tap>,
}

/// The geometry of one convolution in one direction, for one size of image: everything but the channels and the weights.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The size [H, W] of the image that is read, without padding.
    pub source: [usize; 2],
    /// The size [H, W] of the image that is written.
    pub target: [usize; 2],
    /// The width of the border of zeros around the source.
    pub padding: usize,
    /// The passes. Together they cover every pixel of the target once.
    pub passes: Vec<Pass>,
}

impl Plan {
    /// The plan that computes the output from an input of size [H, W].
    pub fn forward(geometry: Geometry, input: [usize; 2]) -> Self {
        Self::new(
            geometry,
            input,
            geometry.output(input),
            input.map(|n| geometry.forward(n)),
        )
    }

    /// The plan that computes the gradient of an input of size [H, W] from the gradient of the output.
    pub fn backward(geometry: Geometry, input: [usize; 2]) -> Self {
        Self::new(
            geometry,
            geometry.output(input),
            input,
            input.map(|n| geometry.backward(n)),
        )
    }

    /// A pass for every pair of a row axis and a column axis.
    fn new(
        geometry: Geometry,
        source: [usize; 2],
        target: [usize; 2],
        [rows, cols]: [Vec<Axis>; 2],
    ) -> Self {
        let edge = geometry.kernel();
        let pass = |rows: Axis, cols: Axis| Pass {
            rows,
            cols,
            taps: rows
                .taps
                .iter()
                .flat_map(|&(y, ys)| cols.taps.iter().map(move |&(x, xs)| (y, ys, x, xs)))
                .map(|(y, ys, x, xs)| Tap {
                    offset: [y, x],
                    entries: ys
                        .iter()
                        .flat_map(|&ky| xs.iter().map(move |&kx| ky * edge + kx))
                        .collect(),
                })
                .collect(),
        };
        Self {
            source,
            target,
            padding: geometry.padding(),
            passes: rows
                .iter()
                .flat_map(|&r| cols.iter().map(move |&c| (r, c)))
                .map(|(r, c)| pass(r, c))
                .collect(),
        }
    }

    /// The taps of all passes, pass by pass. Packed weights have their matrices in this order.
    pub fn taps(&self) -> impl Iterator<Item = &Tap> {
        self.passes.iter().flat_map(|pass| &pass.taps)
    }

    /// The size [H, W] of the source with its padding.
    pub fn padded(&self) -> [usize; 2] {
        self.source.map(|n| n + 2 * self.padding)
    }
}
