//! `ddpm train`: the same trainer as the page's, with files.
//!
//! Two files: the weights (the average, what the page and `ddpm sample` read) and beside them the
//! state that `--resume` goes on from. Both are replaced atomically, so that the machine may die at
//! any time.

mod run;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::ensure;
use ddpm::checkpoint::Dtype;
use ddpm::data::{Dataset, Split};
use ddpm::diffusion::Prediction;
use ddpm::diffusion::schedule::ScheduleKind;
use ddpm::nn::unet::{Preset, UNet};
use ddpm::runtime::{DeviceKind, Runtime};
use ddpm::training::TrainConfig;
use indicatif::{ProgressBar, ProgressStyle};

use super::files;
use run::Run;

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
    /// Begin anew although there is the state of an earlier run beside --out
    #[arg(long, conflicts_with = "resume")]
    overwrite: bool,
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
    /// PlanStep each image by up to so many pixels (0 to 4) along either axis
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

    /// # Errors
    /// What would only be found wrong at the end, or at the first saving.
    fn validate(&self) -> anyhow::Result<()> {
        ensure!(
            self.epochs > 0.0 && self.epochs.is_finite(),
            "--epochs is {}; it must be a number above 0",
            self.epochs
        );
        ensure!(
            self.max_steps != Some(0),
            "--max-steps is 0; it must be at least 1"
        );
        files::check_writable(&self.out)?;
        let state = self.state_path();
        ensure!(
            self.resume || self.overwrite || !state.exists(),
            "{} is the state of an earlier run, and a new run would replace it; go on from it with \
             --resume, name another --out, or give it up with --overwrite",
            state.display()
        );
        Ok(())
    }

    fn state_path(&self) -> PathBuf {
        self.out.with_extension("state.safetensors")
    }
}

pub fn run(args: Args) -> anyhow::Result<()> {
    args.validate()?;
    let stop = Arc::new(AtomicBool::new(false));
    let raised = stop.clone();
    ctrlc::set_handler(move || {
        // A second Ctrl-C does not wait for the step.
        if raised.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    })?;

    let data = Arc::new(Dataset::open(&args.data, Split::Train)?);
    let runtime = Runtime::open(args.device).map_err(anyhow::Error::msg)?;
    let mut run = Run::open(&args, data.clone(), &runtime)?;
    let batch = f64::from(run.trainer.config().batch_size);
    let end = args
        .max_steps
        .unwrap_or((args.epochs * data.len() as f64 / batch).ceil() as u64);
    let start = run.trainer.done();
    if start >= end {
        let written = if args.out.exists() {
            "nothing was written".to_owned()
        } else {
            run.save_weights()?;
            format!("{} was written once more", args.out.display())
        };
        println!(
            "{} is at step {start} and the run ends at step {end}: nothing is left to do, and {written}; a larger \
             --epochs or --max-steps goes on",
            args.state_path().display()
        );
        return Ok(());
    }

    let bar = ProgressBar::new(end)
        .with_style(ProgressStyle::with_template(
            "{bar:30} step {pos}/{len}, {msg}, {elapsed} gone, {eta} left",
        )?)
        .with_position(start);
    let unet = run.trainer.unet();
    bar.println(format!(
        "{}: {} parameters, {} images, batch {batch}",
        Preset::of(unet).map_or("custom", Preset::name),
        UNet::layout(unet).len(),
        data.len()
    ));
    let outcome = run.advance(end, &stop, &bar);
    bar.abandon();
    outcome.map_err(|error| run.ended_by(error))?;
    let step = run.trainer.done();
    if step == start {
        println!("no step was taken, and nothing was written");
        return Ok(());
    }
    println!("saved step {step} to {}", args.out.display());
    if step < end {
        let instead = if args.overwrite {
            " in place of --overwrite"
        } else {
            ""
        };
        println!("go on with the same command and --resume{instead}");
    }
    Ok(())
}
