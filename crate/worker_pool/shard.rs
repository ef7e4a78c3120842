//! Divides a batch into shards, one for each thread ([`PoolHandle::run_shards`]).

use std::ops::Range;

use super::{Job, JobKind, PoolHandle, SharedNetwork};

/// One input of a computation for a whole batch.
#[derive(Debug, Clone)]
pub struct Field {
    /// The field's values for all images, `width` numbers for each.
    pub values: Vec<f32>,
    /// The number of values for each image; 0 for an optional field that is not there.
    pub width: usize,
}

/// A worker's output for its images of the batch.
#[derive(Debug, Clone)]
pub struct Shard {
    /// The indices of the shard's images in the batch.
    pub images: Range<usize>,
    /// The job's output.
    pub output: Vec<f32>,
}

/// Divides a batch's images among so many threads as evenly as possible, the larger shards first. No shard is empty, so
/// there are fewer shards than threads if there are fewer images.
fn split(batch: usize, threads: usize) -> Vec<Range<usize>> {
    let threads = threads.min(batch);
    let first = |thread: usize| thread * (batch / threads) + thread.min(batch % threads);
    (0..threads)
        .map(|thread| first(thread)..first(thread + 1))
        .collect()
}

impl PoolHandle {
    /// Divides a batch of `images` images into shards. Workers compute all shards but the first, which `own` computes on
    /// this thread in the meantime. Returns the first shard's images with the result of `own`, and the workers' shards.
    ///
    /// Returns `None` if there is no pool or the batch has only one image. If a worker fails, the pool is dropped and the
    /// result is `None` too. The caller then computes the whole batch itself.
    ///
    /// * `fields` reads the batch's input fields; it is called only if the batch is divided
    /// * `output_len` returns the number of values that a job returns for so many images
    pub fn run_shards<T>(
        &self,
        network: &SharedNetwork,
        kind: &JobKind,
        images: usize,
        fields: impl FnOnce() -> Vec<Field>,
        output_len: impl Fn(usize) -> usize,
        own: impl FnOnce(Range<usize>) -> T,
    ) -> Option<(Range<usize>, T, Vec<Shard>)> {
        let shards = split(images, self.threads());
        let (first, others) = shards.split_first()?;
        if others.is_empty() {
            return None;
        }
        let fields = fields();
        let job = |shard: &Range<usize>| Job {
            kind: kind.name.into(),
            images: shard.len(),
            widths: fields.iter().map(|field| field.width).collect(),
            output_len: output_len(shard.len()),
            input: fields
                .iter()
                .flat_map(|field| &field.values[shard.start * field.width..shard.end * field.width])
                .copied()
                .collect(),
        };
        let jobs: Vec<Job> = others.iter().map(job).collect();
        // The pool is taken out rather than borrowed, because `own` may use this handle. If a worker fails, it is not put
        // back.
        let mut pool = self.0.take()?;
        pool.start(network, &jobs);
        let own = own(first.clone());
        let outputs = pool.finish()?;
        self.0.replace(Some(pool));
        let others = others.iter().cloned().zip(outputs);
        let others = others.map(|(images, output)| Shard { images, output });
        Some((first.clone(), own, others.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn shards_are_even_and_leave_nothing_out() {
        assert_eq!(split(8, 3), [0..3, 3..6, 6..8]);
        assert_eq!(split(2, 4), [0..1, 1..2]);
        assert_eq!(split(5, 1).len(), 1);
        assert_eq!(split(16, 4), [0..4, 4..8, 8..12, 12..16]);
    }
}
