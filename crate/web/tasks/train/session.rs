//! A training session's beginning: from the page's options, or from a checkpoint.

use std::cell::OnceCell;
use std::sync::Arc;

use super::validation::{Validation, split, split_again};
use super::{Film, TrainSession};
use crate::checkpoint::{Metadata, RunRecord, TrainState};
use crate::data::Dataset;
use crate::nn::unet::{Preset, UNetConfig};
use crate::training::{
    LossCurve, LrDecay, MetricCurve, OptimizerState, TenthMeans, TrainConfig, Trainer,
};
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
pub(super) fn check_memory(
    context: &TaskContext,
    unet: &UNetConfig,
    batch: u32,
) -> Result<(), Refusal> {
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
    /// A session that has not taken a step. `test`: test images that belong to the data; `loaded`: the weights in use, which it
    /// may begin from.
    ///
    /// # Errors
    /// Names the first option that is out of range, with the range.
    pub fn new(
        context: &TaskContext,
        options: TrainOptions,
        data: Arc<Dataset>,
        test: Option<Arc<Dataset>>,
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
        let id = OnceCell::new();
        let (data, validation, held_out) = if options.validate {
            let held = test.is_none().then(|| data.id());
            let split = split(data, test.as_deref()).map_err(bad)?;
            if let Some(of_all) = held {
                id.get_or_init(|| of_all);
            }
            (split.train, Some(split.validation), split.held_out)
        } else {
            (data, None, 0)
        };
        // What is out of range is named first: no memory makes it right.
        config.validate(data.len()).map_err(bad)?;
        check_memory(context, &unet, config.batch_size)?;
        let mut begun_with = None;
        let trainer = if options.from_current {
            let Some(start) = loaded else {
                let message = "There are no weights to begin from: load some, or begin fresh.";
                return Err(Refusal::new(Subject::Train, "no_weights", message));
            };
            config = config.continuing(&start.meta.train);
            begun_with = Some(format!("{} ({} steps)", start.source, start.meta.step));
            let state = OptimizerState::new(start.params.clone());
            Trainer::from_state(config, unet, data, runtime, state)
        } else {
            Trainer::new(config, unet, data, runtime)
        };
        Ok(Self {
            trainer: trainer.map_err(bad)?,
            end: (options.max_steps > 0).then_some(u64::from(options.max_steps)),
            data: id,
            options,
            rate: RateMeter::default(),
            loss: None,
            unreported: Vec::new(),
            reported: 0.0,
            curve: LossCurve::default(),
            tenths: TenthMeans::default(),
            metrics: MetricCurve::default(),
            validation,
            held_out,
            stop_at: None,
            begun_with,
            single: false,
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
        test: Option<Arc<Dataset>>,
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
        let (data, validation) = match (about.held_out, test.filter(|_| about.validates)) {
            (0, test) => {
                let validation = test.map(|test| Validation::of(&test, about.validation));
                (data, validation)
            }
            (held_out, _) => {
                let split = split_again(&data, held_out, about.validation).map_err(bad)?;
                (split.train, Some(split.validation))
            }
        };
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
            validate: about.validates,
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
            tenths: about
                .metrics
                .last()
                .map_or_else(TenthMeans::default, |last| {
                    TenthMeans::from_means(last.tenths)
                }),
            metrics: MetricCurve::from_points(about.metrics),
            validation,
            held_out: about.held_out,
            // A step behind it was reached by a program that did not take note of it.
            stop_at: about.stop_at.filter(|&stop| stop > step),
            begun_with: about.begun_with,
            single: false,
            film: Film::of_record(&about.film, about.samples_step, samples),
            data: id.into(),
            saved: (if kept { step } else { u64::MAX }, context.now()),
        })
    }
}
