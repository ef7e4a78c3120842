//! The choice of the images in each batch, which depends on the seed and the number of the step alone.
//!
//! Epoch e visits the images in a permutation drawn from (seed, e). The permutations of all epochs, one after the other,
//! are one endless sequence; batch s of size B takes positions s·B .. (s+1)·B of it. A batch may therefore contain the end
//! of one epoch and the beginning of the next. Since there is no other state, a run that is resumed at step s sees the
//! same images as one that was never interrupted.

use crate::rng::{Purpose, Stream};

/// The images of each batch of a run. It is cheap to make, and keeps up to two permutations in memory.
#[derive(Debug, Clone)]
pub struct Batches {
    len: usize,
    batch_size: usize,
    seed: u64,
    /// The number of batch 0's first position.
    beginning: i64,
    /// Up to two epochs with their permutations, the one used last at the end. There are two because a batch may contain
    /// images of two epochs.
    cache: Vec<(u64, Vec<u32>)>,
}

impl Batches {
    /// Batches of `batch_size` images each, out of `len` images.
    ///
    /// # Panics
    /// If either number is 0, or `len` does not fit in 32 bits. `Dataset::parse` and `TrainConfig::validate` refuse such
    /// numbers with a message before they get here.
    pub fn new(len: usize, batch_size: usize, seed: u64) -> Self {
        assert!(
            len > 0 && batch_size > 0,
            "an empty batch of {batch_size} out of {len}"
        );
        assert!(
            u32::try_from(len).is_ok(),
            "{len} images are beyond 32 bits"
        );
        Self {
            len,
            batch_size,
            seed,
            beginning: 0,
            cache: Vec::with_capacity(2),
        }
    }

    /// The same with batch 0 at another position of the sequence, and all others as far from it as before. It may be before the
    /// sequence's beginning, where no batch takes anything from: a run whose batches have become smaller has fewer images behind it
    /// than its step times their size.
    #[must_use]
    pub fn beginning_with(self, beginning: i64) -> Self {
        Self { beginning, ..self }
    }

    /// The position of the first image of batch `step`, which is also the number of training examples before it.
    pub fn first(&self, step: u64) -> u64 {
        // In 128 bits, because a step number that comes from a file may be any u64.
        let position = i128::from(step) * self.batch_size as i128 + i128::from(self.beginning);
        u64::try_from(position.max(0)).unwrap_or(u64::MAX)
    }

    /// The numbers of the images in batch `step` (counted from 0), each below `len`, in the batch's order.
    pub fn indices(&mut self, step: u64) -> Vec<u32> {
        let len = self.len as u128;
        let mut position = u128::from(self.first(step));
        let mut indices = Vec::with_capacity(self.batch_size);
        while indices.len() < self.batch_size {
            let (epoch, start) = ((position / len) as u64, (position % len) as usize);
            let wanted = (self.batch_size - indices.len()).min(self.len - start);
            indices.extend_from_slice(&self.permutation(epoch)[start..start + wanted]);
            position += wanted as u128;
        }
        indices
    }

    /// The number of passes over the data before batch `step`, with its fraction.
    pub fn epoch(&self, step: u64) -> f64 {
        let position = step as f64 * self.batch_size as f64 + self.beginning as f64;
        position.max(0.0) / self.len as f64
    }

    fn permutation(&mut self, epoch: u64) -> &[u32] {
        match self.cache.iter().position(|(e, _)| *e == epoch) {
            // The permutation used last goes to the end, so that the other one is dropped first.
            Some(found) => {
                let last = self.cache.len() - 1;
                self.cache.swap(found, last);
            }
            None => {
                if self.cache.len() == 2 {
                    self.cache.remove(0);
                }
                self.cache
                    .push((epoch, shuffled(self.len, self.seed, epoch)));
            }
        }
        &self.cache[self.cache.len() - 1].1
    }
}

/// The numbers 0 .. `len` in an order drawn from (seed, epoch), the same on every machine: Durstenfeld's shuffle (1964,
/// "Algorithm 235") with the numbers of the Philox stream (seed, [`Purpose::DataOrder`], epoch).
fn shuffled(len: usize, seed: u64, epoch: u64) -> Vec<u32> {
    let mut stream = Stream::new(seed, Purpose::DataOrder, epoch);
    let mut order: Vec<u32> = (0..len as u32).collect();
    for last in (1..len).rev() {
        let chosen = stream.below(last as u32 + 1) as usize;
        order.swap(last, chosen);
    }
    order
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A training state records a seed and a step; if this order changed, a run resumed from it would see other images than
    /// the uninterrupted run. (It did change once, from ChaCha to Philox: see CHANGELOG.md.)
    /// The numbers were computed by the same two algorithms in Python.
    #[test]
    fn the_order_stays_what_it_was() {
        assert_eq!(shuffled(10, 0, 0), [0, 3, 4, 5, 9, 1, 2, 6, 7, 8]);
        assert_eq!(
            Batches::new(60_000, 4, 7).indices(20_000),
            [2009, 46722, 2659, 2627]
        );
    }

    #[test]
    fn seeds_and_epochs_differ() {
        let orders = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(s, e)| shuffled(1000, s, e));
        for a in 0..4 {
            for b in 0..a {
                assert_ne!(orders[a], orders[b]);
            }
        }
    }

    #[test]
    fn every_place_is_equally_likely() {
        // In 4000 shuffles of 4 numbers, each of the 16 cells is expected to count 1000, with a standard deviation of 27.
        let mut seen = [[0i32; 4]; 4];
        for epoch in 0..4000 {
            for (place, &index) in shuffled(4, 3, epoch).iter().enumerate() {
                seen[place][index as usize] += 1;
            }
        }
        assert!(
            seen.iter().flatten().all(|n| (n - 1000).abs() < 150),
            "{seen:?}"
        );
    }

    #[test]
    fn epochs_are_counted_with_fraction() {
        let batches = Batches::new(60_000, 32, 0);
        assert_eq!(batches.epoch(0), 0.0);
        assert_eq!(batches.epoch(1875), 1.0);
        assert_eq!(batches.epoch(938), 938.0 * 32.0 / 60_000.0);
    }

    /// After a change of the batch size the data go on where they were.
    #[test]
    fn another_size_goes_on_where_the_data_were() {
        for (before, after) in [(4, 6), (6, 4)] {
            let mut first = Batches::new(50, before, 7);
            let mut row: Vec<u32> = (0..10).flat_map(|step| first.indices(step)).collect();
            let beginning = first.first(10) as i64 - 10 * after as i64;
            let mut second = Batches::new(50, after, 7).beginning_with(beginning);
            assert_eq!(second.first(10), 10 * before as u64);
            assert!((second.epoch(10) - first.epoch(10)).abs() < 1e-12);
            row.extend((10..30).flat_map(|step| second.indices(step)));
            let whole = Batches::new(50, row.len(), 7).indices(0);
            assert_eq!(row, whole);
        }
        // The beginning comes from a file, which may hold any number.
        assert_eq!(
            Batches::new(7, 3, 0)
                .beginning_with(i64::MIN)
                .indices(1)
                .len(),
            3
        );
    }

    #[test]
    fn no_step_is_too_far() {
        let mut batches = Batches::new(7, 3, 0);
        assert_eq!(batches.indices(u64::MAX).len(), 3);
        assert!(batches.epoch(u64::MAX).is_finite());
    }

    proptest! {
        #[test]
        fn every_epoch_visits_each_image_once(
            len in 1usize..200, batch in 1usize..250, seed: u64,
        ) {
            let mut batches = Batches::new(len, batch, seed);
            let steps = (3 * len).div_ceil(batch) as u64;
            let row: Vec<u32> = (0..steps).flat_map(|s| batches.indices(s)).collect();
            prop_assert_eq!(row.len(), steps as usize * batch);
            for epoch in row.chunks_exact(len) {
                let mut sorted = epoch.to_vec();
                sorted.sort_unstable();
                prop_assert!(sorted.iter().copied().eq(0..len as u32));
            }
        }

        #[test]
        fn resuming_changes_nothing(
            len in 1usize..200, batch in 1usize..100, seed: u64, middle in 0u64..1000,
        ) {
            let mut running = Batches::new(len, batch, seed);
            for step in middle.saturating_sub(5)..middle {
                running.indices(step);
            }
            let mut resumed = Batches::new(len, batch, seed);
            for step in [middle, middle + 1, middle, middle + 7] {
                prop_assert_eq!(running.indices(step), resumed.indices(step));
            }
        }
    }
}
