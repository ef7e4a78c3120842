//! The terms of the variational bound of one image, and its losses, at some t.

use burn::tensor::Tensor;

use super::noisy::{eps_of, image, level, pixel_index, predict};
use super::predict::{losses, squared_errors};
use crate::diffusion::schedule::{Variance, VarianceType};
use crate::diffusion::{
    Clip, ModelPrediction, Prediction, VariationalBound, VlbCoefficients, bits_per_dim, per_image,
    q_sample,
};
use crate::model::Model;
use crate::nn::unet::{PIXELS, SIZE};
use crate::ops::read;
use crate::web::protocol::{Level, PixelTerm, Term, Terms};

/// Most t of one question.
const MOST: usize = 64;

/// What is chosen: fields of [`Question::Terms`](crate::web::protocol::Question::Terms).
pub(super) struct Choices {
    pub times: Vec<u32>,
    pub class: Option<u8>,
    pub variance_type: VarianceType,
    pub pixel: u32,
}

/// Numbers read back for each t: the term, three losses, the pixel's term, its x_0 and x̂₀, and its ln σ².
const NUMBERS: usize = 8;

/// The terms of an image at these t, all from one forward pass and the same ε; x̂₀ is clamped to −1 … 1 as in the papers'
/// figures.
///
/// # Errors
/// If the question names no image, step, class or pixel, too many steps, or a variance that the network does not say, or if
/// the device does not give numbers back.
pub(super) async fn terms(
    model: &Model,
    bytes: &[u8],
    seed: u32,
    choices: Choices,
) -> Result<Terms, String> {
    let Choices {
        times,
        class,
        variance_type,
        pixel,
    } = choices;
    let pixel = pixel_index(pixel)?;
    if !(1..=MOST).contains(&times.len()) {
        return Err(format!("Ask for 1 to {MOST} steps at once."));
    }
    if variance_type.is_learned() && variance_type != model.variance_type {
        return Err("These weights say no such variance.".into());
    }
    let ctx = model.context();
    let schedule = &model.schedule;
    let levels = times
        .iter()
        .map(|&t| level(schedule, t))
        .collect::<Result<Vec<_>, _>>()?;
    let x0 = image(ctx, bytes)?;
    let eps = eps_of(ctx, seed);
    let shape = [times.len(), 1, SIZE, SIZE];
    let alpha_bars = per_image(levels.iter().map(|it| it.alpha_bar), ctx.device());
    let x_t = q_sample(
        x0.clone().expand(shape),
        eps.clone().expand(shape),
        alpha_bars,
    );
    let steps: Vec<usize> = times.iter().map(|&t| t as usize).collect();
    let said = predict(model, x_t, &steps, class)?;
    let bound = VariationalBound {
        schedule: schedule.clone(),
        variance_type,
        clip: Clip::Static,
    };
    let mut numbers = vec![bound.prior(x0.clone())];
    for (row, level) in levels.iter().enumerate() {
        let said = of_rows(&said, &|tensor| tensor.narrow(0, row, 1));
        let at_pixel = |tensor: Tensor<4>| tensor.reshape([1, 1, 1, PIXELS]).narrow(3, pixel, 1);
        let said_pixel = of_rows(&said, &at_pixel);
        let x0_pixel = at_pixel(x0.clone());
        let ln_variance = match variance_of(model, variance_type, steps[row]) {
            Variance::Fixed(variance) => x0_pixel.full_like(variance.ln()),
            Variance::Learned(learned) => {
                let v = said_pixel.variance.clone();
                learned.apply(v.ok_or("These weights say no variance.")?)
            }
        };
        let x0_hat = Clip::Static.apply(said_pixel.x0(level.alpha_bar));
        let flat = |tensor: Tensor<4>| tensor.reshape([1]);
        numbers.extend([
            bound.term(steps[row], x0.clone(), &said),
            losses(&said, x0.clone(), eps.clone(), level.alpha_bar),
            bound.term(steps[row], x0_pixel.clone(), &said_pixel),
            flat(x0_pixel),
            flat(x0_hat),
            flat(ln_variance),
        ]);
    }
    let read = read(Tensor::cat(numbers, 0)).await?;
    let (prior, rows) = read.split_first().ok_or("The device gave nothing back.")?;
    let term = |(level, numbers): (Level, &[f32])| {
        let &[nats, _, _, _, pixel_nats, x0, x0_hat, ln_variance] = numbers else {
            return Err("The device gave too little back.".to_owned());
        };
        let t = level.t as usize;
        let posterior = schedule.posterior(t, t.checked_sub(1));
        Ok(Term {
            level,
            bits: bits_per_dim(f64::from(nats), PIXELS),
            errors: squared_errors(&numbers[1..4]),
            weight: weight(model, variance_type, t),
            pixel: PixelTerm {
                x0: x0.into(),
                x0_hat: x0_hat.into(),
                x0_factor: posterior.x0,
                beta_tilde: posterior.beta_tilde,
                variance: f64::from(ln_variance).exp(),
                nats: pixel_nats.into(),
            },
        })
    };
    let terms = levels.into_iter().zip(rows.chunks(NUMBERS)).map(term);
    Ok(Terms {
        l_t: bits_per_dim(f64::from(*prior), PIXELS),
        terms: terms.collect::<Result<_, _>>()?,
    })
}

/// σ² of the step from `t`, which for t = 0 is the decoder's.
fn variance_of(model: &Model, variance_type: VarianceType, t: usize) -> Variance {
    match t {
        0 => model.schedule.decoder_variance(variance_type),
        _ => {
            let posterior = model.schedule.posterior(t, t.checked_sub(1));
            posterior.variance(variance_type)
        }
    }
}

/// The factor of (ε − ε̂)² in the KL divergence of the step from `t`, in nats a pixel (Ho et al. 2020, eq. 12).
fn weight(model: &Model, variance_type: VarianceType, t: usize) -> Option<f64> {
    let of_eps = VlbCoefficients::new(&model.schedule, variance_type, Prediction::Epsilon, t, 1.0);
    let [by_output, ln_variance] = of_eps.ln_variance;
    (t > 0 && by_output == 0.0).then(|| 0.5 * of_eps.mean.powi(2) / ln_variance.exp())
}

/// The prediction with a part of each of its tensors.
fn of_rows(said: &ModelPrediction, part: &dyn Fn(Tensor<4>) -> Tensor<4>) -> ModelPrediction {
    ModelPrediction {
        x_t: part(said.x_t.clone()),
        output: part(said.output.clone()),
        variance: said.variance.clone().map(part),
        prediction: said.prediction,
    }
}
