//! What happens inside the network: the outputs of its parts, the attention of one pixel, and what a skip connection is worth.

use burn::tensor::activation::silu;
use burn::tensor::{Int, Tensor, TensorData};

use super::noisy::{Noisy, pixel_index, read_images};
use super::predict::{losses, squared_errors};
use crate::diffusion::{ModelPrediction, split_variance};
use crate::model::Model;
use crate::nn::unet::{NO_CLASS, SIZE, Tap};
use crate::ops::{attention_map, read};
use crate::web::protocol::{AttentionRow, Inside, NoisyImage, PartOutput};

/// Channels of a part that are shown.
const CHANNELS: usize = 16;
/// Attention over more tokens than these is left out: its map would take too much memory.
const MOST_TOKENS: usize = 196;
/// Values beyond so many root mean squares are as bright as they get.
const SPAN: f64 = 3.0;

/// Keeps what is shown, and switches skip connections off.
struct Recorder<'a> {
    without: &'a [String],
    parts: Vec<(String, Tensor<4>)>,
    attention: Vec<(String, Tensor<4>)>,
}

impl Tap for Recorder<'_> {
    fn activation(&mut self, name: &str, output: &Tensor<4>) {
        self.parts.push((name.into(), output.clone()));
    }

    fn skip(&mut self, name: &str, skip: Tensor<4>) -> Tensor<4> {
        if self.without.iter().any(|off| off == name) {
            skip.zeros_like()
        } else {
            skip
        }
    }

    fn attention(&mut self, name: &str, qkv: &Tensor<3>, heads: usize) {
        if qkv.dims()[1] <= MOST_TOKENS {
            self.attention
                .push((name.into(), attention_map(qkv.clone(), heads)));
        }
    }
}

/// One forward pass with everything that it shows, and one with all skip connections to compare it with.
///
/// # Errors
/// If the question names no image, step, class, pixel or skip connection, or if the device does not give numbers back.
pub(super) async fn inside(
    model: &Model,
    asked: &NoisyImage,
    class: Option<u8>,
    without: &[String],
    pixel: u32,
) -> Result<Inside, String> {
    let pixel = pixel_index(pixel)?;
    if let Some(unknown) = without
        .iter()
        .find(|name| !["down.0", "down.1"].contains(&name.as_str()))
    {
        return Err(format!("There is no skip connection from {unknown}."));
    }
    let noisy = Noisy::of(model.context(), &model.schedule, asked)?;
    let class = class.unwrap_or(NO_CLASS);
    let index = model
        .config()
        .class_index(class)
        .ok_or_else(|| format!("These weights know no class {class}."))?;
    let device = model.context().device();
    let y = || Tensor::<1, Int>::from_data(TensorData::new(vec![index], [1]), device);
    let mut recorder = Recorder {
        without,
        parts: Vec::new(),
        attention: Vec::new(),
    };
    let alpha_bar = noisy.level.alpha_bar;
    let prediction = |output| {
        let (output, variance) = split_variance(output);
        ModelPrediction {
            x_t: noisy.x_t.clone(),
            output,
            variance,
            prediction: model.prediction,
        }
    };
    let said = prediction(model.forward_tapped(noisy.x_t.clone(), noisy.t, y(), &mut recorder));
    let whole = prediction(model.forward_at(noisy.x_t.clone(), noisy.t, y()));
    let mut parts = Vec::new();
    for (name, output) in recorder.parts {
        parts.push(part(name, output, pixel).await?);
    }
    let mut attention = Vec::new();
    for (name, map) in recorder.attention {
        attention.push(attention_row(name, map, pixel).await?);
    }
    let rows = Tensor::<1, Int>::from_data(TensorData::new(vec![noisy.t as i32], [1]), device);
    let time = model.unet.embed_time(model.times.rows(rows));
    let of_class = model.unet.embed_class(y());
    let embedding = silu(time.clone() + of_class.clone());
    let numbers = [&said, &whole]
        .map(|said| losses(said, noisy.x0.clone(), noisy.eps.clone(), alpha_bar))
        .to_vec();
    let errors = read(Tensor::cat(numbers, 0)).await?;
    let (errors, errors_whole) = errors.split_at(3);
    let images = [noisy.x_t.clone(), said.x0(alpha_bar), whole.x0(alpha_bar)];
    let [x_t, x0_hat, x0_hat_whole] = read_images(images).await?;
    Ok(Inside {
        level: noisy.level,
        x_t,
        parts,
        attention,
        embedding: read(embedding).await?,
        time: read(time).await?,
        class: read(of_class).await?,
        x0_hat,
        x0_hat_whole,
        errors: squared_errors(errors),
        errors_whole: squared_errors(errors_whole),
    })
}

/// The place of an image's pixel in a picture of `size`×`size`.
fn place(pixel: usize, size: usize) -> usize {
    let scaled = |at: usize| at * size / SIZE;
    scaled(pixel / SIZE) * size + scaled(pixel % SIZE)
}

/// A part's output, [1, H, W, C], as pictures.
async fn part(name: String, output: Tensor<4>, pixel: usize) -> Result<PartOutput, String> {
    let [_, size, _, channels] = output.dims();
    let values = read(output).await?;
    let square = |value: &f32| f64::from(*value).powi(2);
    let rms = (values.iter().map(square).sum::<f64>() / values.len() as f64).sqrt();
    let span = (SPAN * rms).max(f64::MIN_POSITIVE);
    let byte = |value: f32| (127.5 * (f64::from(value) / span) + 127.5).round() as u8;
    let shown = channels.min(CHANNELS);
    let pixels = (0..shown).flat_map(|channel| {
        let of_channel = values[channel..].iter().step_by(channels);
        of_channel.map(|&value| byte(value))
    });
    Ok(PartOutput {
        pixels: pixels.collect(),
        channels: channels as u32,
        size: size as u32,
        span,
        rms,
        pixel: values[place(pixel, size) * channels].into(),
        name,
    })
}

/// The row of an attention map, [1, heads, N, N], of the token that the pixel lies in.
async fn attention_row(name: String, map: Tensor<4>, pixel: usize) -> Result<AttentionRow, String> {
    let [_, _, tokens, _] = map.dims();
    let size = tokens.isqrt();
    let token = place(pixel, size);
    let weights = read(map.narrow(2, token, 1)).await?;
    Ok(AttentionRow {
        name,
        size: size as u32,
        token: token as u32,
        heads: weights.chunks(tokens).map(<[f32]>::to_vec).collect(),
    })
}
