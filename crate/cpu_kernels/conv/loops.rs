//! The innermost loops of the convolutions, over raw memory.
//!
//! This file contains nothing but arithmetic: no stack, no panic, no static data. For browsers it is therefore compiled a
//! second time, on its own and with relaxed SIMD, into a module that works in this program's memory
//! (`crate/cpu_kernels/relaxed.rs`).

/// The number of SIMD vectors of target channels in a tile.
pub const VECTORS: usize = 2;

/// A SIMD vector of f32.
pub trait Lanes: Copy {
    /// The number of floats in a vector.
    fn count() -> usize;

    /// A vector whose floats are all `value`.
    fn splat(value: f32) -> Self;

    /// Reads a vector from memory, which need not be aligned to more than a float.
    ///
    /// # Safety
    /// [`count`](Self::count) floats from `from` on can be read.
    unsafe fn load(from: *const f32) -> Self;

    /// Writes the vector to memory, which need not be aligned to more than a float.
    ///
    /// # Safety
    /// [`count`](Self::count) floats from `to` on can be written.
    unsafe fn store(self, to: *mut f32);

    /// self·b + c, rounded once (fused) or twice.
    fn mul_add(self, b: Self, c: Self) -> Self;
}

/// The arguments of [`convolve_tiles`]: `count` tiles side by side in a row of the target. A tile is a few neighbouring
/// pixels times one block of target channels, [`VECTORS`] vectors wide.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Strip {
    /// For each tap, the distance in floats from a pixel's source position to the source pixel that it reads.
    pub taps: *const usize,
    /// The number of taps.
    pub tap_count: usize,
    /// The source position of the first pixel, at its first channel.
    pub source: *const f32,
    /// The number of source channels.
    pub source_channels: usize,
    /// The number of floats from channel to channel in the source.
    pub source_channel: usize,
    /// The number of floats from pixel to pixel in the target.
    pub target_pixel: usize,
    /// The weights of the block of target channels, `[tap][source channel][tile width]`.
    pub panel: *const f32,
    /// The biases of the block of target channels, `[tile width]`.
    pub bias: *const f32,
    /// The first pixel of the target, at the block's first channel.
    pub target: *mut f32,
    /// The number of tiles.
    pub count: usize,
}

/// Computes tiles of `PIXELS` pixels each: bias plus the sum over taps and source channels of weight times source.
/// Neighbouring pixels are `STRIDE` floats apart in the source.
///
/// # Safety
/// The pointers of `strip` are valid for all that the loop touches: `tap_count` taps; of the source, for every pixel, tap
/// and channel, one float; the whole panel and a tile's width of biases; and, to be written, a tile's width of floats at
/// every pixel of the target. The target overlaps none of the others.
#[inline(always)]
pub unsafe fn convolve_tiles<V: Lanes, const PIXELS: usize, const STRIDE: usize>(strip: &Strip) {
    let lanes = V::count();
    // SAFETY: every address below belongs to a pixel, tap, channel or vector of the strip, which the caller has promised
    // to be readable or, in the target, writable.
    unsafe {
        for tile in 0..strip.count {
            // The biases are loaded for each tile, not once before the loop: kept from tile to tile they would occupy
            // registers that the sums need.
            let first: [V; VECTORS] = core::array::from_fn(|v| V::load(strip.bias.add(v * lanes)));
            let mut sums = [first; PIXELS];
            let mut weights = strip.panel;
            for tap in 0..strip.tap_count {
                let tap = *strip.taps.add(tap);
                let mut source = strip.source.add(tile * PIXELS * STRIDE + tap);
                for _ in 0..strip.source_channels {
                    let w: [V; VECTORS] = core::array::from_fn(|v| V::load(weights.add(v * lanes)));
                    weights = weights.add(VECTORS * lanes);
                    for (pixel, sums) in sums.iter_mut().enumerate() {
                        let x = V::splat(*source.add(pixel * STRIDE));
                        for (sum, &w) in sums.iter_mut().zip(&w) {
                            *sum = x.mul_add(w, *sum);
                        }
                    }
                    // After the last channel this may point past the end of the source, where nothing is read;
                    // `wrapping_add` allows that.
                    source = source.wrapping_add(strip.source_channel);
                }
            }
            let target = strip.target.add(tile * PIXELS * strip.target_pixel);
            for (pixel, sums) in sums.iter().enumerate() {
                let target = target.add(pixel * strip.target_pixel);
                for (v, sum) in sums.iter().enumerate() {
                    sum.store(target.add(v * lanes));
                }
            }
        }
    }
}

/// The arguments of [`sum_products`]: a band of `rows` × `cols` pixels, of which a few source channels are multiplied
/// with one block of target channels of the output gradient, [`VECTORS`] vectors wide.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Band {
    /// The source position of the band's first pixel, at the first of the source channels.
    pub source: *const f32,
    /// The number of floats between the source positions of neighbouring rows of the band.
    pub source_row: usize,
    /// The number of floats between the source positions of neighbouring pixels of a row.
    pub source_pixel: usize,
    /// The output gradient at the band's first pixel and the block's first channel.
    pub gradient: *const f32,
    /// The number of floats between neighbouring rows of the band in the output gradient.
    pub gradient_row: usize,
    /// The number of floats between neighbouring pixels of a row in the output gradient.
    pub gradient_pixel: usize,
    /// The number of rows.
    pub rows: usize,
    /// The number of pixels in a row.
    pub cols: usize,
    /// The sums that are added to: for each source channel, a row of the block's target channels.
    pub sums: *mut f32,
    /// The number of floats between the rows of `sums`.
    pub sums_row: usize,
}

/// Adds to the sums, for each of `CHANNELS` source channels and each target channel of the block, source times gradient
/// summed over the pixels of the band.
///
/// # Safety
/// The pointers of `band` are valid for all that the loop touches: `CHANNELS` floats of the source and a tile's width of
/// floats of the gradient at every pixel, and, to be read and written, a tile's width of floats in each of the `CHANNELS`
/// rows of the sums. The sums overlap neither of the others.
#[inline(always)]
pub unsafe fn sum_products<V: Lanes, const CHANNELS: usize>(band: &Band) {
    let lanes = V::count();
    // SAFETY: every address below belongs to a pixel, channel or vector of the band, which the caller has promised to be
    // readable or, in the sums, writable.
    unsafe {
        let place = |channel: usize, v: usize| band.sums.add(channel * band.sums_row + v * lanes);
        let mut tile: [[V; VECTORS]; CHANNELS] =
            core::array::from_fn(|c| core::array::from_fn(|v| V::load(place(c, v))));
        for row in 0..band.rows {
            let mut source = band.source.add(row * band.source_row);
            let mut gradient = band.gradient.add(row * band.gradient_row);
            for _ in 0..band.cols {
                let g: [V; VECTORS] = core::array::from_fn(|v| V::load(gradient.add(v * lanes)));
                for (channel, tile) in tile.iter_mut().enumerate() {
                    let x = V::splat(*source.add(channel));
                    for (sum, &g) in tile.iter_mut().zip(&g) {
                        *sum = x.mul_add(g, *sum);
                    }
                }
                // After the last pixel these may point past the end, where nothing is read; `wrapping_add` allows that.
                source = source.wrapping_add(band.source_pixel);
                gradient = gradient.wrapping_add(band.gradient_pixel);
            }
        }
        for (c, tile) in tile.iter().enumerate() {
            for (v, sum) in tile.iter().enumerate() {
                sum.store(place(c, v));
            }
        }
    }
}
