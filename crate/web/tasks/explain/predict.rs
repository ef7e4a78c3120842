//! What the network says of a noisy image, as ε, x_0 and v.

use super::noisy::{Noisy, predict as ask, read_images};
use crate::diffusion::{ModelPrediction, Prediction, simple_loss};
use crate::model::Model;
use crate::ops::read;
use crate::web::protocol::{NoisyImage, Predicted, SquaredErrors};
use burn::tensor::Tensor;

/// The network's estimates of ε, x_0 and v beside the truth.
///
/// # Errors
/// If the question names no image, step or class, or if the device does not give numbers back.
pub(super) async fn predict(
    model: &Model,
    asked: &NoisyImage,
    class: Option<u8>,
) -> Result<Predicted, String> {
    let noisy = Noisy::of(model.context(), &model.schedule, asked)?;
    let alpha_bar = noisy.level.alpha_bar;
    let said = ask(model, noisy.x_t.clone(), &[noisy.t], class)?;
    let [eps_hat, x0_hat, v_hat] = Prediction::ALL.map(|kind| as_kind(&said, kind, alpha_bar));
    let v = Prediction::V.target(noisy.x0.clone(), noisy.eps.clone(), &[alpha_bar]);
    let errors = losses(&said, noisy.x0, noisy.eps.clone(), alpha_bar);
    let [x_t, eps, eps_hat, x0_hat, v, v_hat] =
        read_images([noisy.x_t, noisy.eps, eps_hat, x0_hat, v, v_hat]).await?;
    let errors = squared_errors(&read(errors).await?);
    Ok(Predicted {
        level: noisy.level,
        prediction: model.prediction,
        x_t,
        eps,
        eps_hat,
        x0_hat,
        v,
        v_hat,
        errors,
    })
}

/// What was said, as an estimate of kind `kind`, [1, 1, 28, 28].
fn as_kind(said: &ModelPrediction, kind: Prediction, alpha_bar: f64) -> Tensor<4> {
    let (output, x_t) = (said.output.clone(), said.x_t.clone());
    said.prediction.convert(kind, output, x_t, &[alpha_bar])
}

/// The mean squared errors of ε̂, x̂₀ and v̂, `[3]`, for one image, [1, 1, 28, 28].
pub(super) fn losses(
    said: &ModelPrediction,
    x0: Tensor<4>,
    eps: Tensor<4>,
    alpha_bar: f64,
) -> Tensor<1> {
    let loss = |kind: Prediction| {
        let target = kind.target(x0.clone(), eps.clone(), &[alpha_bar]);
        simple_loss(as_kind(said, kind, alpha_bar), target)
    };
    Tensor::cat(Prediction::ALL.map(loss).to_vec(), 0)
}

/// The numbers of [`losses`].
pub(super) fn squared_errors(losses: &[f32]) -> SquaredErrors {
    let number = |index: usize| f64::from(losses.get(index).copied().unwrap_or(f32::NAN));
    SquaredErrors {
        eps: number(0),
        x0: number(1),
        v: number(2),
    }
}
