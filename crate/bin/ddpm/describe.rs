//! `ddpm describe`: says how weights were trained whose file does not say it, such as one that PyTorch wrote.

use std::path::PathBuf;

use anyhow::ensure;
use ddpm::checkpoint;
use ddpm::diffusion::Prediction;
use ddpm::diffusion::schedule::ScheduleKind;
use ddpm::nn::unet::UNet;

use super::files;

/// The options of `ddpm describe`.
#[derive(clap::Args)]
pub struct Args {
    /// A weights file (.safetensors) without a description
    file: PathBuf,
    /// The file to write, with the description
    #[arg(long)]
    out: PathBuf,
    /// T, the number of noise levels that the network was trained for
    #[arg(long)]
    timesteps: Option<u32>,
    /// How β runs over them, with its default ends
    #[arg(long, value_enum)]
    schedule: Option<ScheduleKind>,
    /// What the network predicts
    #[arg(long, value_enum)]
    prediction: Option<Prediction>,
}

/// Runs the command.
///
/// # Errors
/// If the file cannot be read, if it has a description already, or if the options do not go together.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let bytes = files::read(&args.file)?;
    let mut checkpoint = checkpoint::decode(&bytes, UNet::layout)?;
    let meta = &mut checkpoint.meta;
    ensure!(
        meta.assumed,
        "{} says how its weights were trained, and only whoever trained them can know better; `ddpm info` shows it",
        args.file.display()
    );
    let train = &mut meta.train;
    train.timesteps = args.timesteps.unwrap_or(train.timesteps);
    train.schedule = args.schedule.unwrap_or(train.schedule);
    train.prediction = args.prediction.unwrap_or(train.prediction);
    let (timesteps, schedule, prediction) = (train.timesteps, train.schedule, train.prediction);
    meta.origin = format!(
        "Described by ddpm describe, from {}, which did not say how the weights were trained.",
        args.file.file_name().unwrap_or_default().to_string_lossy()
    );
    let file = checkpoint::encode(&checkpoint, UNet::layout, checkpoint.exact_dtype())?;
    files::write(&args.out, &file)?;
    println!(
        "wrote {}: T = {timesteps}, {schedule} schedule, predicts {prediction}",
        args.out.display()
    );
    Ok(())
}
