//! The steps of a run, and its files.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use ddpm::checkpoint::{self, Checkpoint, RunAbout, RunRecord, TrainState};
use ddpm::data::Dataset;
use ddpm::distributed::{Ranks, SumFormat, agree};
use ddpm::nn::unet::UNet;
use ddpm::runtime::Runtime;
use ddpm::training::{LossCurve, StepMetrics, TrainError, Trainer};
use indicatif::ProgressBar;

use super::super::files;
use super::super::ranks::KnownToAll;
use super::super::session::Session;
use super::Args;
use super::start::{begin_with, resume};

/// A mean of losses.
#[derive(Default)]
struct Mean {
    sum: f64,
    count: u64,
}

impl Mean {
    fn add(&mut self, loss: f32) {
        self.sum += f64::from(loss);
        self.count += 1;
    }

    fn get(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

/// A run and what is on disk of it.
pub struct Run<'a> {
    args: &'a Args,
    session: &'a Session<'a>,
    pub trainer: Trainer,
    ranks: Ranks,
    /// Losses since the last saving.
    recent: Mean,
    epoch_loss: Mean,
    /// The step that the files hold; 0 for none.
    saved: u64,
    /// The loss that they name.
    saved_loss: Option<f64>,
    /// What was seen of the run, by whatever program it was begun, but for the losses, which are the curve's.
    record: RunRecord,
    curve: LossCurve,
}

impl<'a> Run<'a> {
    /// A fresh run, or the one whose state lies beside the weights.
    ///
    /// `given` are the ids of the arguments that are on the command line.
    pub fn open(
        args: &'a Args,
        given: &[String],
        data: Arc<Dataset>,
        runtime: &Runtime,
        session: &'a Session<'a>,
    ) -> anyhow::Result<Self> {
        let id = data.id();
        let ranks = runtime.ranks().clone();
        let (trainer, saved_loss, mut record) = if args.resume {
            let resumed = resume(&args.state_path(), data, runtime, &ranks)?;
            if let Some(learned) = &resumed.2.about.data {
                ensure!(
                    learned.is_same(&id),
                    "the run learned from other images than those of {} ({} of {}): name their folder with --data",
                    args.data.folder().display(),
                    learned.images,
                    learned.name
                );
            }
            resumed
        } else {
            let mut record = RunRecord::default();
            let trainer = match &args.init {
                Some(path) => {
                    let (trainer, weights) = begin_with(path, args, given, data, runtime)?;
                    record.about.begun_with = Some(weights);
                    trainer
                }
                None => {
                    let unet = args.network(&data)?;
                    Trainer::new(args.recipe.clone(), unet, data, runtime)
                        .map_err(anyhow::Error::msg)?
                }
            };
            (trainer, None, record)
        };
        let run = Self {
            args,
            session,
            ranks,
            saved: trainer.done(),
            trainer,
            recent: Mean::default(),
            epoch_loss: Mean::default(),
            saved_loss,
            curve: LossCurve::from_points(std::mem::take(&mut record.losses)),
            record: RunRecord {
                about: RunAbout {
                    data: Some(id),
                    ..record.about
                },
                ..record
            },
        };
        session.keep(run.kept_for_resume());
        Ok(run)
    }

    /// The sentence that tells which step the files hold. The program adds it to its message if the server of the device goes away, so that
    /// the reader knows from where `--resume` goes on.
    fn kept_for_resume(&self) -> String {
        match self.saved {
            0 => "Nothing was saved yet: begin anew.".to_owned(),
            saved => format!(
                "{} and {} hold step {saved}: the same command with --resume goes on from there, on any --device.",
                self.args.out.display(),
                self.args.state_path().display()
            ),
        }
    }

    /// Compares with the other ranks what the run is to be. A new run then gives up the state of an earlier one, which --resume
    /// must not go on with.
    ///
    /// # Errors
    /// Names what differs, and the rank; also if the earlier state cannot be removed.
    pub fn agree(&self, end: u64, format: SumFormat) -> anyhow::Result<()> {
        let data = self.trainer.data().id();
        let mut facts = vec![
            (
                "the training data".to_owned(),
                // By what they are: their folder may have another name on another machine.
                format!("{} images, {}", data.images, data.fingerprint),
            ),
            (
                "the network".to_owned(),
                format!("{:?}", self.trainer.unet()),
            ),
            ("the number of steps".to_owned(), end.to_string()),
            ("--device".to_owned(), self.args.device.device.to_string()),
            ("--sum-format".to_owned(), format!("{format:?}")),
        ];
        let recipe = serde_json::to_value(self.trainer.config())?;
        for (field, value) in recipe.as_object().into_iter().flatten() {
            facts.push((format!("{field} of the recipe"), value.to_string()));
        }
        agree(&self.ranks, facts)?;
        if self.ranks.is_first() && !self.args.resume {
            files::remove(&self.args.state_path())?;
        }
        Ok(())
    }

    /// What was seen of the run so far.
    fn record(&self) -> RunRecord {
        RunRecord {
            losses: self.curve.points().to_vec(),
            ..self.record.clone()
        }
    }

    /// Takes steps up to number `end`, or until `stop` is raised, and saves.
    pub fn advance(
        &mut self,
        end: u64,
        stop: &AtomicBool,
        bar: &ProgressBar,
    ) -> anyhow::Result<()> {
        let batch = f64::from(self.trainer.config().batch_size);
        let mut saved = Instant::now();
        let mut shown = (Instant::now(), self.trainer.done());
        while self.trainer.done() < end && !self.trainer.stops() {
            if stop.load(Ordering::SeqCst) {
                if self.ranks.size() == 1 {
                    break;
                }
                // All of them take this step, and no other.
                self.trainer.ask_to_stop();
            }
            let epoch = self.trainer.epoch() as u64;
            let finished = pollster::block_on(self.trainer.step())?;
            self.take(&finished);
            let epoch_over = self.trainer.epoch() as u64 > epoch;
            if epoch_over {
                self.finish()?;
            }
            let step = self.trainer.done();
            if !self.ranks.is_first() {
                continue;
            }
            bar.set_position(step);
            // In a log file there is no bar: a line now and then instead.
            let pause = if bar.is_hidden() { 60 } else { 1 };
            if shown.0.elapsed() > Duration::from_secs(pause) {
                let rate = (step - shown.1) as f64 * batch / shown.0.elapsed().as_secs_f64();
                let loss = self.loss().unwrap_or(f64::NAN);
                let message = format!("loss {loss:.4}, {rate:.0} images/s");
                if bar.is_hidden() {
                    println!("step {step}/{end}, {message}");
                }
                bar.set_message(message);
                shown = (Instant::now(), step);
            }
            if epoch_over {
                // On standard output, so that a log keeps it. Asked of the bar before: inside `suspend`
                // it is locked.
                let seconds = bar.elapsed().as_secs_f64();
                let mean = self.epoch_loss.get().unwrap_or(f64::NAN);
                bar.suspend(|| {
                    println!(
                        "epoch {} step {step} mean loss {mean:.5} after {seconds:.0} s",
                        epoch + 1
                    );
                });
                self.epoch_loss = Mean::default();
            }
            if saved.elapsed() > Duration::from_secs(self.args.save_every) {
                self.finish()?;
                self.save()?;
                saved = Instant::now();
            }
        }
        self.finish()?;
        self.save()
    }

    /// Waits for the steps that are under way.
    fn finish(&mut self) -> Result<(), TrainError> {
        let finished = pollster::block_on(self.trainer.finish())?;
        self.take(&finished);
        Ok(())
    }

    fn take(&mut self, finished: &[StepMetrics]) {
        for metrics in finished {
            self.curve.push(metrics.step as u32, metrics.loss);
            self.recent.add(metrics.loss);
            self.epoch_loss.add(metrics.loss);
        }
    }

    /// The mean since the last saving, or before any step the one of then.
    fn loss(&self) -> Option<f64> {
        self.recent.get().or(self.saved_loss)
    }

    /// Both files, if there have been steps since they were written: they may hold figures of their
    /// weights by now.
    fn save(&mut self) -> anyhow::Result<()> {
        if self.trainer.done() == self.saved || !self.ranks.is_first() {
            return Ok(());
        }
        let loss = self.loss();
        // Neither is written if one of them cannot be: they belong to the same step.
        let (weights, state) = self.encoded(loss)?;
        files::write(&self.args.out, &weights)?;
        files::write(&self.args.state_path(), &state)?;
        self.saved = self.trainer.done();
        self.saved_loss = loss;
        self.recent = Mean::default();
        self.session.keep(self.kept_for_resume());
        Ok(())
    }

    /// Both files, as bytes.
    fn encoded(&self, loss: Option<f64>) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
        let layout = UNet::layout(self.trainer.unet());
        let how = "by the native command line";
        let state = TrainState::of_trainer(&self.trainer, loss, how, self.record());
        let state = pollster::block_on(state).map_err(anyhow::Error::msg)?;
        let weights = Checkpoint::new(state.meta.clone(), state.ema.clone());
        let weights = checkpoint::encode(&weights, UNet::layout, self.args.dtype)?;
        Ok((weights, checkpoint::encode_state(&layout, &state)?))
    }

    /// The weights file alone, of what the state holds.
    pub fn save_weights(&self) -> anyhow::Result<()> {
        let (weights, _) = self.encoded(self.saved_loss)?;
        files::write(&self.args.out, &weights)
    }

    /// What to say of `error`, which ended the steps. The files stay as they are: what the weights are after the last
    /// step with a finite loss is what the next one failed with.
    pub fn ended_by(&self, error: anyhow::Error) -> anyhow::Error {
        let Some(&TrainError::NotFinite {
            step,
            loss,
            grad_norm,
            ..
        }) = error.downcast_ref()
        else {
            return error;
        };
        let kept = match self.saved {
            0 => "nothing was written".to_owned(),
            saved => format!(
                "{} and {} hold step {saved}",
                self.args.out.display(),
                self.args.state_path().display()
            ),
        };
        anyhow::Error::new(KnownToAll(format!(
            "the loss became {loss} at step {step} (gradient norm {grad_norm}); {kept}. --resume keeps the recipe and \
             would probably come to the same end: begin another run with a smaller --learning-rate or a longer \
             --warmup-steps"
        )))
    }
}
