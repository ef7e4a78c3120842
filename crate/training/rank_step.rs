//! A training step that several ranks share: each computes the gradient of some images of the batch, the gradients are added
//! ([`Collective::start_sum`](crate::distributed::Collective::start_sum)), and every rank makes the same update.

use burn::tensor::Tensor;

use super::gradient::loss_and_gradient;
use super::optimizer::norm;
use super::steps::{Steps, check_finite};
use super::{StepMetrics, TrainBatch, TrainError, Trainer};
use crate::distributed::{CollectiveError, Ranks, share};
use crate::nn::var_builder::flat_tensor;
use crate::ops::read;

/// What a rank keeps from step to step.
#[derive(Default)]
pub struct RankSteps {
    /// This rank's part of the next step's batch, made while the gradients were being added.
    prepared: Option<Prepared>,
    /// Whether this rank was asked to stop.
    asked_to_stop: bool,
    /// Whether any rank was.
    stops: bool,
}

/// A rank's part of a batch.
struct Prepared {
    /// The number of steps before it.
    step: u64,
    /// `None` if there are more ranks than images.
    batch: Option<TrainBatch>,
    /// The t of all images of the batch.
    t: Vec<usize>,
}

/// What a rank attaches to its gradient.
#[derive(Debug, PartialEq)]
struct Note {
    /// A hash of the parameters before the step, which must be the same in all ranks.
    parameters: u64,
    /// Whether the rank was asked to stop.
    stop: bool,
    /// The mean loss of its images, and the loss of each; empty without images.
    losses: Vec<f32>,
}

impl Note {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.parameters.to_le_bytes().to_vec();
        bytes.push(u8::from(self.stop));
        bytes.extend(self.losses.iter().flat_map(|loss| loss.to_le_bytes()));
        bytes
    }

    /// The note of a rank that has `images` images of the batch; `None` if these are no such bytes.
    fn from_bytes(bytes: &[u8], images: usize) -> Option<Self> {
        let (parameters, rest) = bytes.split_first_chunk::<8>()?;
        let (stop, losses) = rest.split_first()?;
        let (losses, []) = losses.as_chunks::<4>() else {
            return None;
        };
        let expected = if images == 0 { 0 } else { 1 + images };
        (losses.len() == expected).then(|| Self {
            parameters: u64::from_le_bytes(*parameters),
            stop: *stop != 0,
            losses: losses
                .iter()
                .map(|&loss| f32::from_le_bytes(loss))
                .collect(),
        })
    }
}

/// A hash of numbers by their bits (FNV-1a over words).
fn hash(numbers: &[f32]) -> u64 {
    numbers.iter().fold(0xcbf2_9ce4_8422_2325, |hash, number| {
        (hash ^ u64::from(number.to_bits())).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The notes of all ranks, which are as they must be.
fn read_notes(
    notes: &[Vec<u8>],
    number: u64,
    images: usize,
    ranks: &Ranks,
) -> Result<Vec<Note>, CollectiveError> {
    let mut read: Vec<Note> = Vec::new();
    for (rank, bytes) in notes.iter().enumerate() {
        let its = share(images, rank, ranks.size());
        let note = Note::from_bytes(bytes, its.len()).ok_or_else(|| {
            CollectiveError::Disagree(format!(
                "rank {rank} has sent a note for step {number} that does not fit its {} images",
                its.len()
            ))
        })?;
        if read
            .first()
            .is_some_and(|first| first.parameters != note.parameters)
        {
            return Err(CollectiveError::Disagree(format!(
                "the parameters of rank {rank} before step {number} are not those of rank 0: the machines compute differently, or \
                 one has a fault. Ranks have to be of one kind of processor or graphics card"
            )));
        }
        read.push(note);
    }
    Ok(read)
}

impl Trainer {
    /// Asks all ranks to stop: the next step says so to the others, and is the last ([`Trainer::stops`]).
    pub fn ask_to_stop(&mut self) {
        self.of_ranks.asked_to_stop = true;
    }

    /// Whether any rank was asked to stop before the last step. All ranks know it after the same step.
    pub fn stops(&self) -> bool {
        self.of_ranks.stops
    }

    /// Takes one step together with the other ranks.
    ///
    /// # Errors
    /// As [`Trainer::step`].
    pub(super) async fn step_of_ranks(&mut self) -> Result<StepMetrics, TrainError> {
        let ranks = self.runtime.ranks().clone();
        let collective = ranks.collective().expect("several ranks");
        let ctx = self.runtime.context().clone();
        let (number, images) = (self.done + 1, self.config.batch_size as usize);
        let Prepared { batch, t, .. } = self.prepared(self.done, &ranks);
        let Steps::Host(state) = &self.steps else {
            unreachable!("only a process alone has steps on the device")
        };
        let parameters = hash(
            &read(state.params.clone())
                .await
                .map_err(TrainError::Device)?,
        );
        let (losses, gradient) = match batch {
            Some(batch) => {
                let own = batch.images();
                let (losses, gradient) =
                    loss_and_gradient(&ctx, &self.unet, &self.lengths, &state.params, batch);
                // The batch's gradient is the mean of those of its parts, weighted by their sizes.
                let gradient = gradient * (own as f64 / images as f64);
                let both = read(Tensor::cat(vec![losses, gradient], 0)).await;
                let mut losses = both.map_err(TrainError::Device)?;
                let gradient = losses.split_off(1 + own);
                (losses, gradient)
            }
            None => (Vec::new(), vec![0.0; self.lengths.iter().sum()]),
        };
        let note = Note {
            parameters,
            stop: self.of_ranks.asked_to_stop,
            losses,
        };
        let what = format!("the sum of step {number}");
        let sum = collective.start_sum(&what, gradient, note.to_bytes());
        // Meanwhile.
        let next = self.prepared(number, &ranks);
        self.of_ranks.prepared = Some(next);
        let summed = sum.wait().map_err(TrainError::Ranks)?;

        let notes = read_notes(&summed.notes, number, images, &ranks).map_err(TrainError::Ranks)?;
        let mut losses = vec![0.0];
        for note in &notes {
            if let Some((mean, each)) = note.losses.split_first() {
                losses[0] += mean * (each.len() as f64 / images as f64) as f32;
                losses.extend(each);
            }
        }
        let gradient = flat_tensor(&summed.values, ctx.device());
        let norm = norm(&gradient);
        let metrics = read(norm.clone()).await.map(|norm| [losses, norm].concat());
        let metrics = check_finite(number, &t, metrics, &mut self.history)?;
        if let Steps::Host(state) = &mut self.steps {
            state.apply(&ctx, gradient, norm, &self.config);
        }
        self.done = number;
        self.of_ranks.stops = notes.iter().any(|note| note.stop);
        Ok(metrics)
    }

    /// This rank's part of the batch that follows after `step` steps: the one that was prepared, or else a new one.
    fn prepared(&mut self, step: u64, ranks: &Ranks) -> Prepared {
        let prepared = self.of_ranks.prepared.take();
        if let Some(prepared) = prepared.filter(|prepared| prepared.step == step) {
            return prepared;
        }
        if let Some(history) = &mut self.history {
            // Of a batch that was prepared and is not used, because its step or the one before it failed.
            history.rewind(step);
        }
        let part = ranks.share(self.config.batch_size as usize);
        let (batch, t) = self.part_of_batch(step, part);
        Prepared { step, batch, t }
    }
}
