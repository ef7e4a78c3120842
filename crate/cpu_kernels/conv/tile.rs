//! The safe face of the innermost loops over tiles.

use macerator::{Scalar, Simd, Vector};

use super::loops::{Strip, VECTORS, tiles};

/// The widest tile in floats: two AVX-512 vectors.
const WIDEST: usize = VECTORS * 16;

/// Tiles side by side: each some neighbouring pixels of a row, times the target channels of a block.
pub struct Tiles<'a> {
    pub taps: &'a [usize],
    /// From the first pixel on.
    pub source: &'a [f32],
    pub source_channels: usize,
    /// Floats from channel to channel of the source, and from pixel to pixel in the target.
    pub source_channel: usize,
    pub target_pixel: usize,
    /// [tap][source channel][tile width]
    pub panel: &'a [f32],
    pub bias: &'a [f32],
    /// How many of a tile's channels exist.
    pub target_channels: usize,
    /// How many tiles.
    pub count: usize,
}

impl Tiles<'_> {
    /// `target`: from the first pixel's first channel on. `STRIDE`: floats from pixel to pixel in the source.
    #[inline(always)]
    pub fn run<S: Simd, const PIXELS: usize, const STRIDE: usize>(&self, target: &mut [f32]) {
        let width = VECTORS * f32::lanes::<S>();
        let channels = self.source_channels;
        let pixels = self.count * PIXELS;
        if pixels == 0 {
            return;
        }
        let last = (pixels - 1) * STRIDE + (channels - 1) * self.source_channel;
        let reach = self.taps.iter().max().map_or(0, |tap| tap + last + 1);
        assert!(self.source.len() >= reach && self.bias.len() >= width);
        assert!(self.panel.len() >= self.taps.len() * channels * width);
        assert!(target.len() >= (pixels - 1) * self.target_pixel + self.target_channels);
        let strip = Strip {
            taps: self.taps.as_ptr(),
            tap_count: self.taps.len(),
            source: self.source.as_ptr(),
            source_channels: channels,
            source_channel: self.source_channel,
            target_pixel: self.target_pixel,
            panel: self.panel.as_ptr(),
            bias: self.bias.as_ptr(),
            target: target.as_mut_ptr(),
            count: self.count,
        };
        if self.target_channels == width {
            // SAFETY: every address is inside its slice, as just asserted.
            unsafe { run::<S, PIXELS, STRIDE>(&strip) }
            return;
        }
        // A tile at a time, beside the target, which has no room for a whole one.
        let mut whole = [[0.0; WIDEST]; PIXELS];
        for first in (0..pixels).step_by(PIXELS) {
            // SAFETY: as above, and there is room for the widest tile.
            unsafe {
                run::<S, PIXELS, STRIDE>(&Strip {
                    source: strip.source.add(first * STRIDE),
                    target: whole.as_mut_ptr().cast(),
                    target_pixel: WIDEST,
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

#[inline(always)]
unsafe fn run<S: Simd, const PIXELS: usize, const STRIDE: usize>(strip: &Strip) {
    #[cfg(target_arch = "wasm32")]
    if let Some(relaxed) = crate::relaxed_simd::tiles(PIXELS, STRIDE) {
        // SAFETY: the caller's.
        return unsafe { relaxed(strip) };
    }
    // SAFETY: the caller's.
    unsafe { tiles::<Vector<S, f32>, PIXELS, STRIDE>(strip) }
}
