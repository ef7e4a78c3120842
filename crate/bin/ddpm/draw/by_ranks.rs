//! Drawing by several processes.

use ddpm::distributed::Ranks;

use super::{Generator, to_bytes};

/// Images of a draw with consecutive numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The number of the first of them.
    pub first: u32,
    /// The label of each image: the class that it is drawn for.
    pub labels: Vec<u8>,
}

impl Generator {
    /// [`Generator::draw`] for each of these runs by several ranks: batches in turn, each of which is drawn as one process alone would
    /// draw it, so that the images are the same to the byte where all machines are of one kind. Rank 0 gets them all, and the others
    /// none. The ranks wait for one another after each step, so that a rank which has nothing to draw does not take those that
    /// draw for silent.
    ///
    /// # Errors
    /// As [`Generator::draw`]; also if a rank keeps silent.
    pub fn draw_by_ranks(
        &self,
        ranks: &Ranks,
        runs: &[Run],
        progress: impl FnMut(u64),
    ) -> anyhow::Result<Vec<u8>> {
        let numbers = self.draw_numbers_by_ranks(ranks, runs, progress)?;
        Ok(to_bytes(&numbers))
    }

    /// [`Generator::draw_numbers`], shared out likewise.
    ///
    /// # Errors
    /// As [`Generator::draw_by_ranks`].
    pub fn draw_numbers_by_ranks(
        &self,
        ranks: &Ranks,
        runs: &[Run],
        mut progress: impl FnMut(u64),
    ) -> anyhow::Result<Vec<f32>> {
        let mut numbers = Vec::new();
        let Some(collective) = ranks.collective() else {
            for run in runs {
                numbers.extend(self.draw_numbers(run.first, &run.labels, &mut progress)?);
            }
            return Ok(numbers);
        };
        let batches: Vec<(u32, &[u8])> = runs
            .iter()
            .flat_map(|run| {
                let starts = (run.first..).step_by(self.batch);
                starts.zip(run.labels.chunks(self.batch))
            })
            .collect();
        let sampler = self.settings.sampler.build(&self.model.schedule);
        let steps = sampler.timesteps().len();
        for round in batches.chunks(ranks.size()) {
            let images: u64 = round.iter().map(|(_, labels)| labels.len() as u64).sum();
            let what = format!("drawing {images} images from number {} on", round[0].0);
            let mut after_step = |step: usize| -> anyhow::Result<()> {
                // A GPU takes steps that are asked of it later, so without this all of its time would pass after the last one.
                self.runtime.device().sync().map_err(anyhow::Error::msg)?;
                collective.barrier(&format!("step {step} of {steps} of {what}"))?;
                progress(images);
                Ok(())
            };
            let drawn = match round.get(ranks.rank()) {
                Some(&(first, labels)) => self.draw_batch(first, labels, after_step)?,
                None => {
                    (1..=steps).try_for_each(&mut after_step)?;
                    Vec::new()
                }
            };
            let drawn = drawn.iter().flat_map(|number| number.to_le_bytes());
            for bytes in collective.gather(&what, drawn.collect())? {
                let words = bytes.as_chunks::<4>().0.iter();
                numbers.extend(words.map(|&word| f32::from_le_bytes(word)));
            }
        }
        Ok(numbers)
    }
}

/// A message to other ranks: each run as the number of its first image, how many there are, and their labels.
pub fn runs_to_bytes(runs: &[Run]) -> Vec<u8> {
    let one = |Run { first, labels }: &Run| {
        let len = labels.len() as u32;
        [&first.to_le_bytes()[..], &len.to_le_bytes(), labels].concat()
    };
    runs.iter().flat_map(one).collect()
}

/// The runs that a message of rank 0 names.
pub fn runs_from_bytes(mut bytes: &[u8]) -> Vec<Run> {
    let mut runs = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<8>() {
        let [first, len] = [&head[..4], &head[4..]]
            .map(|word| u32::from_le_bytes(word.try_into().expect("four bytes")));
        let (labels, rest) = rest.split_at(len as usize);
        let labels = labels.to_vec();
        runs.push(Run { first, labels });
        bytes = rest;
    }
    runs
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use ddpm::nn::unet::{PIXELS, UNet, UNetConfig};
    use ddpm::nn::var_builder::flat_tensor;
    use ddpm::runtime::{DeviceKind, Runtime};
    use ddpm::samplers::SamplerConfig;
    use ddpm::training::TrainConfig;

    use super::super::super::ranks::tests::Scripted;
    use super::super::DrawSettings;
    use super::*;

    /// Ranks meet after each step whether they have something to draw or not: the last round has too few batches for all.
    #[test]
    fn ranks_without_a_batch_meet_the_others_after_each_step() {
        let runtime = Runtime::open(DeviceKind::Cpu).unwrap();
        let unet = UNetConfig::new([4, 4, 4], 2);
        let params = flat_tensor(&UNet::layout(&unet).initial(1), runtime.device());
        let settings = DrawSettings {
            sampler: SamplerConfig {
                steps: 2,
                ..DrawSettings::default().sampler
            },
            ..DrawSettings::default()
        };
        let generator = Generator {
            model: TrainConfig::default().model(&runtime, &unet, params),
            settings,
            batch: 2,
            runtime,
        };
        let run = |first, labels: &[u8]| Run {
            first,
            labels: labels.to_vec(),
        };
        let runs = [run(10, &[1, 2, 3, 4]), run(30, &[5, 6, 7, 8, 9])];
        let drawn = |run: &Run| generator.draw_numbers(run.first, &run.labels, |_| ());
        let alone: Vec<f32> = runs.iter().flat_map(|run| drawn(run).unwrap()).collect();
        let image = |number: usize| &alone[number * PIXELS..][..PIXELS];
        let mut calls = Vec::new();
        // Batches 0, 1, 2 in the first round, 3 and 4 in the last.
        for (rank, own) in [vec![0, 1, 6, 7], vec![2, 3, 8], vec![4, 5]]
            .iter()
            .enumerate()
        {
            let collective = Scripted::new(rank, vec![Vec::new(); 3]);
            let ranks = Ranks::of(collective.clone());
            let mut done = 0;
            let drawn = generator
                .draw_numbers_by_ranks(&ranks, &runs, |steps| done += steps)
                .unwrap();
            assert_eq!(done, 2 * 9);
            // Only rank 0 gets images; here the others send it none.
            let expected: Vec<f32> = match rank {
                0 => own
                    .iter()
                    .flat_map(|&number| image(number))
                    .copied()
                    .collect(),
                _ => Vec::new(),
            };
            assert!(drawn == expected, "rank {rank}");
            calls.push(collective.calls.take());
        }
        let expected = [
            "drawing 6 images from number 10 on",
            "drawing 3 images from number 32 on",
        ]
        .map(|what| {
            [
                format!("step 1 of 2 of {what}"),
                format!("step 2 of 2 of {what}"),
                what.to_owned(),
            ]
        });
        for calls in calls {
            assert_eq!(calls, expected.concat());
        }
    }

    #[test]
    fn runs_of_images_come_back_from_their_bytes() {
        let run = |first, labels| Run { first, labels };
        let runs = vec![
            run(0, vec![3, 1, 4]),
            run(512, vec![]),
            run(70_000, vec![9; 300]),
        ];
        assert_eq!(runs_from_bytes(&runs_to_bytes(&runs)), runs);
    }
}
