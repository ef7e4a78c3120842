//! What a convolution reads and writes, as lists of taps that every kernel shares.
//!
//! A convolution, its gradient with respect to its input, and the convolution of an upsampled image
//! are all the same loop: for each pixel of a regular sub-grid of the target, a sum over a few
//! *taps*, each a matrix times the channels of one source pixel. [`Plan`] lists the sub-grids
//! ([`Pass`]) and taps; the kernels know nothing else of geometry.

/// The convolutions of the network, by what they do to the image's edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Geometry {
    /// 1×1.
    Pointwise,
    /// 3×3, padding 1.
    Same,
    /// 3×3, padding 1, stride 2: n → ⌈n/2⌉.
    Halving,
    /// Every pixel becomes 2×2, then 3×3 with padding 1: n → 2n. Done as four 2×2 convolutions of
    /// the small image, one for each parity of the target pixel: 16 taps a source pixel, not 36.
    Doubling,
}

/// Taps along one axis: offset into the padded source, and the entries of the kernel that add up.
type Taps = &'static [(usize, &'static [usize])];

const CENTRE: Taps = &[(0, &[0])];
const THREE: Taps = &[(0, &[0]), (1, &[1]), (2, &[2])];
const THREE_FLIPPED: Taps = &[(0, &[2]), (1, &[1]), (2, &[0])];

/// One axis of a [`Pass`]: target positions start, start + step, … (`size` of them) read source
/// positions 0, stride, … plus a tap's offset.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    pub start: usize,
    pub step: usize,
    pub size: usize,
    pub stride: usize,
    taps: Taps,
}

impl Geometry {
    /// Edge of the kernel.
    pub fn kernel(self) -> usize {
        match self {
            Geometry::Pointwise => 1,
            _ => 3,
        }
    }

    /// [H, W] of the output for an input of [H, W].
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

    /// Output from input. `n`: edge of the input.
    fn forward(self, n: usize) -> Vec<Axis> {
        match self {
            Geometry::Pointwise => vec![Axis::whole(n, 1, CENTRE)],
            Geometry::Same => vec![Axis::whole(n, 1, THREE)],
            Geometry::Halving => vec![Axis::whole(n.div_ceil(2), 2, THREE)],
            // Pixel 2i + p of the upsampled image is pixel i; its neighbours to both sides fall on
            // i − 1 … i + 1 as written here.
            Geometry::Doubling => vec![
                Axis::every_other(0, n, &[(0, &[0]), (1, &[1, 2])]),
                Axis::every_other(1, n, &[(1, &[0, 1]), (2, &[2])]),
            ],
        }
    }

    /// The gradient of the input from the gradient of the output. `n`: edge of the input.
    fn backward(self, n: usize) -> Vec<Axis> {
        match self {
            Geometry::Pointwise => vec![Axis::whole(n, 1, CENTRE)],
            Geometry::Same => vec![Axis::whole(n, 1, THREE_FLIPPED)],
            // y[o] reads x[2o + k − 1]: an even i is only read with k = 1, an odd one with 0 and 2.
            Geometry::Halving => vec![
                Axis::every_other(0, n.div_ceil(2), &[(1, &[1])]),
                Axis::every_other(1, n / 2, &[(1, &[2]), (2, &[0])]),
            ],
            // Pixel i takes part in outputs 2i − 1 … 2i + 2.
            Geometry::Doubling => vec![Axis::whole(
                n,
                2,
                &[(0, &[2]), (1, &[1, 2]), (2, &[0, 1]), (3, &[0])],
            )],
        }
    }
}

impl Axis {
    fn whole(size: usize, stride: usize, taps: Taps) -> Self {
        Self {
            start: 0,
            step: 1,
            size,
            stride,
            taps,
        }
    }

    /// Offset of the first tap; those of the others follow one by one.
    pub fn first_tap(&self) -> usize {
        self.taps[0].0
    }

    /// Number of taps along this axis.
    pub fn tap_count(&self) -> usize {
        self.taps.len()
    }

    fn every_other(start: usize, size: usize, taps: Taps) -> Self {
        Self {
            start,
            step: 2,
            size,
            stride: 1,
            taps,
        }
    }
}

/// One matrix of a [`Pass`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tap {
    /// Row and column added to the source position in the padded image.
    pub offset: [usize; 2],
    /// Entries (ky·k + kx) of the kernel whose sum the matrix is.
    pub entries: Vec<usize>,
}

/// A sub-grid of the target with the taps that its pixels need.
#[derive(Debug, Clone)]
pub struct Pass {
    pub rows: Axis,
    pub cols: Axis,
    pub taps: Vec<Tap>,
}

/// All that a kernel needs to know of one convolution in one direction.
#[derive(Debug, Clone)]
pub struct Plan {
    /// [H, W] of the image read, before padding.
    pub source: [usize; 2],
    /// [H, W] of the image written.
    pub target: [usize; 2],
    /// Zeros around the source.
    pub padding: usize,
    pub passes: Vec<Pass>,
}

impl Plan {
    /// Output from an input of [H, W].
    pub fn forward(geometry: Geometry, input: [usize; 2]) -> Self {
        Self::new(
            geometry,
            input,
            geometry.output(input),
            input.map(|n| geometry.forward(n)),
        )
    }

    /// Gradient of an input of [H, W] from the gradient of the output.
    pub fn backward(geometry: Geometry, input: [usize; 2]) -> Self {
        Self::new(
            geometry,
            geometry.output(input),
            input,
            input.map(|n| geometry.backward(n)),
        )
    }

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

    /// Taps of all passes, in order.
    pub fn taps(&self) -> impl Iterator<Item = &Tap> {
        self.passes.iter().flat_map(|pass| &pass.taps)
    }

    /// [H, W] of the source with its zeros.
    pub fn padded(&self) -> [usize; 2] {
        self.source.map(|n| n + 2 * self.padding)
    }
}
