//! The steps of a run, and its files.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail, ensure};
use ddpm::checkpoint::{self, RunAbout, RunRecord, TrainState};
use ddpm::data::Dataset;
use ddpm::nn::unet::UNet;
use ddpm::nn::var_builder::flat_tensor;
use ddpm::runtime::Runtime;
use ddpm::training::{LossCurve, OptimizerState, StepMetrics, TrainConfig, TrainError, Trainer};
use indicatif::ProgressBar;

use super::super::files;
use super::Args;

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
    pub trainer: Trainer,
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
    pub fn open(args: &'a Args, data: Arc<Dataset>, runtime: &Runtime) -> anyhow::Result<Self> {
        let id = data.id();
        let (trainer, saved_loss, mut record) = if args.resume {
            let resumed = resume(&args.state_path(), data, runtime)?;
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
            let trainer = match &args.init {
                Some(path) => begin_with(path, &args.recipe, data, runtime)?,
                None => {
                    let unet = args.network(&data)?;
                    Trainer::new(args.recipe.clone(), unet, data, runtime)
                        .map_err(anyhow::Error::msg)?
                }
            };
            // Of the run that is given up: --resume must not go on with it.
            files::remove(&args.state_path())?;
            (trainer, None, RunRecord::default())
        };
        Ok(Self {
            args,
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
        })
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
        while self.trainer.done() < end && !stop.load(Ordering::SeqCst) {
            let epoch = self.trainer.epoch() as u64;
            let finished = pollster::block_on(self.trainer.step())?;
            self.take(&finished);
            let epoch_over = self.trainer.epoch() as u64 > epoch;
            if epoch_over {
                self.finish()?;
            }
            let step = self.trainer.done();
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
        if self.trainer.done() == self.saved {
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
        Ok(())
    }

    /// Both files, as bytes.
    fn encoded(&self, loss: Option<f64>) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
        let layout = UNet::layout(self.trainer.unet());
        let how = "by the native command line";
        let state = TrainState::of_trainer(&self.trainer, loss, how, self.record());
        let state = pollster::block_on(state).map_err(anyhow::Error::msg)?;
        let weights = checkpoint::encode(&layout, &state.ema, &state.meta, self.args.dtype)?;
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
        anyhow!(
            "the loss became {loss} at step {step} (gradient norm {grad_norm}); {kept}. --resume keeps the recipe and \
             would probably come to the same end: begin another run with a smaller --learning-rate or a longer \
             --warmup-steps"
        )
    }
}

/// A new run that begins with the weights at `path`. The meaning of their outputs is taken over from them.
fn begin_with(
    path: &Path,
    recipe: &TrainConfig,
    data: Arc<Dataset>,
    runtime: &Runtime,
) -> anyhow::Result<Trainer> {
    let weights = files::read_weights(path)?;
    let recipe = recipe.clone().continuing(&weights.meta.train);
    let state = OptimizerState::new(flat_tensor(&weights.values, runtime.device()));
    Trainer::from_state(recipe, weights.meta.unet, data, runtime, state).map_err(anyhow::Error::msg)
}

/// The run whose state is at `path`, the loss that the state names, and what was seen of the run.
fn resume(
    path: &Path,
    data: Arc<Dataset>,
    runtime: &Runtime,
) -> anyhow::Result<(Trainer, Option<f64>, RunRecord)> {
    let bytes = std::fs::read(path)
        .with_context(|| format!("there is no state to resume from at {}", path.display()))?;
    let state = checkpoint::decode_state(&bytes, UNet::layout)
        .with_context(|| path.display().to_string())?;
    if let Some(note) = state.meta.note() {
        eprintln!("note: {}: {note}", path.display());
    }
    // A run that was begun in a browser may have held some of the images out.
    let held_out = state
        .record
        .as_ref()
        .map_or(0, |record| record.about.held_out as usize);
    let data = match held_out {
        0 => data,
        count if count < data.len() => {
            let [_, rest] = data.hold_out(count);
            Arc::new(rest)
        }
        count => bail!(
            "{}: the run has held out {count} images, and {} has {}",
            path.display(),
            data.name,
            data.len()
        ),
    };
    let trainer = state
        .trainer(data, runtime)
        .map_err(|error| anyhow!("{}: {error}", path.display()))?;
    Ok((trainer, state.meta.loss, state.record.unwrap_or_default()))
}
