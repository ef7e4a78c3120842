//! `ddpm sample`: draw digits.

use std::path::PathBuf;

use anyhow::{bail, ensure};
use ddpm::images::fingerprint;
use ddpm::runtime::{DeviceKind, Runtime};
use ddpm::samplers::Class;

use super::draw::{DrawArgs, Generator};
use super::files;
use super::progress::Bar;

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
    #[command(flatten)]
    draw: DrawArgs,
    /// Where tensors live
    #[arg(long, value_enum, default_value_t)]
    device: DeviceKind,
    /// A .png (one grid) or a .npy (u8, N×28×28; the classes go beside it as NAME.labels.npy)
    #[arg(long, default_value = "samples.png")]
    out: PathBuf,
}

pub fn run(args: Args) -> anyhow::Result<()> {
    ensure!(args.count > 0, "--count must be at least 1");
    let write = match args.out.extension().and_then(|e| e.to_str()) {
        Some("png") => files::write_png,
        Some("npy") => files::write_images,
        _ => bail!("--out must end in .png or .npy, not {}", args.out.display()),
    };
    files::check_writable(&args.out)?;
    let checkpoint = files::read_weights(&args.weights)?;
    args.draw.validate(&checkpoint)?;
    let runtime = Runtime::open(args.device).map_err(anyhow::Error::msg)?;
    let manner = args.draw.manner();
    let (seed, steps) = (manner.seed, manner.sampler.steps);
    let generator = Generator::new(&checkpoint, manner, args.draw.batch(), &runtime)?;
    let labels = args.class.labels(seed, 0, args.count as usize);

    let total = u64::from(args.count) * u64::from(steps);
    let mut progress = Bar::new(total, format!("{} digits × {steps} steps", args.count));
    let pixels = generator.draw(0, &labels, |done| progress.add(done))?;
    drop(progress);
    let beside = args.out.with_extension("labels.npy");
    // A grid shows its digits.
    let labelled = args.out.extension().is_some_and(|e| e == "npy");
    if labelled {
        // Before the images, so that these never lie beside the labels of others.
        files::remove(&beside)?;
    }
    write(&args.out, &pixels)?;
    // "No class" is no label.
    if labelled && args.class != Class::None {
        files::write_labels(&beside, &labels)?;
    }
    println!(
        "{}  fingerprint {}",
        args.out.display(),
        fingerprint(&pixels)
    );
    Ok(())
}
