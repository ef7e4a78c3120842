//! The first digit: drawn without a command as soon as there are weights, so that the page shows what they do and how.
//! Before that, a GPU has compiled the shaders of a draw while the page was looked at.

use super::TaskContext;
use crate::images::to_bytes;
use crate::nn::unet::PIXELS;
use crate::runtime::Runtime;
use crate::samplers::{Class, FrameKind, SamplerConfig};
use crate::web::drawing::{self, Drawing};
use crate::web::protocol::{GenerateOptions, Preview};
use crate::web::weights::ModelWeights;

/// Draw a random digit, in few steps as it is not asked for, and keep the picture of every step. `None` if the task was stopped, or if drawing fails: the same
/// will fail again in a generation, whose failures the page shows.
pub async fn preview(context: &TaskContext, weights: &ModelWeights) -> Option<Preview> {
    let classes = weights.meta.unet.classes;
    let digit = (classes > 0).then(|| (context.random() * classes as f64) as u8);
    let options = options(context, weights, digit);
    compile(context, weights, &options).await;
    let mut drawing = begin(context.runtime(), weights, &options)?;
    let (mut times, mut pixels) = (Vec::new(), Vec::new());
    for _ in 0..=drawing.steps() {
        let data = drawing.images().clone().into_data_async().await.ok()?;
        pixels.extend(to_bytes(&data.try_into_vec::<f32>().ok()?));
        times.push(drawing.step().unwrap_or(0) as u32);
        context.turn().await;
        if context.stop_requested().is_some() {
            return None;
        }
    }
    Some(Preview {
        digit,
        times,
        pixels,
    })
}

/// Compile what drawing without a class launches, if these weights have a guide, whose network is of another shape. It comes after
/// the first digit, which is not kept waiting for it.
pub async fn compile_guided(context: &TaskContext, weights: &ModelWeights) {
    if weights.meta.guide.is_some() {
        compile(context, weights, &options(context, weights, None)).await;
    }
}

fn options(context: &TaskContext, weights: &ModelWeights, digit: Option<u8>) -> GenerateOptions {
    GenerateOptions {
        count: 1,
        seed: (context.random() * f64::from(u32::MAX)) as u32,
        class: digit.map_or(Class::None, Class::One),
        cfg_scale: weights.meta.cfg_scale(digit.is_some()),
        sampler: SamplerConfig::default().draft(weights.meta.train.timesteps as usize),
        text: None,
        walk: None,
        still: false,
    }
}

fn begin(runtime: &Runtime, weights: &ModelWeights, options: &GenerateOptions) -> Option<Drawing> {
    drawing::generate(weights.model(runtime), options).ok()
}

/// Compile what a draw with these options launches.
async fn compile(context: &TaskContext, weights: &ModelWeights, options: &GenerateOptions) {
    let meta = &weights.meta;
    let guide = meta.guide.as_ref().filter(|_| options.class == Class::None);
    // With all that a generation launches beside its passes, so that nothing is compiled in the middle of one.
    let first_step = |runtime: &Runtime| {
        let mut drawing = begin(runtime, weights, options)?;
        drawing.keep_trajectory();
        drawing.step();
        let trajectory = drawing.into_trajectory(vec![0; PIXELS])?;
        trajectory.frame(runtime.context(), FrameKind::X, 0)
    };
    let guide = guide.map(|it| it.unet);
    context
        .shaders()
        .compile_drawing(meta.unet, guide, context.runtime(), |runtime| {
            drop(first_step(runtime))
        })
        .await;
}
