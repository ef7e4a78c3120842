//! `ddpm info`: describes a weights file.

use std::path::PathBuf;

use anyhow::Context;
use ddpm::checkpoint;
use ddpm::diffusion::GuidanceInterval;
use ddpm::nn::unet::{Preset, UNet};

use super::evaluate::WeightsFile;

/// The options of `ddpm info`.
#[derive(clap::Args)]
pub struct Args {
    /// A weights file (.safetensors)
    file: PathBuf,
    /// List every tensor with its shape
    #[arg(long)]
    tensors: bool,
}

/// Runs the command.
///
/// # Errors
/// If the file cannot be read or is not a weights file.
pub fn run(args: Args) -> anyhow::Result<()> {
    let WeightsFile {
        checkpoint,
        fingerprint,
        ..
    } = WeightsFile::read(&args.file)?;
    let checkpoint::Metadata {
        unet, train, step, ..
    } = &checkpoint.meta;
    let layout = UNet::layout(unet);
    println!(
        "preset        {}",
        Preset::of(unet).map_or("custom", Preset::name)
    );
    println!("channels      {:?}, {} groups", unet.channels, unet.groups);
    println!("parameters    {}", layout.len());
    println!("fingerprint   {fingerprint}");
    let names = &checkpoint.meta.class_names;
    if names.is_empty() {
        println!("classes       {}", unet.classes);
    } else {
        println!("classes       {} ({})", unet.classes, names.join(", "));
    }
    println!("timesteps     {}", train.timesteps);
    let rescaled = if train.zero_terminal_snr {
        ", zero terminal SNR"
    } else {
        ""
    };
    println!("schedule      {}{rescaled}", train.schedule);
    println!("prediction    {}", train.prediction);
    if train.min_snr_gamma > 0.0 {
        println!("min-SNR γ     {}", train.min_snr_gamma);
    }
    if train.max_shift > 0 {
        println!("shifts        up to {} pixels", train.max_shift);
    }
    if unet.classes > 0 {
        let steps = guided_steps(train.cfg_interval());
        println!("guidance      {}{steps}", train.cfg_scale);
    }
    if let Some(guide) = &checkpoint.meta.guide {
        let preset = Preset::of(&guide.unet).map_or("custom", Preset::name);
        let parameters = checkpoint.guide.len();
        println!(
            "guide         {preset}, {parameters} parameters, guidance {}{}. {}",
            guide.cfg_scale,
            guided_steps(guide.interval),
            guide.origin
        );
    }
    println!("steps         {step} ({:.2} epochs)", checkpoint.meta.epoch);
    if let Some(loss) = checkpoint.meta.loss {
        println!("loss          {loss:.5}");
    }
    println!(
        "recipe        {}",
        serde_json::to_string(train).context("the recipe is plain data")?
    );
    if !checkpoint.meta.origin.is_empty() {
        println!("origin        {}", checkpoint.meta.origin);
    }
    if let Some(note) = checkpoint.meta.note() {
        println!("note          {note}");
    }
    if let Some(commit) = &checkpoint.meta.commit {
        println!("commit        {commit}");
    }
    for (name, value) in &checkpoint.meta.figures {
        println!("figure        {name}: {value}");
    }
    if args.tensors {
        for spec in &layout.specs {
            println!("{:<32} {:?}", spec.name, spec.shape);
        }
    }
    Ok(())
}

/// The steps in which guidance acts, as the end of a sentence; nothing where it acts in all.
fn guided_steps(interval: GuidanceInterval) -> String {
    let GuidanceInterval {
        cfg_t_min,
        cfg_t_max,
    } = interval;
    let from = (cfg_t_min > 0.0).then(|| format!("at least {cfg_t_min} of T"));
    let below = (cfg_t_max < 1.0).then(|| format!("below {cfg_t_max} of T"));
    let ends: Vec<_> = from.into_iter().chain(below).collect();
    if ends.is_empty() {
        return String::new();
    }
    format!(", where t is {}", ends.join(" and "))
}
