//! `ddpm sample`: draw digits.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use ddpm::device::{self, DeviceKind};
use ddpm::sampler::{
    Ddpm, Model, Sampling, VarianceType, fingerprint, random_labels, to_bytes,
};
use ddpm::unet::{NO_CLASS, PIXELS};
use indicatif::{ProgressBar, ProgressStyle};

use super::files;

#[derive(clap::Args)]
pub struct Args {
    /// Weights to draw with
    #[arg(long, default_value = "www/weights/small.safetensors")]
    weights: PathBuf,
    /// Digits to draw
    #[arg(long, default_value_t = 64)]
    count: u32,
    /// What to draw: any (classes at random), all (classes in turn), none (unconditional), 0 to 9
    #[arg(long, default_value = "any")]
    class: Class,
    /// Reverse steps, 1 to the T of the weights
    #[arg(long, default_value_t = 100)]
    steps: u32,
    /// The same seed and weights give the same digits on one device
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// σ² of the reverse step
    #[arg(long, value_enum, default_value_t = VarianceType::default())]
    variance: VarianceType,
    /// Do not hold x̂₀ in −1 … 1
    #[arg(long)]
    no_clip: bool,
    /// Images in one forward pass
    #[arg(long, default_value_t = 64)]
    batch: u32,
    /// Where tensors live
    #[arg(long, value_enum, default_value_t)]
    device: DeviceKind,
    /// A .png (one grid) or a .npy (u8, N×28×28)
    #[arg(long, default_value = "samples.png")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy)]
enum Class {
    Any,
    All,
    None,
    One(u8),
}

impl std::str::FromStr for Class {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "any" => Ok(Class::Any),
            "all" => Ok(Class::All),
            "none" => Ok(Class::None),
            digit => match digit.parse() {
                Ok(digit @ 0..=9) => Ok(Class::One(digit)),
                _ => Err("it must be any, all, none or a digit from 0 to 9".into()),
            },
        }
    }
}

impl Class {
    fn labels(self, seed: u64, first: u32, count: u32) -> Vec<u8> {
        match self {
            Class::Any => random_labels(seed, first, count as usize),
            Class::All => (first..first + count).map(|i| (i % 10) as u8).collect(),
            Class::None => vec![NO_CLASS as u8; count as usize],
            Class::One(digit) => vec![digit; count as usize],
        }
    }
}

pub fn run(args: Args) -> anyhow::Result<()> {
    ensure!(args.count > 0, "--count must be at least 1");
    ensure!(args.batch > 0, "--batch must be at least 1");
    let write = match args.out.extension().and_then(|e| e.to_str()) {
        Some("png") => files::write_png,
        Some("npy") => files::write_images,
        _ => bail!("--out must end in .png or .npy, not {}", args.out.display()),
    };
    let checkpoint = files::read_weights(&args.weights)?;
    let timesteps = checkpoint.meta.train.timesteps;
    ensure!(
        (1..=timesteps).contains(&args.steps),
        "--steps must be between 1 and {timesteps}, the T of these weights"
    );
    let device = device::open(args.device).map_err(anyhow::Error::msg)?;
    let model = Model::load(
        &checkpoint.meta.unet,
        timesteps as usize,
        &checkpoint.values,
        &device,
    );

    let bar = ProgressBar::new(u64::from(args.count) * u64::from(args.steps)).with_style(
        ProgressStyle::with_template(
            "{bar:40} {percent:>3}% of {msg}, {elapsed} gone, {eta} left",
        )?,
    );
    bar.set_message(format!("{} digits × {} steps", args.count, args.steps));
    let mut pixels = Vec::with_capacity(args.count as usize * PIXELS);
    for first in (0..args.count).step_by(args.batch as usize) {
        let count = args.batch.min(args.count - first);
        let sampler = Ddpm::new(
            &model.schedule,
            model.schedule.subset(args.steps as usize),
            args.variance,
            !args.no_clip,
        );
        let labels = args.class.labels(args.seed, first, count);
        let mut sampling = Sampling::new(
            model.clone(),
            Box::new(sampler),
            args.seed,
            &labels,
            first,
            &device,
        );
        while sampling.step().is_some() {
            bar.inc(u64::from(count));
        }
        let values = sampling
            .images()
            .to_data()
            .try_into_vec::<f32>()
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        pixels.extend(to_bytes(&values));
    }
    bar.finish();
    write(&args.out, &pixels).with_context(|| format!("cannot write {}", args.out.display()))?;
    println!(
        "{}  fingerprint {}",
        args.out.display(),
        fingerprint(&pixels)
    );
    Ok(())
}
