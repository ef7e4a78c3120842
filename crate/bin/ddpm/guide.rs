//! `ddpm guide`: gives weights a guide, a second, weaker network, in one file.

use std::path::PathBuf;

use anyhow::ensure;
use ddpm::checkpoint::{self, Guide};
use ddpm::diffusion::GuidanceInterval;
use ddpm::nn::unet::{Preset, UNet};

use super::files;

/// The options of `ddpm guide`.
#[derive(clap::Args)]
pub struct Args {
    /// A weights file (.safetensors)
    file: PathBuf,
    /// The guide's weights: a smaller network, or one that was trained for a shorter time, with the same images, schedule and
    /// prediction
    #[arg(long)]
    by: PathBuf,
    /// The guidance with which digits are drawn without a class when nobody asks for another, 0 to 8; 1 makes no use of the guide
    #[arg(long, default_value_t = 2.0)]
    cfg_scale: f64,
    /// It acts where t is at least this share of T, 0 to --cfg-t-max
    #[arg(long, default_value_t = GuidanceInterval::ALL.cfg_t_min)]
    cfg_t_min: f64,
    /// It acts where t is below this share of T, --cfg-t-min to 1
    #[arg(long, default_value_t = GuidanceInterval::ALL.cfg_t_max)]
    cfg_t_max: f64,
    /// The file to write, with both networks
    #[arg(long)]
    out: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// If a file cannot be read or written, or if the two networks' outputs do not mean the same.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut weights = files::read_weights(&args.file)?;
    let by = files::read_weights(&args.by)?;
    ensure!(
        weights.meta.train.outputs_as(&by.meta.train),
        "the outputs of {} and {} do not mean the same: schedule, its ends, T, prediction and variance must be those of the \
         weights that are guided; `ddpm info` shows both recipes",
        args.file.display(),
        args.by.display()
    );
    let unet = by.meta.unet;
    let origin = by.meta.origin;
    weights.meta.guide = Some(Guide {
        unet,
        cfg_scale: args.cfg_scale,
        interval: GuidanceInterval {
            cfg_t_min: args.cfg_t_min,
            cfg_t_max: args.cfg_t_max,
        },
        origin,
    });
    weights.guide = by.values;
    let file = checkpoint::encode(&weights, UNet::layout, weights.exact_dtype())?;
    files::write(&args.out, &file)?;
    println!(
        "wrote {}: {} parameters, guided by {} ({} parameters) with a scale of {}",
        args.out.display(),
        weights.values.len(),
        Preset::of(&unet).map_or("a custom network", Preset::name),
        weights.guide.len(),
        args.cfg_scale
    );
    Ok(())
}
