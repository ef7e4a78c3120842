//! The parallel loop over the images of an output: rayon's threads natively, a plain loop in the browser.

/// Splits `out` into chunks of `size` values and calls `work(scratch, index, chunk)` for each, natively on several
/// threads.
///
/// `scratch` makes a value in which `work` can keep buffers. One value serves many chunks, one after the other, and
/// never two at a time. The last chunk is shorter if `size` does not divide the length of `out`.
///
/// # Panics
/// If `size` is 0, or if `work` panics.
#[cfg(not(target_arch = "wasm32"))]
pub fn for_each_chunk<S>(
    out: &mut [f32],
    size: usize,
    scratch: impl Fn() -> S + Sync + Send,
    work: impl Fn(&mut S, usize, &mut [f32]) + Sync + Send,
) {
    use rayon::prelude::*;
    out.par_chunks_mut(size)
        .enumerate()
        .for_each_init(scratch, |scratch, (index, chunk)| {
            work(scratch, index, chunk)
        });
}

/// Splits `out` into chunks of `size` values and calls `work(scratch, index, chunk)` for each, one after the other.
///
/// `scratch` makes the value in which `work` can keep buffers. The last chunk is shorter if `size` does not divide the
/// length of `out`. The page splits a batch among workers before
/// it gets here, so that a call needs one thread only.
///
/// # Panics
/// If `size` is 0, or if `work` panics.
#[cfg(target_arch = "wasm32")]
pub fn for_each_chunk<S>(
    out: &mut [f32],
    size: usize,
    scratch: impl Fn() -> S,
    work: impl Fn(&mut S, usize, &mut [f32]),
) {
    let mut scratch = scratch();
    for (index, chunk) in out.chunks_mut(size).enumerate() {
        work(&mut scratch, index, chunk);
    }
}
