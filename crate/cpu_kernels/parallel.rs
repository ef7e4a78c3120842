//! One piece of the output a task: rayon natively, a loop in the browser.

/// Cut `out` into pieces of `size` and run `work(scratch, index, piece)` on each. A scratch serves many
/// pieces, one after the other.
#[cfg(not(target_arch = "wasm32"))]
pub fn pieces<S>(
    out: &mut [f32],
    size: usize,
    scratch: impl Fn() -> S + Sync + Send,
    work: impl Fn(&mut S, usize, &mut [f32]) + Sync + Send,
) {
    use rayon::prelude::*;
    out.par_chunks_mut(size)
        .enumerate()
        .for_each_init(scratch, |scratch, (index, piece)| {
            work(scratch, index, piece)
        });
}

#[cfg(target_arch = "wasm32")]
pub fn pieces<S>(
    out: &mut [f32],
    size: usize,
    scratch: impl Fn() -> S,
    work: impl Fn(&mut S, usize, &mut [f32]),
) {
    let mut scratch = scratch();
    for (index, piece) in out.chunks_mut(size).enumerate() {
        work(&mut scratch, index, piece);
    }
}
