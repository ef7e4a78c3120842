//! One step of the reverse process, of a whole image or of one pixel with given numbers.

use burn::tensor::{Device, Tensor, TensorData};

use super::noisy::{Noisy, REVERSE, predict, read_images, standard_gaussian, tensor};
use crate::diffusion::schedule::{Posterior, Variance, VarianceType};
use crate::diffusion::{Clip, ModelPrediction, Prediction, ReverseStep};
use crate::model::Model;
use crate::nn::unet::PIXELS;
use crate::ops::read;
use crate::web::protocol::{NoisyImage, PixelStepOptions, Step, StepCoefficients, StepNumbers};

/// What is chosen about a step: the fields of [`Question::Step`](crate::web::protocol::Question::Step).
pub(super) struct Choices {
    pub x_t: Vec<f32>,
    pub stride: u32,
    pub class: Option<u8>,
    pub variance_type: VarianceType,
    pub clip: bool,
}

/// A step of ancestral sampling (Ho et al. 2020, algorithm 2), with what it is made of.
///
/// # Errors
/// If the question names no image, step or class, or a variance that the network does not say, or if the device does not give
/// numbers back.
pub(super) async fn step(
    model: &Model,
    asked: &NoisyImage,
    choices: Choices,
) -> Result<Step, String> {
    let ctx = model.context();
    let schedule = &model.schedule;
    let noisy = Noisy::of(ctx, schedule, asked)?;
    let x_t = match choices.x_t.len() {
        0 => noisy.x_t,
        PIXELS => tensor(ctx, choices.x_t),
        other => return Err(format!("x_t has {other} pixels, and not {PIXELS}.")),
    };
    if choices.variance_type.is_learned() && choices.variance_type != model.variance_type {
        return Err("These weights say no such variance.".into());
    }
    let alpha_bar = noisy.level.alpha_bar;
    let prev = noisy.t.checked_sub(choices.stride.max(1) as usize);
    let posterior = schedule.posterior(noisy.t, prev);
    let variance = match prev {
        None => Variance::Fixed(0.0),
        Some(_) => posterior.variance(choices.variance_type),
    };
    let clip = Clip::from(choices.clip);
    let said = predict(model, x_t.clone(), &[noisy.t], choices.class)?;
    let mean = ReverseStep::posterior(said.prediction, alpha_bar, &posterior);
    let whole = mean.with_variance(variance);
    let z = standard_gaussian(ctx, asked.seed, REVERSE + u64::from(asked.t), 1);
    let variances = match (variance, &said.variance) {
        (Variance::Learned(learned), Some(v)) => read(learned.apply(v.clone()).exp()).await?,
        _ => Vec::new(),
    };
    let (eps_hat, x0_hat) = (said.eps(alpha_bar), said.x0(alpha_bar));
    let (mean, x0_used) = mean.apply(said.clone(), clip, None, || z.clone());
    let (x_prev, _) = whole.apply(said, clip, None, || z.clone());
    let noise = x_prev.clone() - mean.clone();
    let x0_used = x0_used.unwrap_or_else(|| x0_hat.clone());
    let images = [x_t, eps_hat, x0_hat, x0_used, mean, noise, z, x_prev];
    let [x_t, eps_hat, x0_hat, x0_used, mean, noise, z, x_prev] = read_images(images).await?;
    Ok(Step {
        level: noisy.level,
        prev: prev.map(|t| t as u32),
        coefficients: coefficients(alpha_bar, schedule.alpha_bar(prev), &posterior, variance),
        x_t,
        eps_hat,
        x0_hat,
        x0_used,
        mean,
        noise,
        z,
        variance: variances,
        x_prev,
    })
}

fn coefficients(
    alpha_bar: f64,
    alpha_bar_prev: f64,
    posterior: &Posterior,
    variance: Variance,
) -> StepCoefficients {
    StepCoefficients {
        alpha_bar,
        alpha_bar_prev,
        beta: posterior.beta,
        x0: posterior.x0,
        x_t: posterior.x_t,
        beta_tilde: posterior.beta_tilde,
        sigma: match variance {
            Variance::Fixed(variance) => Some(variance.sqrt()),
            Variance::Learned(_) => None,
        },
    }
}

/// The same step for one pixel, whose numbers may come from anywhere.
///
/// # Errors
/// Names the number that is out of range, with the range.
pub(super) async fn pixel_step(
    device: &Device,
    options: PixelStepOptions,
) -> Result<StepNumbers, String> {
    let PixelStepOptions {
        x_t,
        eps_hat,
        z,
        alpha_bar,
        beta,
        variance_type,
        clip,
    } = options;
    for (name, value) in [("x_t", x_t), ("ε̂", eps_hat), ("z", z)] {
        if !(-100.0..=100.0).contains(&value) {
            return Err(format!("{name} must be a number from −100 to 100."));
        }
    }
    if !(1e-4..1.0).contains(&beta) {
        return Err("β must be from 0.0001 to below 1.".into());
    }
    // ᾱ_prev = ᾱ/(1−β) is at most 1, and 1 only in the step to x_0.
    if !(1e-6..=1.0 - beta).contains(&alpha_bar) {
        let most = 1.0 - beta;
        return Err(format!(
            "ᾱ must be above 0 and at most 1 − β = {most:.4}: before this step's noise there cannot be more than the whole image."
        ));
    }
    if variance_type.is_learned() {
        return Err("A learned variance needs a network that says it.".into());
    }
    let alpha_bar_prev = (alpha_bar / (1.0 - beta)).min(1.0);
    let posterior = Posterior::between(alpha_bar, alpha_bar_prev);
    let variance = posterior.variance(variance_type);
    let coefficients = coefficients(alpha_bar, alpha_bar_prev, &posterior, variance);
    let pixel = |value: f64| {
        Tensor::<4>::from_data(TensorData::new(vec![value as f32], [1, 1, 1, 1]), device)
    };
    let said = ModelPrediction {
        x_t: pixel(x_t),
        output: pixel(eps_hat),
        variance: None,
        prediction: Prediction::Epsilon,
    };
    let mean = ReverseStep::posterior(Prediction::Epsilon, alpha_bar, &posterior);
    let whole = ReverseStep {
        z: coefficients.sigma.unwrap_or_default(),
        ..mean
    };
    let by_eps = ReverseStep::posterior_by_eps(Prediction::Epsilon, alpha_bar, posterior.beta);
    let clip = Clip::from(clip);
    let x0_hat = said.x0(alpha_bar);
    let apply = |step: ReverseStep, clip| step.apply(said.clone(), clip, None, || pixel(z));
    let (mean, x0_used) = apply(mean, clip);
    let (x_prev, _) = apply(whole, clip);
    let (mean_by_eps, _) = apply(by_eps, Clip::None);
    let x0_used = x0_used.unwrap_or_else(|| x0_hat.clone());
    let all = Tensor::cat(vec![x0_hat, x0_used, mean, mean_by_eps, x_prev], 0);
    let numbers = read(all).await?;
    let number = |index: usize| f64::from(numbers[index]);
    Ok(StepNumbers {
        coefficients,
        x0_hat: number(0),
        x0_used: number(1),
        mean: number(2),
        mean_by_eps: number(3),
        x_prev: number(4),
    })
}
