//! `ddpm sample`: draws digits.

use std::path::PathBuf;

use anyhow::{bail, ensure};
use ddpm::distributed::{Ranks, SumFormat, agree};
use ddpm::images::{fingerprint, to_bytes};
use ddpm::nn::unet::NO_CLASS;
use ddpm::samplers::Class;

use super::device::DeviceArgs;
use super::draw::{DrawArgs, Generator, Run};
use super::files;
use super::progress::ProgressDisplay;
use super::ranks::{self, RankArgs};
use super::session::Session;

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
    #[command(flatten)]
    device: DeviceArgs,
    #[command(flatten)]
    ranks: RankArgs,
    /// A .png (one grid) or a .npy (u8, N×28×28; the classes go beside it as NAME.labels.npy)
    #[arg(long, default_value = "samples.png")]
    out: PathBuf,
    /// Write the numbers that become grey levels into the .npy file: f32, −1 for black to 1 for white
    #[arg(long)]
    float: bool,
}

/// Runs the command.
///
/// # Errors
/// If an option is out of range, a file cannot be read or written, or the device fails.
pub fn run(args: Args) -> anyhow::Result<()> {
    ranks::run("sample", &args.ranks, SumFormat::default(), |ranks| {
        let session = Session::new(&args.device, "Nothing was written.");
        session.guard(|| draw(&args, ranks, &session))
    })
}

impl Args {
    /// Checks what can be checked without the weights, and returns whether the images get labels.
    ///
    /// # Errors
    /// Names the option and what it must be.
    fn validate(&self, ranks: &Ranks) -> anyhow::Result<bool> {
        ensure!(self.count > 0, "--count must be at least 1");
        let extension = self.out.extension().and_then(|e| e.to_str());
        let labelled = match extension {
            Some("png") => false,
            // A .png gets no labels: the grid shows the digits.
            Some("npy") => true,
            _ => bail!("--out must end in .png or .npy, not {}", self.out.display()),
        };
        ensure!(
            labelled || !self.float,
            "--float writes numbers, which a picture cannot hold: let --out end in .npy"
        );
        if ranks.is_first() {
            files::check_writable(&self.out)?;
        }
        Ok(labelled)
    }

    /// The classes to draw, the number of digits, and the generator that draws them with the weights in these bytes of their file.
    ///
    /// # Errors
    /// If they are no weights file, an option does not go with them, or there is no such device.
    fn prepare(
        &self,
        ranks: &Ranks,
        weights: &[u8],
        session: &Session,
    ) -> anyhow::Result<(Class, usize, Generator)> {
        let checkpoint = files::decode_weights(&self.weights, weights)?;
        self.draw.validate(&checkpoint)?;
        let (class, count) = match &self.text {
            None => (self.class.clone(), self.count as usize),
            Some(text) => {
                let meta = &checkpoint.meta;
                let class = Class::spelt(text, &meta.unet, &meta.class_names)
                    .map_err(anyhow::Error::msg)?;
                let count = class.spelt_count();
                (class, count)
            }
        };
        let runtime = session.open(ranks)?;
        let settings = self.draw.settings(&checkpoint, &class);
        let generator = Generator::new(&checkpoint, settings, self.draw.batch(), &runtime)?;
        Ok((class, count, generator))
    }
}

/// Draws as one of several ranks.
fn draw(args: &Args, ranks: &Ranks, session: &Session) -> anyhow::Result<()> {
    let labelled = ranks::all_have(ranks, "the options", args.validate(ranks))?;
    let weights = ranks::read_for_all(ranks, &args.weights)?;
    let prepared = args.prepare(ranks, &weights, session);
    let (class, count, generator) = ranks::all_have(ranks, "the weights and the device", prepared)?;
    let settings = generator.settings();
    let (seed, steps) = (settings.seed, settings.sampler.steps);
    let labels = class.labels(generator.unet(), seed, 0, count);
    let facts = [
        ("--device", args.device.device.to_string()),
        ("the settings", serde_json::to_string(settings)?),
        ("--batch", args.draw.batch().to_string()),
        ("the list of classes to draw", fingerprint(&labels)),
    ];
    agree(ranks, facts)?;

    let total = count as u64 * u64::from(steps);
    let mut progress = ranks
        .is_first()
        .then(|| ProgressDisplay::new(total, format!("{count} digits × {steps} steps")));
    let all = Run {
        first: 0,
        labels: labels.clone(),
    };
    let numbers = generator.draw_numbers_by_ranks(ranks, &[all], |done| {
        if let Some(progress) = &mut progress {
            progress.add(done);
        }
    })?;
    let pixels = to_bytes(&numbers);
    drop(progress);
    if !ranks.is_first() {
        return Ok(());
    }
    let labels_path = args.out.with_extension("labels.npy");
    if labelled {
        // The old labels go before the images are written, so that images never lie beside the labels of others.
        files::remove(&labels_path)?;
        if args.float {
            files::write_images(&args.out, &numbers)?;
        } else {
            files::write_images(&args.out, &pixels)?;
        }
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
