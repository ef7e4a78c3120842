//! `ddpm sample`: draws digits.

use std::path::PathBuf;

use anyhow::{bail, ensure};
use ddpm::images::fingerprint;
use ddpm::nn::unet::NO_CLASS;
use ddpm::runtime::{DeviceKind, Runtime};
use ddpm::samplers::Class;

use super::draw::{DrawArgs, Generator};
use super::files;
use super::progress::ProgressDisplay;

/// The options of `ddpm sample`.
#[derive(clap::Args)]
pub struct Args {
    /// Weights to draw with
    #[arg(long, default_value_os_t = files::of_repository("www/weights/small.safetensors"))]
    weights: PathBuf,
    /// Digits to draw
    #[arg(long, default_value_t = 64)]
    count: u32,
    /// What to draw: any (classes at random), all (classes in turn), none (unconditional), 0 to 9
    #[arg(long, default_value = "any")]
    class: Class,
    /// Draw this number, date or other text instead: a digit for each character that names a class, in one row
    #[arg(long, conflicts_with_all = ["count", "class"])]
    text: Option<String>,
    #[command(flatten)]
    draw: DrawArgs,
    /// The device to compute on
    #[arg(long, value_enum, default_value_t)]
    device: DeviceKind,
    /// A .png (one grid) or a .npy (u8, N×28×28; the classes go beside it as NAME.labels.npy)
    #[arg(long, default_value = "samples.png")]
    out: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// If an option is out of range, a file cannot be read or written, or the device fails.
pub fn run(args: Args) -> anyhow::Result<()> {
    ensure!(args.count > 0, "--count must be at least 1");
    let extension = args.out.extension().and_then(|e| e.to_str());
    let labelled = match extension {
        Some("png") => false,
        // A .png gets no labels: the grid shows the digits.
        Some("npy") => true,
        _ => bail!("--out must end in .png or .npy, not {}", args.out.display()),
    };
    files::check_writable(&args.out)?;
    let checkpoint = files::read_weights(&args.weights)?;
    args.draw.validate(&checkpoint)?;
    let (class, count) = match &args.text {
        None => (args.class, args.count as usize),
        Some(text) => {
            let meta = &checkpoint.meta;
            let class =
                Class::spelt(text, &meta.unet, &meta.class_names).map_err(anyhow::Error::msg)?;
            let count = class.spelt_count();
            (class, count)
        }
    };
    let runtime = Runtime::open(args.device).map_err(anyhow::Error::msg)?;
    let settings = args.draw.settings();
    let (seed, steps) = (settings.seed, settings.sampler.steps);
    let generator = Generator::new(&checkpoint, settings, args.draw.batch(), &runtime)?;
    let labels = class.labels(&checkpoint.meta.unet, seed, 0, count);

    let total = count as u64 * u64::from(steps);
    let mut progress = ProgressDisplay::new(total, format!("{count} digits × {steps} steps"));
    let pixels = generator.draw(0, &labels, |done| progress.add(done))?;
    drop(progress);
    let labels_path = args.out.with_extension("labels.npy");
    if labelled {
        // The old labels go before the images are written, so that images never lie beside the labels of others.
        files::remove(&labels_path)?;
        files::write_images(&args.out, &pixels)?;
    } else {
        files::write_png(&args.out, &pixels, class.grid(count))?;
    }
    // "No class" is not a label.
    if labelled && !labels.contains(&NO_CLASS) {
        files::write_labels(&labels_path, &labels)?;
    }
    println!(
        "{}  fingerprint {}",
        args.out.display(),
        fingerprint(&pixels)
    );
    Ok(())
}
