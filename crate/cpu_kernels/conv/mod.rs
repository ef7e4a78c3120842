//! Convolution in register tiles, its input gradient and its weight gradient.
//!
//! A tile is a few neighbouring pixels of the target times two SIMD vectors of its channels. Its
//! sums stay in registers while all taps and source channels are added up: each step loads the vectors of weights once
//! and multiplies them by one value of each pixel. There is no im2col; the image is copied once, into a border of zeros,
//! and that copy stays in the cache.
//!
//! - [`apply()`] carries out a [`Plan`](crate::Plan), forward or for the gradient of the input. 3×3 convolutions with
//!   stride 1 and enough channels go through Winograd's algorithm (`winograd`), which builds on the same tiles.
//! - [`weight_gradient`] sums products of input and output gradient over pixels.
//! - `loops` holds the innermost loops over raw memory, `tile` the safe interface to them, `layout` the copies and
//!   offsets that all of them share.

mod apply;
mod gradient;
mod layout;
pub(crate) mod loops;
pub(crate) mod tile;
mod winograd;

pub use apply::{Panels, apply};
pub use gradient::weight_gradient;
