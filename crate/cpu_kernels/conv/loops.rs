//! The innermost loops, over raw memory.
//!
//! Nothing here but arithmetic: no stack, no panic, no static data. For browsers the same text is compiled once more, by
//! itself and with relaxed SIMD, into a module that works in this program's memory (`crate/cpu_kernels/relaxed.rs`).

/// SIMD vectors of target channels in a tile.
pub const VECTORS: usize = 2;

/// One SIMD vector of f32.
pub trait Lanes: Copy {
    /// Floats in a vector.
    fn count() -> usize;

    fn splat(value: f32) -> Self;

    /// # Safety
    /// [`count`](Self::count) floats can be read.
    unsafe fn load(from: *const f32) -> Self;

    /// # Safety
    /// [`count`](Self::count) floats can be written.
    unsafe fn store(self, to: *mut f32);

    /// self·b + c, fused or not.
    fn mul_add(self, b: Self, c: Self) -> Self;
}

/// Tiles side by side: each some neighbouring pixels of a row, times the target channels of a block.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Strip {
    /// Distances in floats from a pixel to those that it takes.
    pub taps: *const usize,
    pub tap_count: usize,
    /// The first pixel, first channel.
    pub source: *const f32,
    pub source_channels: usize,
    /// Floats from channel to channel of the source, and from pixel to pixel in the target.
    pub source_channel: usize,
    pub target_pixel: usize,
    /// [tap][source channel][tile width]
    pub panel: *const f32,
    pub bias: *const f32,
    pub target: *mut f32,
    /// How many tiles.
    pub count: usize,
}

/// `STRIDE`: floats from pixel to pixel in the source.
///
/// # Safety
/// All that the strip spans can be read and, of the target, written.
#[inline(always)]
pub unsafe fn tiles<V: Lanes, const PIXELS: usize, const STRIDE: usize>(strip: &Strip) {
    let lanes = V::count();
    // SAFETY: the caller's.
    unsafe {
        for tile in 0..strip.count {
            // Here, not before the loop: kept for the next tile it would take the registers that the sums need.
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
                    // Past the end after the last channel, where nothing is read.
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

/// A band of rows, of which some source channels times the target channels of a block are summed over pixels.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Band {
    /// The first pixel, first channel, and so below.
    pub source: *const f32,
    /// Floats between neighbouring rows and pixels of the band.
    pub source_row: usize,
    pub source_pixel: usize,
    pub gradient: *const f32,
    pub gradient_row: usize,
    pub gradient_pixel: usize,
    pub rows: usize,
    pub cols: usize,
    /// The sums, added to: a row of target channels for each source channel, `sums_row` apart.
    pub sums: *mut f32,
    pub sums_row: usize,
}

/// # Safety
/// All that the band spans can be read and, of the sums, written.
#[inline(always)]
pub unsafe fn products<V: Lanes, const CHANNELS: usize>(band: &Band) {
    let lanes = V::count();
    // SAFETY: the caller's.
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
                // Past the end after the last pixel, where nothing is read.
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
