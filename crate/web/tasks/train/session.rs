//! A training session's beginning: from the page's options, or from a checkpoint.

use std::cell::OnceCell;
use std::sync::Arc;

use super::{Film, TrainSession};
use crate::checkpoint::{Metadata, RunRecord, TrainState};
use crate::data::Dataset;
use crate::nn::unet::{Preset, UNetConfig};
use crate::training::{LossCurve, LrDecay, OptimizerState, TrainConfig, Trainer};
use crate::web::device::training_bytes;
use crate::web::protocol::{Refusal, Subject, TrainOptions};
use crate::web::rate_meter::RateMeter;
use crate::web::tasks::TaskContext;
use crate::web::weights::ModelWeights;

/// The network that these options train on `data`, the preset's where those are not known yet: that of the weights in use where
/// the run begins from them.
pub fn network_of(
    options: &TrainOptions,
    loaded: Option<&ModelWeights>,
    data: Option<&Dataset>,
) -> UNetConfig {
    match loaded {
        Some(start) if options.from_current => start.meta.unet,
        _ => {
            let preset = options.preset.config();
            UNetConfig {
                out_channels: options.config.out_channels(),
                classes: data.map_or(preset.classes, Dataset::network_classes),
                ..preset
            }
        }
    }
}

/// Refuses a batch that does not fit on the device.
fn check_memory(context: &TaskContext, unet: &UNetConfig, batch: u32) -> Result<(), Refusal> {
    let most = context.most_images(unet);
    if batch <= most {
        return Ok(());
    }
    let gigabytes = training_bytes(unet, u64::from(batch)) as f64 / 1e9;
    let message = format!(
        "Batches of {batch} images of this model take about {gigabytes:.1} GB, and this device holds at most {most} images \
         at a time."
    );
    let refusal = Refusal::new(Subject::Train, "batch_too_large", message);
    Err(Refusal {
        batch: Some(most),
        ..refusal
    })
}

impl TrainSession {
    /// A session that has not taken a step. `loaded`: the weights in use, which it may begin from.
    ///
    /// # Errors
    /// Names the first option that is out of range, with the range.
    pub fn new(
        context: &TaskContext,
        options: TrainOptions,
        data: Arc<Dataset>,
        loaded: Option<&ModelWeights>,
    ) -> Result<Self, Refusal> {
        let bad = |message: String| Refusal::new(Subject::Train, "bad_value", message);
        if options.sample_every > 0 && options.sample_steps == 0 {
            let message = "The sampling steps are 0; take at least 1, or draw no samples at all \
                           (Sample every: 0).";
            return Err(bad(message.into()));
        }
        let runtime = context.runtime();
        let mut config = TrainConfig {
            decay_steps: options.max_steps,
            lr_decay: LrDecay::Cosine,
            ..options.config.clone()
        };
        let unet = network_of(&options, loaded, Some(&data));
        // What is out of range is named first: no memory makes it right.
        config.validate(data.len()).map_err(bad)?;
        check_memory(context, &unet, config.batch_size)?;
        let trainer = if options.from_current {
            let Some(start) = loaded else {
                let message = "There are no weights to begin from: load some, or begin fresh.";
                return Err(Refusal::new(Subject::Train, "no_weights", message));
            };
            config = config.continuing(&start.meta.train);
            let state = OptimizerState::new(start.params.clone());
            Trainer::from_state(config, unet, data, runtime, state)
        } else {
            Trainer::new(config, unet, data, runtime)
        };
        Ok(Self {
            trainer: trainer.map_err(bad)?,
            end: (options.max_steps > 0).then_some(u64::from(options.max_steps)),
            data: OnceCell::new(),
            options,
            rate: RateMeter::default(),
            loss: None,
            unreported: Vec::new(),
            reported: 0.0,
            curve: LossCurve::default(),
            film: Film::default(),
            saved: (0, context.now()),
        })
    }

    /// The session whose checkpoint is `state`, held after its last step. `run` is what its next checkpoints are called;
    /// `kept` says whether the page keeps this one already.
    ///
    /// # Errors
    /// Names what does not fit: the data, which must be those that it learned from, or the device.
    pub fn of_checkpoint(
        context: &TaskContext,
        mut state: TrainState,
        run: String,
        kept: bool,
        data: Arc<Dataset>,
    ) -> Result<Self, Refusal> {
        let refusal = |code, message: String| Refusal::new(Subject::Train, code, message);
        let bad = |message: String| refusal("bad_value", message);
        let RunRecord {
            about,
            losses,
            samples,
        } = state.record.take().unwrap_or_default();
        let id = data.id();
        if let Some(learned) = &about.data
            && !learned.is_same(&id)
        {
            let message = format!(
                "The run learned from {} images of {}, and {} is loaded: load those images, then continue the run.",
                learned.images, learned.name, id.name
            );
            return Err(refusal("other_data", message));
        }
        let trainer = state.trainer(data, context.runtime()).map_err(bad)?;
        let Metadata {
            unet,
            train,
            step,
            loss,
            ..
        } = state.meta;
        let options = TrainOptions {
            preset: Preset::of(&unet).unwrap_or(Preset::Small),
            from_current: false,
            sample_every: about.sample_every,
            sample_steps: about.sample_steps.max(1).min(train.timesteps),
            max_steps: about.max_steps,
            run,
            config: train,
        };
        Ok(Self {
            trainer,
            end: about.end,
            options,
            rate: RateMeter::default(),
            loss,
            unreported: Vec::new(),
            reported: 0.0,
            curve: LossCurve::from_points(losses),
            film: Film::of_record(&about.film, about.samples_step, samples),
            data: id.into(),
            saved: (if kept { step } else { u64::MAX }, context.now()),
        })
    }
}
