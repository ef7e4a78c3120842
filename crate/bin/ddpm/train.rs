//! `ddpm train`: the same trainer as the page's, with files.
//!
//! Two files: the weights (the average, what the page and `ddpm sample` read) and beside them the
//! state that `--resume` goes on from. Both are replaced atomically, so that the machine may die at
//! any time.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use burn::tensor::Device;
use ddpm::checkpoint::{self, Dtype, Metadata, TrainState};
use ddpm::data::{Dataset, Split};
use ddpm::device::{self, DeviceKind};
use ddpm::params::flat_tensor;
use ddpm::process::Prediction;
use ddpm::schedule::ScheduleKind;
use ddpm::trainer::{OptimizerState, StepMetrics, TrainConfig, Trainer};
use ddpm::unet::{Preset, UNet, UNetConfig};
use indicatif::{ProgressBar, ProgressStyle};

use super::files;
use super::numbers;

#[derive(clap::Args)]
pub struct Args {
    /// Folder with the four MNIST files
    #[arg(long, default_value = "www/data/mnist")]
    data: PathBuf,
    /// Weights file to write; the state for --resume goes beside it as NAME.state.safetensors
    #[arg(long, default_value = "ddpm.safetensors")]
    out: PathBuf,
    /// Go on from the state beside --out; its recipe holds, except for --epochs and --max-steps
    #[arg(long)]
    resume: bool,
    #[arg(long, value_enum, default_value_t = Preset::Small)]
    preset: Preset,
    /// Passes over the 60,000 images
    #[arg(long, default_value_t = 5.0)]
    epochs: f64,
    /// Stop after so many steps, whatever --epochs says
    #[arg(long)]
    max_steps: Option<u64>,
    #[arg(long, default_value_t = TrainConfig::default().batch_size)]
    batch_size: u32,
    #[arg(long, default_value_t = TrainConfig::default().learning_rate)]
    learning_rate: f64,
    #[arg(long, default_value_t = TrainConfig::default().warmup_steps)]
    warmup_steps: u32,
    /// Step at which the learning rate has fallen to 0 along half a cosine; 0 keeps it constant
    #[arg(long, default_value_t = TrainConfig::default().decay_steps)]
    decay_steps: u32,
    /// T of the noise schedule
    #[arg(long, default_value_t = TrainConfig::default().timesteps)]
    timesteps: u32,
    /// How β runs over the T steps
    #[arg(long, value_enum, default_value_t = TrainConfig::default().schedule)]
    schedule: ScheduleKind,
    /// Stretch the schedule so that nothing of the image is left at its last step; with --prediction v
    /// or x0 only
    #[arg(long)]
    zero_terminal_snr: bool,
    /// What the network says of a noisy image: its noise ε, the image x0, or the velocity v
    #[arg(long, value_enum, default_value_t = TrainConfig::default().prediction)]
    prediction: Prediction,
    /// γ of min-SNR weighting, 5 in its paper; 0 is off
    #[arg(long, default_value_t = TrainConfig::default().min_snr_gamma)]
    min_snr_gamma: f64,
    #[arg(long, default_value_t = TrainConfig::default().ema_decay)]
    ema_decay: f64,
    #[arg(long, default_value_t = TrainConfig::default().weight_decay)]
    weight_decay: f64,
    #[arg(long, default_value_t = TrainConfig::default().grad_clip)]
    grad_clip: f64,
    #[arg(long, default_value_t = TrainConfig::default().label_dropout)]
    label_dropout: f64,
    /// Move each image by up to so many pixels (0 to 4) along either axis
    #[arg(long, default_value_t = TrainConfig::default().max_shift)]
    max_shift: u32,
    #[arg(long, default_value_t = TrainConfig::default().seed)]
    seed: u32,
    /// Write both files every so many seconds
    #[arg(long, default_value_t = 120)]
    save_every: u64,
    /// Number format of the weights file
    #[arg(long, value_enum, default_value_t = Dtype::F32)]
    dtype: Dtype,
    /// Where tensors live
    #[arg(long, value_enum, default_value_t)]
    device: DeviceKind,
}

impl Args {
    fn config(&self) -> TrainConfig {
        TrainConfig {
            batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            warmup_steps: self.warmup_steps,
            decay_steps: self.decay_steps,
            timesteps: self.timesteps,
            schedule: self.schedule,
            zero_terminal_snr: self.zero_terminal_snr,
            prediction: self.prediction,
            min_snr_gamma: self.min_snr_gamma,
            ema_decay: self.ema_decay,
            weight_decay: self.weight_decay,
            grad_clip: self.grad_clip,
            label_dropout: self.label_dropout,
            max_shift: self.max_shift,
            seed: self.seed,
        }
    }

    fn state_path(&self) -> PathBuf {
        self.out.with_extension("state.safetensors")
    }
}

/// Losses since the last report, for the mean that is printed and stored.
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

pub fn run(args: Args) -> anyhow::Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let raised = stop.clone();
    ctrlc::set_handler(move || {
        // A second Ctrl-C does not wait for the step.
        if raised.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    })?;

    let data = Arc::new(Dataset::open(&args.data, Split::Train)?);
    let device = device::open(args.device).map_err(anyhow::Error::msg)?;
    let (mut trainer, preset) = open(&args, data.clone(), &device)?;
    let batch = f64::from(trainer.config().batch_size);
    let end = args
        .max_steps
        .unwrap_or((args.epochs * data.len() as f64 / batch).ceil() as u64);

    let bar = ProgressBar::new(end)
        .with_style(ProgressStyle::with_template(
            "{bar:30} step {pos}/{len}, {msg}, {elapsed} gone, {eta} left",
        )?)
        .with_position(trainer.done());
    bar.println(format!(
        "{preset}: {} parameters, {} images, batch {batch}",
        UNet::layout(trainer.unet()).len(),
        data.len()
    ));
    let mut smooth = Mean::default();
    let mut epoch_loss = Mean::default();
    let mut saved = Instant::now();
    let mut shown = (Instant::now(), trainer.done());
    while trainer.done() < end && !stop.load(Ordering::SeqCst) {
        let epoch = trainer.epoch() as u64;
        let mut finished = pollster::block_on(trainer.step())?;
        let epoch_over = trainer.epoch() as u64 > epoch;
        if epoch_over {
            finished.extend(pollster::block_on(trainer.finish())?);
        }
        take(&finished, &mut smooth, &mut epoch_loss);
        let step = trainer.done();
        bar.set_position(step);
        // In a log file there is no bar: a line now and then instead.
        let pause = if bar.is_hidden() { 60 } else { 1 };
        if shown.0.elapsed() > Duration::from_secs(pause) {
            let rate = (step - shown.1) as f64 * batch / shown.0.elapsed().as_secs_f64();
            let loss = smooth.get().unwrap_or(f64::NAN);
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
            let mean = epoch_loss.get().unwrap_or(f64::NAN);
            bar.suspend(|| {
                println!(
                    "epoch {} step {step} mean loss {mean:.5} after {seconds:.0} s",
                    epoch + 1
                );
            });
            epoch_loss = Mean::default();
        }
        if saved.elapsed() > Duration::from_secs(args.save_every) {
            finished = pollster::block_on(trainer.finish())?;
            take(&finished, &mut smooth, &mut epoch_loss);
            save(&args, &trainer, smooth.get())?;
            smooth = Mean::default();
            saved = Instant::now();
        }
    }
    let finished = pollster::block_on(trainer.finish())?;
    take(&finished, &mut smooth, &mut epoch_loss);
    save(&args, &trainer, smooth.get())?;
    bar.abandon();
    let step = trainer.done();
    println!("saved step {step} to {}", args.out.display());
    if step < end {
        println!("go on with the same command and --resume");
    }
    Ok(())
}

fn take(finished: &[StepMetrics], smooth: &mut Mean, epoch: &mut Mean) {
    for metrics in finished {
        smooth.add(metrics.loss);
        epoch.add(metrics.loss);
    }
}

/// A fresh run, or the one whose state lies beside the weights.
fn open(
    args: &Args,
    data: Arc<Dataset>,
    device: &Device,
) -> anyhow::Result<(Trainer, &'static str)> {
    let name = |unet: &UNetConfig| Preset::of(unet).map_or("custom", Preset::name);
    if !args.resume {
        let unet = args.preset.config();
        let trainer =
            Trainer::new(args.config(), unet, data, device).map_err(anyhow::Error::msg)?;
        return Ok((trainer, name(&unet)));
    }
    let path = args.state_path();
    let bytes = std::fs::read(&path)
        .with_context(|| format!("there is no state to resume from at {}", path.display()))?;
    let state = checkpoint::decode_state(&bytes, UNet::layout)
        .with_context(|| path.display().to_string())?;
    let Metadata {
        unet, train, step, ..
    } = state.meta;
    let optimizer = OptimizerState {
        params: flat_tensor(&state.params, device),
        m: flat_tensor(&state.m, device),
        v: flat_tensor(&state.v, device),
        ema: flat_tensor(&state.ema, device),
        step,
    };
    let trainer =
        Trainer::resume(train, unet, data, device, optimizer).map_err(anyhow::Error::msg)?;
    Ok((trainer, name(&unet)))
}

fn save(args: &Args, trainer: &Trainer, loss: Option<f64>) -> anyhow::Result<()> {
    let state = trainer.state();
    let layout = UNet::layout(trainer.unet());
    let meta = Metadata::of_run(trainer, loss, "by the native command line");
    let train_state = TrainState {
        meta: meta.clone(),
        params: numbers(state.params.clone())?,
        m: numbers(state.m.clone())?,
        v: numbers(state.v.clone())?,
        ema: numbers(state.ema.clone())?,
    };
    files::write(
        &args.out,
        &checkpoint::encode(&layout, &train_state.ema, &meta, args.dtype)?,
    )?;
    files::write(
        &args.state_path(),
        &checkpoint::encode_state(&layout, &train_state)?,
    )
}
