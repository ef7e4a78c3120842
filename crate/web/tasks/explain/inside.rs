//! What happens inside the network: the outputs of its parts, the attention of one pixel, and what a skip connection is worth.

use burn::tensor::activation::silu;
use burn::tensor::{Int, Tensor, TensorData};

use super::noisy::{Noisy, level, pixel_index, read_images, tensor};
use super::predict::{losses, squared_errors};
use crate::diffusion::{ModelPrediction, split_variance};
use crate::model::Model;
use crate::nn::unet::{NO_CLASS, SIZE, Tap};
use crate::ops::{attention_map, read};
use crate::web::protocol::{AttentionRow, DrawnPass, Inside, Level, NoisyImage, PartOutput};
use crate::web::tasks::KeptDraw;

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

/// What the network is given.
pub(super) struct Given {
    level: Level,
    /// [1, 1, 28, 28].
    x_t: Tensor<4>,
    /// x_0 and ε, where they are known, [1, 1, 28, 28] each.
    truth: Option<[Tensor<4>; 2]>,
}

impl Given {
    /// An image with noise.
    ///
    /// # Errors
    /// If the question names no image or step.
    pub fn of_image(model: &Model, asked: &NoisyImage) -> Result<Self, String> {
        let noisy = Noisy::of(model.context(), &model.schedule, asked)?;
        Ok(Self {
            level: noisy.level,
            x_t: noisy.x_t,
            truth: Some([noisy.x0, noisy.eps]),
        })
    }

    /// x_t of a pass of the last draw.
    ///
    /// # Errors
    /// If nothing is kept of such a pass, or its t is none of the network's.
    pub async fn of_pass(
        model: &Model,
        drawn: Option<&KeptDraw>,
        pass: DrawnPass,
    ) -> Result<Self, String> {
        let drawn = drawn.ok_or("No frames are kept: draw some digits first.")?;
        let (digit, frame) = (pass.digit as usize, pass.frame as usize);
        let x_t = drawn.trajectory.x_t(digit, frame).await?;
        let t = drawn.trajectory.frames()[frame].t;
        let t = t.ok_or("That is an image without noise, and no pass.")?;
        Ok(Self {
            level: level(&model.schedule, t)?,
            x_t: tensor(model.context(), x_t),
            truth: None,
        })
    }
}

/// One forward pass with everything that it shows, and one with all skip connections to compare it with.
///
/// # Errors
/// If the question names no class, pixel or skip connection, or if the device does not give numbers back.
pub(super) async fn inside(
    model: &Model,
    given: Given,
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
    let Given { level, x_t, truth } = given;
    let t = level.t as usize;
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
    let alpha_bar = level.alpha_bar;
    let prediction = |output| {
        let (output, variance) = split_variance(output);
        ModelPrediction {
            x_t: x_t.clone(),
            output,
            variance,
            prediction: model.prediction,
        }
    };
    let said = prediction(model.forward_tapped(x_t.clone(), t, y(), &mut recorder));
    let whole = prediction(model.forward_at(x_t.clone(), t, y()));
    let mut parts = Vec::new();
    for (name, output) in recorder.parts {
        parts.push(part(name, output, pixel).await?);
    }
    let mut attention = Vec::new();
    for (name, map) in recorder.attention {
        attention.push(attention_row(name, map, pixel).await?);
    }
    let rows = Tensor::<1, Int>::from_data(TensorData::new(vec![t as i32], [1]), device);
    let time = model.unet.embed_time(model.times.rows(rows));
    let of_class = model.unet.embed_class(y());
    let embedding = silu(time.clone() + of_class.clone());
    let [errors, errors_whole] = match truth {
        None => [None, None],
        Some([x0, eps]) => {
            let numbers = [&said, &whole]
                .map(|said| losses(said, x0.clone(), eps.clone(), alpha_bar))
                .to_vec();
            let numbers = read(Tensor::cat(numbers, 0)).await?;
            let (errors, errors_whole) = numbers.split_at(3);
            [errors, errors_whole].map(|errors| Some(squared_errors(errors)))
        }
    };
    let images = [x_t.clone(), said.x0(alpha_bar), whole.x0(alpha_bar)];
    let [x_t, x0_hat, x0_hat_whole] = read_images(images).await?;
    Ok(Inside {
        level,
        x_t,
        parts,
        attention,
        embedding: read(embedding).await?,
        time: read(time).await?,
        class: read(of_class).await?,
        x0_hat,
        x0_hat_whole,
        errors,
        errors_whole,
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
