//! Cutting a batch into shards, one a thread.

use std::ops::Range;

use super::{Job, JobKind, PoolHandle, SharedNetwork};

/// An input field of a whole batch.
#[derive(Debug, Clone)]
pub struct Field {
    /// The field for all images, `width` numbers each.
    pub values: Vec<f32>,
    /// Numbers an image.
    pub width: usize,
}

/// What a worker gave back for its images of the batch.
#[derive(Debug, Clone)]
pub struct Shard {
    /// The shard's images.
    pub images: Range<usize>,
    /// The job's output.
    pub output: Vec<f32>,
}

/// The images of a batch for so many threads, as evenly as can be, the larger shards first. No shard is empty.
fn cut(batch: usize, threads: usize) -> Vec<Range<usize>> {
    let threads = threads.min(batch);
    let first = |thread: usize| thread * (batch / threads) + thread.min(batch % threads);
    (0..threads)
        .map(|thread| first(thread)..first(thread + 1))
        .collect()
}

impl PoolHandle {
    /// Share a batch of `images` images out: workers compute all shards but the first, which `own` computes on this thread
    /// meanwhile. `None` where this thread is alone or the batch has one image. A pool in which a worker fails is dropped,
    /// and the answer is `None` too: the caller computes the whole batch itself.
    ///
    /// * `fields` reads the batch's input fields; it is called only if the batch is shared
    /// * `output_len` says how many numbers a job of so many images gives back
    pub fn share<T>(
        &self,
        network: &SharedNetwork,
        kind: &JobKind,
        images: usize,
        fields: impl FnOnce() -> Vec<Field>,
        output_len: impl Fn(usize) -> usize,
        own: impl FnOnce(Range<usize>) -> T,
    ) -> Option<(Range<usize>, T, Vec<Shard>)> {
        let shards = cut(images, self.threads());
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
        // Taken out, not borrowed: this thread computes its own shard meanwhile.
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
    use super::cut;

    #[test]
    fn shards_are_even_and_leave_nothing_out() {
        assert_eq!(cut(8, 3), [0..3, 3..6, 6..8]);
        assert_eq!(cut(2, 4), [0..1, 1..2]);
        assert_eq!(cut(5, 1).len(), 1);
        assert_eq!(cut(16, 4), [0..4, 4..8, 8..12, 12..16]);
    }
}
