//! How fast the device trains, measured for two seconds on blank images: a run's length can then be told before it begins.

use std::sync::Arc;

use super::train::network_of;
use super::{Outcome, TaskContext};
use crate::data::Dataset;
use crate::nn::unet::PIXELS;
use crate::training::Trainer;
use crate::web::protocol::{Event, Refusal, Subject, TrainOptions};
use crate::web::weights::ModelWeights;

/// Seconds that are measured.
const SECONDS: f64 = 2.0;
/// Steps before them: a GPU captures the third (`crate/training/gpu_step.rs`), and caches fill.
const WARMUP: usize = 3;

/// Train with these options for two seconds, keep nothing of it, and tell the page how many images a second that were. `loaded`:
/// the weights in use, whose network counts where the options begin from them.
pub async fn time_training(
    context: &TaskContext,
    options: &TrainOptions,
    loaded: Option<&ModelWeights>,
) -> Outcome {
    match measure(context, options, loaded).await {
        Ok(Some(images_per_s)) => context.emit(&Event::Speed {
            preset: options.preset,
            batch_size: options.config.batch_size,
            images_per_s,
        }),
        Ok(None) => {}
        Err(message) => context.refuse(Refusal::new(Subject::Train, "not_timed", message)),
    }
    Outcome::Done
}

/// Images a second; `None` if it was to stop.
async fn measure(
    context: &TaskContext,
    options: &TrainOptions,
    loaded: Option<&ModelWeights>,
) -> Result<Option<f64>, String> {
    let unet = network_of(options, loaded, None);
    let mut config = options.config.clone();
    if let Some(start) = loaded.filter(|_| options.from_current) {
        config = config.continuing(&start.meta.train);
    }
    let most = context.most_images(&unet);
    if config.batch_size > most {
        return Err(format!(
            "Batches of {} images do not fit on this device, which holds {most} at a time.",
            config.batch_size
        ));
    }
    // Checked before as many images are made.
    config.validate(MOST_IMAGES)?;
    let images = config.batch_size as usize;
    let blank = Dataset::of_digits(vec![0; images * PIXELS], vec![0; images], "blank images");
    let runtime = context.runtime();
    let shaders = context.shaders();
    shaders
        .compile_training(unet, config.clone(), runtime)
        .await;
    let mut trainer = Trainer::new(config, unet, Arc::new(blank), runtime)?;
    let stopped = |error: crate::training::TrainError| error.to_string();
    for _ in 0..WARMUP {
        trainer.step().await.map_err(stopped)?;
        context.turn().await;
    }
    trainer.finish().await.map_err(stopped)?;
    let (began, before) = (context.now(), trainer.done());
    while context.now() - began < SECONDS && context.stop_requested().is_none() {
        trainer.step().await.map_err(stopped)?;
        context.turn().await;
    }
    // Reads under way must not be dropped (see Trainer).
    trainer.finish().await.map_err(stopped)?;
    let steps = (trainer.done() - before) as f64;
    let seconds = context.now() - began;
    let rate = steps * images as f64 / seconds;
    Ok(context.stop_requested().is_none().then_some(rate))
}

/// The largest batch that is timed: MNIST has no more images.
const MOST_IMAGES: usize = 60_000;
