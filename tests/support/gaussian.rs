//! Data for which the best ε̂ has a formula: every pixel is drawn from N(mean, std²).

use burn::tensor::{Device, Tensor, TensorData};
use ddpm::diffusion::schedule::Schedule;
use ddpm::rng::{Purpose, Stream};

use super::read;

/// The distribution of the pixels, and the noise schedule.
#[derive(Debug, Clone)]
pub struct Gaussian {
    /// The mean of a pixel.
    pub mean: f64,
    /// The standard deviation of a pixel.
    pub std: f64,
    /// The noise schedule.
    pub schedule: Schedule,
}

impl Gaussian {
    /// The best prediction, E[ε | x_t] = √(1−ᾱ)·(x_t − √ᾱ·mean)/(ᾱ·std² + 1 − ᾱ).
    pub fn eps_hat(&self) -> impl Fn(Tensor<4>, usize) -> Tensor<4> + 'static {
        let this = self.clone();
        move |x_t, t| {
            let alpha_bar = this.schedule.alpha_bars()[t];
            let total = alpha_bar * this.std.powi(2) + 1.0 - alpha_bar;
            (x_t - alpha_bar.sqrt() * this.mean) * ((1.0 - alpha_bar).sqrt() / total)
        }
    }

    /// Var(x_0 | x_t) of a pixel.
    pub fn posterior_variance(&self, t: usize) -> f64 {
        let alpha_bar = self.schedule.alpha_bars()[t];
        let noise = 1.0 - alpha_bar;
        self.std.powi(2) * noise / (alpha_bar * self.std.powi(2) + noise)
    }

    /// The end of the probability-flow ODE that starts at x_T.
    pub fn flow(&self, x_t: f32) -> f64 {
        let alpha_bar = self.schedule.alpha_bars()[self.schedule.timesteps() - 1];
        let total = alpha_bar * self.std.powi(2) + 1.0 - alpha_bar;
        self.mean + self.std * (f64::from(x_t) - alpha_bar.sqrt() * self.mean) / total.sqrt()
    }
}

/// `count` images of standard Gaussian noise that depends on `id`.
pub fn noise(id: u64, count: usize, device: &Device) -> Tensor<4> {
    let mut values = vec![0.0; count * 784];
    Stream::new(17, Purpose::Training, id).fill_gaussian(&mut values);
    Tensor::from_data(TensorData::new(values, [count, 1, 28, 28]), device)
}

/// The mean, the standard deviation and the standard error of the mean.
pub async fn moments<const D: usize>(values: Tensor<D>) -> (f64, f64, f64) {
    let values = read(values).await;
    let n = values.len() as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let square = |&v: &f32| (f64::from(v) - mean).powi(2);
    let std = (values.iter().map(square).sum::<f64>() / (n - 1.0)).sqrt();
    (mean, std, std / n.sqrt())
}
