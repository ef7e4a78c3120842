//! `ddpm sample`: draw digits.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use ddpm::checkpoint::{self, Checkpoint};
use ddpm::device::{self, DeviceKind};
use ddpm::params::flat_tensor;
use ddpm::sampler::{Class, Ddpm, Grid, Sampling, VarianceType, fingerprint, to_bytes};
use ddpm::unet::{PIXELS, SIZE, UNet};
use indicatif::{ProgressBar, ProgressStyle};

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

/// Read and check a weights file.
pub fn read_weights(path: &Path) -> anyhow::Result<Checkpoint> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    checkpoint::decode(&bytes, UNet::layout).with_context(|| path.display().to_string())
}

pub fn run(args: Args) -> anyhow::Result<()> {
    ensure!(args.count > 0, "--count must be at least 1");
    ensure!(args.batch > 0, "--batch must be at least 1");
    let write = match args.out.extension().and_then(|e| e.to_str()) {
        Some("png") => write_png,
        Some("npy") => write_npy,
        _ => bail!("--out must end in .png or .npy, not {}", args.out.display()),
    };
    let checkpoint = read_weights(&args.weights)?;
    let timesteps = checkpoint.meta.train.timesteps;
    ensure!(
        (1..=timesteps).contains(&args.steps),
        "--steps must be between 1 and {timesteps}, the T of these weights"
    );
    let device = device::open(args.device).map_err(anyhow::Error::msg)?;
    let params = flat_tensor(&checkpoint.values, &device);
    let model = checkpoint.meta.train.model(&checkpoint.meta.unet, params);

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
        let labels = args.class.labels(args.seed, first, count as usize);
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

/// One grid, white between the digits.
fn write_png(path: &Path, pixels: &[u8]) -> anyhow::Result<()> {
    let grid = Grid::square(pixels.len() / PIXELS);
    let (width, height) = grid.size();
    let mut encoder = png::Encoder::new(
        BufWriter::new(File::create(path)?),
        width as u32,
        height as u32,
    );
    encoder.set_color(png::ColorType::Grayscale);
    encoder
        .write_header()?
        .write_image_data(&grid.picture(pixels, 255, |grey| grey))?;
    Ok(())
}

fn write_npy(path: &Path, pixels: &[u8]) -> anyhow::Result<()> {
    use npyz::WriterBuilder;
    let shape = [(pixels.len() / PIXELS) as u64, SIZE as u64, SIZE as u64];
    let mut writer = npyz::WriteOptions::new()
        .default_dtype()
        .shape(&shape)
        .writer(BufWriter::new(File::create(path)?))
        .begin_nd()?;
    writer.extend(pixels.iter())?;
    writer.finish()?;
    Ok(())
}
