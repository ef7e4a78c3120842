//! The safe interface to the loop over tiles ([`convolve_tiles`]): it checks that all that the loop touches lies inside
//! the slices, and cuts a row of pixels into tiles as large as the registers hold.

use macerator::{Scalar, Simd, Vector, vload_unaligned, vstore_unaligned};

use super::loops::{Lanes, Strip, VECTORS, convolve_tiles};

impl<S: Simd> Lanes for Vector<S, f32> {
    #[inline(always)]
    fn count() -> usize {
        f32::lanes::<S>()
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        value.splat::<S>()
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller of `load` promises that a vector's floats can be read from here.
        unsafe { vload_unaligned(from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller of `store` promises that a vector's floats can be written here.
        unsafe { vstore_unaligned(to, self) }
    }

    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        Vector::mul_add(self, b, c)
    }
}

/// The number of target channels in a tile on this processor.
#[macerator::with_simd]
pub fn tile_width<S: Simd>() -> usize {
    VECTORS * f32::lanes::<S>()
}

/// The width in floats of the widest tile on any processor: two vectors of AVX-512.
const MAX_WIDTH: usize = VECTORS * 16;

/// Neighbouring pixels of a row of the target, and one block of their channels: see [`Strip`], which holds the same as
/// pointers. With one tap at distance 0 this is a matrix product, pixels × source channels × target channels.
pub struct Tiles<'a> {
    /// For each tap, the distance in floats from a pixel's source position to the source pixel that it reads.
    pub taps: &'a [usize],
    /// The source from the first pixel's source position on.
    pub source: &'a [f32],
    /// The number of source channels.
    pub source_channels: usize,
    /// The number of floats from channel to channel in the source.
    pub source_channel: usize,
    /// The number of floats from pixel to pixel in the target.
    pub target_pixel: usize,
    /// The weights of the block of target channels, `[tap][source channel][tile width]`.
    pub panel: &'a [f32],
    /// The biases, from the block's first target channel on, at least a tile's width of them.
    pub bias: &'a [f32],
    /// How many of the block's target channels exist: the tile's width, or fewer in the last block.
    pub target_channels: usize,
}

/// The biases of a block without any.
pub const NO_BIAS: [f32; MAX_WIDTH] = [0.0; MAX_WIDTH];

impl Tiles<'_> {
    /// Computes `pixels` pixels, which are `STRIDE` floats apart in the source. `target` starts at the first pixel and the
    /// block's first channel.
    ///
    /// # Panics
    /// If a slice is too short for what the loop touches.
    #[inline(always)]
    pub fn row<S: Simd, const STRIDE: usize>(&self, pixels: usize, target: &mut [f32]) {
        // Sixteen lanes mean AVX-512, which has 32 registers where others have 16.
        let many_registers = f32::lanes::<S>() == 16;
        let mut first = 0;
        macro_rules! tiles {
            ($pixels:literal, $count:expr) => {{
                let count = $count;
                self.run::<S, $pixels, STRIDE>(first, count, target);
                first += count * $pixels;
            }};
        }
        // Rows of 28, 14 and 7 pixels, the network's, need no narrow tiles; of the numbers of Winograd's tiles, 56 are
        // 4 × 14, 49 are 3 × 14 + 7, and 16 are 2 × 8.
        while first < pixels {
            match pixels - first {
                14 | 21.. if many_registers => tiles!(14, 1),
                8..=13 | 16 if many_registers => tiles!(8, 1),
                7.. if many_registers => tiles!(7, 1),
                left @ 4.. => tiles!(4, left / 4),
                2.. => tiles!(2, 1),
                _ => tiles!(1, 1),
            }
        }
    }

    /// Computes `count` tiles of `PIXELS` pixels each from pixel `first` of the row on.
    #[inline(always)]
    fn run<S: Simd, const PIXELS: usize, const STRIDE: usize>(
        &self,
        first: usize,
        count: usize,
        target: &mut [f32],
    ) {
        let width = VECTORS * f32::lanes::<S>();
        let channels = self.source_channels;
        let pixels = count * PIXELS;
        if pixels == 0 {
            return;
        }
        let source = &self.source[first * STRIDE..];
        let target = &mut target[first * self.target_pixel..];
        let last = (pixels - 1) * STRIDE + (channels - 1) * self.source_channel;
        let reach = self.taps.iter().max().map_or(0, |tap| tap + last + 1);
        assert!(source.len() >= reach && self.bias.len() >= width);
        assert!(self.panel.len() >= self.taps.len() * channels * width);
        assert!(target.len() >= (pixels - 1) * self.target_pixel + self.target_channels);
        let strip = Strip {
            taps: self.taps.as_ptr(),
            tap_count: self.taps.len(),
            source: source.as_ptr(),
            source_channels: channels,
            source_channel: self.source_channel,
            target_pixel: self.target_pixel,
            panel: self.panel.as_ptr(),
            bias: self.bias.as_ptr(),
            target: target.as_mut_ptr(),
            count,
        };
        if self.target_channels == width {
            // SAFETY: the assertions above cover the last float that the loop reads from each slice, and the last that
            // it writes, since a pixel of the target has a tile's width of channels here.
            unsafe { run::<S, PIXELS, STRIDE>(&strip) }
            return;
        }
        // The target has fewer channels than a tile here, so each tile is computed into a buffer of its own, and the
        // channels that exist are copied.
        let mut whole = [[0.0; MAX_WIDTH]; PIXELS];
        for first in (0..pixels).step_by(PIXELS) {
            // SAFETY: the assertions above cover all that is read, as before; what is written goes to `whole`, which has
            // room for `PIXELS` pixels of the widest tile.
            unsafe {
                run::<S, PIXELS, STRIDE>(&Strip {
                    source: strip.source.add(first * STRIDE),
                    target: whole.as_mut_ptr().cast(),
                    target_pixel: MAX_WIDTH,
                    count: 1,
                    ..strip
                });
            }
            for (pixel, channels) in whole.iter().enumerate() {
                target[(first + pixel) * self.target_pixel..][..self.target_channels]
                    .copy_from_slice(&channels[..self.target_channels]);
            }
        }
    }
}

/// The loop, with relaxed SIMD if the browser has it.
///
/// # Safety
/// That of [`convolve_tiles`].
#[inline(always)]
unsafe fn run<S: Simd, const PIXELS: usize, const STRIDE: usize>(strip: &Strip) {
    #[cfg(target_arch = "wasm32")]
    if let Some(relaxed) = crate::relaxed_simd::tiles(PIXELS, STRIDE) {
        // SAFETY: `relaxed` is `convolve_tiles` compiled for other vectors; the caller promises what it needs.
        return unsafe { relaxed(strip) };
    }
    // SAFETY: the caller promises what the loop needs.
    unsafe { convolve_tiles::<Vector<S, f32>, PIXELS, STRIDE>(strip) }
}
