//! `ddpm train`: the same trainer as the page's, with files.
//!
//! Two files: the weights (the average, what the page and `ddpm sample` read) and beside them the
//! state that `--resume` goes on from. Both are replaced atomically, so that the machine may die at
//! any time.

mod run;
mod start;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::ensure;
use ddpm::checkpoint::Dtype;
use ddpm::data::{Dataset, Split};
use ddpm::distributed::{Ranks, SumFormat};
use ddpm::nn::unet::{Preset, UNet, UNetConfig};
use ddpm::training::TrainConfig;
use indicatif::{ProgressBar, ProgressStyle};

use super::data::DataArgs;
use super::device::DeviceArgs;
use super::files;
use super::ranks::{self, RankArgs};
use super::session::Session;
use run::Run;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// Weights file to write; the state for --resume goes beside it as NAME.state.safetensors
    #[arg(long, default_value = "ddpm.safetensors")]
    out: PathBuf,
    /// Go on from the state beside --out; its network and recipe hold, and flags that say otherwise are ignored with a note
    #[arg(long)]
    resume: bool,
    /// Begin anew although there is the state of an earlier run beside --out
    #[arg(long, conflicts_with = "resume")]
    overwrite: bool,
    /// Size of the network
    #[arg(long, value_enum, default_value_t = Preset::Small)]
    preset: Preset,
    #[command(flatten)]
    network: NetworkArgs,
    /// Begin with the weights of this file. Its network and the meaning of its outputs are taken over where no flag says
    /// otherwise: --preset or --channels make the network larger, --prediction teaches it another prediction
    #[arg(long, conflicts_with = "resume")]
    init: Option<PathBuf>,
    /// Passes over the images
    #[arg(long, default_value_t = 5.0)]
    epochs: f64,
    /// Stop after so many steps, whatever --epochs says
    #[arg(long)]
    max_steps: Option<u64>,
    #[command(flatten)]
    recipe: TrainConfig,
    /// Write both files every so many seconds
    #[arg(long, default_value_t = 120)]
    save_every: u64,
    /// Number format of the weights file
    #[arg(long, value_enum, default_value_t = Dtype::F32)]
    dtype: Dtype,
    #[command(flatten)]
    device: DeviceArgs,
    /// Under mpirun: the number format in which gradients travel between processes
    #[arg(long, value_enum, default_value_t)]
    sum_format: SumFormat,
    #[command(flatten)]
    ranks: RankArgs,
}

/// How the network departs from its preset.
#[derive(clap::Args)]
struct NetworkArgs {
    /// Channels at 28×28, 14×14 and 7×7 pixels, say 32,64,128; multiples of the preset's number of groups [default: the preset's]
    #[arg(long, value_delimiter = ',', num_args = 1..)]
    channels: Option<Vec<usize>>,
    /// Number of classes, 0 (unconditional) to 62 [default: as many as the data have; 10 at least, unless the classes have names]
    #[arg(long)]
    classes: Option<usize>,
    /// Image sizes with self-attention: of 28, 14 and 7 those that are named [default: the preset's]
    #[arg(long, value_delimiter = ',', value_parser = clap::builder::PossibleValuesParser::new(["28", "14", "7"]))]
    attention: Option<Vec<String>>,
    /// Heads of every self-attention [default: the preset's]
    #[arg(long)]
    heads: Option<usize>,
}

impl NetworkArgs {
    /// The three channel counts, if the command line names them.
    ///
    /// # Errors
    /// When there are not three.
    fn channels(&self) -> anyhow::Result<Option<[usize; 3]>> {
        let Some(channels) = &self.channels else {
            return Ok(None);
        };
        let three = <[usize; 3]>::try_from(channels.as_slice()).map_err(|_| {
            anyhow::anyhow!(
                "--channels names {} numbers; it must name three, for 28×28, 14×14 and 7×7 pixels",
                channels.len()
            )
        })?;
        Ok(Some(three))
    }

    /// For each of the three sizes, whether the command line asks for attention there; `None` if it leaves that to the preset.
    fn levels(&self) -> Option<[bool; 3]> {
        let sizes = self.attention.as_ref()?;
        Some(["28", "14", "7"].map(|size| sizes.iter().any(|named| named == size)))
    }
}

impl Args {
    /// The network of a new run on `data`.
    ///
    /// # Errors
    /// Names the number that is out of range.
    fn network(&self, data: &Dataset) -> anyhow::Result<UNetConfig> {
        let preset = self.preset.config();
        let unet = UNetConfig {
            channels: self.network.channels()?.unwrap_or(preset.channels),
            classes: self.network.classes.unwrap_or(data.network_classes()),
            attention: self.network.levels().unwrap_or(preset.attention),
            heads: self.network.heads.unwrap_or(preset.heads),
            out_channels: self.recipe.out_channels(),
            ..preset
        };
        unet.validate().map_err(anyhow::Error::msg)?;
        Ok(unet)
    }

    /// The network of a run on `data` that begins with weights of the shape `weights`: theirs, but for what is named on the
    /// command line (`given`), and with more classes if the data have more.
    ///
    /// # Errors
    /// Names the number that is out of range.
    fn grown(
        &self,
        weights: &UNetConfig,
        given: &[String],
        data: &Dataset,
    ) -> anyhow::Result<UNetConfig> {
        let shape = if given.iter().any(|id| id == "preset") {
            self.preset.config()
        } else {
            *weights
        };
        let classes = match weights.classes {
            0 => 0,
            known => known.max(data.classes()),
        };
        let unet = UNetConfig {
            channels: self.network.channels()?.unwrap_or(shape.channels),
            groups: shape.groups,
            classes: self.network.classes.unwrap_or(classes),
            attention: self.network.levels().unwrap_or(shape.attention),
            heads: self.network.heads.unwrap_or(weights.heads),
            out_channels: weights.out_channels,
        };
        unet.validate().map_err(anyhow::Error::msg)?;
        Ok(unet)
    }

    /// Finds at the start what would otherwise come to light at the end, or at the first saving.
    ///
    /// # Errors
    /// Names the argument and what it must be.
    fn validate(&self, ranks: &Ranks) -> anyhow::Result<()> {
        ensure!(
            self.epochs > 0.0 && self.epochs.is_finite(),
            "--epochs is {}; it must be a number above 0",
            self.epochs
        );
        ensure!(
            self.max_steps != Some(0),
            "--max-steps is 0; it must be at least 1"
        );
        if !ranks.is_first() {
            return Ok(());
        }
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

    /// Names the given flags whose value is not that of the state, which holds when a run is resumed.
    fn note_ignored(
        &self,
        given: &[String],
        unet: &UNetConfig,
        recipe: &TrainConfig,
    ) -> serde_json::Result<()> {
        let [asked, kept] = [&self.recipe, recipe].map(serde_json::to_value);
        let (asked, kept) = (asked?, kept?);
        let ignored: Vec<String> = given
            .iter()
            .filter(|&id| match id.as_str() {
                "preset" => self.preset.config().channels != unet.channels,
                "channels" => self.network.channels.as_deref() != Some(&unet.channels[..]),
                "classes" => self.network.classes != Some(unet.classes),
                "attention" => self.network.levels() != Some(unet.attention),
                "heads" => self.network.heads != Some(unet.heads),
                id => asked.get(id) != kept.get(id),
            })
            .map(|id| format!("--{}", id.replace('_', "-")))
            .collect();
        if !ignored.is_empty() {
            eprintln!(
                "note: --resume keeps the network and the recipe of the state; ignored: {}",
                ignored.join(", ")
            );
        }
        Ok(())
    }

    fn state_path(&self) -> PathBuf {
        self.out.with_extension("state.safetensors")
    }
}

/// Trains. `given` are the ids of the arguments that are on the command line.
pub fn run(args: Args, given: &[String]) -> anyhow::Result<()> {
    ranks::run("train", &args.ranks, args.sum_format, |ranks| {
        let session = Session::new(&args.device, "Nothing was written.");
        session.guard(|| train(&args, given, ranks, &session))
    })
}

/// Trains as one of several ranks.
fn train(args: &Args, given: &[String], ranks: &Ranks, session: &Session) -> anyhow::Result<()> {
    ranks::all_have(ranks, "the options", args.validate(ranks))?;
    let stop = Arc::new(AtomicBool::new(false));
    let raised = stop.clone();
    ctrlc::set_handler(move || {
        // A second Ctrl-C does not wait for the step.
        if raised.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    })?;

    let data = Arc::new(args.data.read(Split::Train)?);
    let runtime = session.open(ranks)?;
    let mut run = Run::open(args, given, data.clone(), &runtime, session)?;
    if args.resume && ranks.is_first() {
        args.note_ignored(given, run.trainer.unet(), run.trainer.config())?;
    }
    let batch = f64::from(run.trainer.config().batch_size);
    let end = args
        .max_steps
        .unwrap_or((args.epochs * data.len() as f64 / batch).ceil() as u64);
    let start = run.trainer.done();
    run.agree(end, args.sum_format)?;
    if start >= end {
        if !ranks.is_first() {
            return Ok(());
        }
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

    let bar = match ranks.is_first() {
        true => ProgressBar::new(end),
        false => ProgressBar::hidden(),
    }
    .with_style(ProgressStyle::with_template(
        "{bar:30} step {pos}/{len}, {msg}, {elapsed} gone, {eta} left",
    )?)
    .with_position(start);
    let unet = run.trainer.unet();
    let by = match ranks.size() {
        1 => String::new(),
        size => format!(" by {size} processes"),
    };
    bar.println(format!(
        "{}: {} parameters, {} images, batch {batch}{by}",
        Preset::of(unet).map_or("custom", Preset::name),
        UNet::layout(unet).len(),
        data.len()
    ));
    let sent = || ranks.collective().map_or(0, |ranks| ranks.bytes_sent());
    let sent_before = sent();
    let outcome = run.advance(end, &stop, &bar);
    bar.abandon();
    outcome.map_err(|error| run.ended_by(error))?;
    let step = run.trainer.done();
    if !ranks.is_first() {
        return Ok(());
    }
    if let Some(collective) = ranks.collective() {
        let steps = (step - start).max(1) as f64;
        println!(
            "each process sent {:.3} MB in a step and waited for sums for {:.1} s of {:.1} s",
            1e-6 * (sent() - sent_before) as f64 / steps,
            collective.seconds_waited(),
            bar.elapsed().as_secs_f64()
        );
    }
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
