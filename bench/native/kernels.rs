//! Measures each kernel, with the least arithmetic and the fewest bytes that its operation needs.

use burn::backend::Dispatch;
use burn::tensor::Tensor;
use ddpm::diffusion::{LinearCoefficients, ReverseStep};
use ddpm::nn::unet::{PIXELS, Preset, SIZE, UNet};
use ddpm::nn::var_builder::ParamSpec;
use ddpm::ops::{
    AdamCoefficients, Gaussians, Geometry, GpuSamplerState, GpuSamplerStep, Kernels, adam, conv,
    conv_prepare, flatten, gaussian, group_norm, q_sample, self_attention, unflatten,
};
use ddpm::rng::Purpose;

use super::{BATCH, Bench, Work};

/// The groups of each GroupNorm.
const GROUPS: usize = 8;

/// The network's convolutions, each once: the geometry, the edge of the input, the input channels and the output channels.
/// The last four are its linear layers.
const CONVS: [(Geometry, usize, usize, usize); 19] = [
    (Geometry::Same, 28, 1, 32),
    (Geometry::Same, 28, 32, 32),
    (Geometry::Same, 28, 64, 32),
    (Geometry::Pointwise, 28, 64, 32),
    (Geometry::Same, 28, 32, 1),
    (Geometry::Halving, 28, 32, 64),
    (Geometry::Same, 14, 64, 64),
    (Geometry::Same, 14, 128, 64),
    (Geometry::Pointwise, 14, 128, 64),
    (Geometry::Doubling, 14, 64, 32),
    (Geometry::Halving, 14, 64, 64),
    (Geometry::Same, 7, 64, 64),
    (Geometry::Pointwise, 7, 64, 192),
    (Geometry::Pointwise, 7, 64, 64),
    (Geometry::Doubling, 7, 64, 64),
    (Geometry::Pointwise, 1, 32, 128),
    (Geometry::Pointwise, 1, 128, 128),
    (Geometry::Pointwise, 1, 128, 64),
    (Geometry::Pointwise, 1, 128, 32),
];

impl Bench {
    /// Convolutions, their gradients, and the packing of weights.
    pub fn convolutions(&self) {
        for (geometry, edge, from, to) in CONVS {
            let kernel = geometry.kernel();
            let [height, width] = geometry.output([edge, edge]);
            let x = self.numbers([BATCH, edge, edge, from]);
            let weight = self.numbers([to, from, kernel, kernel]);
            let bias = self.numbers([1, to]);
            let gradient = self.numbers([BATCH, height, width, to]);
            // In a doubled image neighbours are equal, so four products replace the nine of a 3×3 kernel.
            let taps = match geometry {
                Geometry::Doubling => 4,
                _ => kernel * kernel,
            };
            let numbers =
                BATCH * (edge * edge * from + height * width * to) + to * from * kernel * kernel;
            let work = Some(Work::new(
                BATCH * height * width * taps * from * to,
                numbers,
            ));
            let name = |what: &str| format!("{geometry:?} {edge}×{edge}, {from} → {to}{what}");
            self.line(&name(""), work, || {
                conv(
                    self.runtime.context(),
                    x.clone(),
                    weight.clone(),
                    bias.clone(),
                    geometry,
                );
            });
            self.line(&name(", gradient of x"), work, || {
                Dispatch::conv_input_gradient(
                    self.runtime.context(),
                    weight.clone().into_dispatch(),
                    gradient.clone().into_dispatch(),
                    geometry,
                    [edge, edge],
                );
            });
            self.line(&name(", of weight"), work, || {
                Dispatch::conv_weight_gradient(
                    self.runtime.context(),
                    x.clone().into_dispatch(),
                    gradient.clone().into_dispatch(),
                    geometry,
                );
            });
        }
        // The gradient of a bias: reads an image, writes a row.
        let x = self.numbers([BATCH, SIZE, SIZE, 32]);
        let work = Work::new(0, BATCH * PIXELS * 32);
        self.line("Sums over pixels 28×28, 32", Some(work), || {
            Dispatch::pixel_sums(self.runtime.context(), x.clone().into_dispatch());
        });
        let weight = self.numbers([64, 128, 3, 3]);
        let work = Work::new(0, 2 * 64 * 128 * 9);
        self.line("Weights packed, 128 → 64", Some(work), || {
            conv_prepare(self.runtime.context(), weight.clone(), Geometry::Same);
        });
    }

    /// GroupNorm with SiLU, and its gradients.
    pub fn group_norms(&self) {
        for (edge, channels) in [(28, 32), (28, 64), (14, 64), (14, 128), (7, 64)] {
            let x = self.numbers([BATCH, edge, edge, channels]);
            let (weight, bias) = (self.numbers([channels]), self.numbers([channels]));
            let name = format!("GroupNorm + SiLU {edge}×{edge}, {channels}");
            // The kernel reads and writes an image once. The gradients read two images and write one.
            let image = BATCH * edge * edge * channels;
            self.line(&name, Some(Work::new(0, 2 * image)), || {
                group_norm(
                    self.runtime.context(),
                    x.clone(),
                    weight.clone(),
                    bias.clone(),
                    GROUPS,
                    true,
                );
            });
            self.line(
                &format!("{name}, gradients"),
                Some(Work::new(0, 3 * image)),
                || {
                    Dispatch::group_norm_gradients(
                        self.runtime.context(),
                        x.clone().into_dispatch(),
                        weight.clone().into_dispatch(),
                        bias.clone().into_dispatch(),
                        x.clone().into_dispatch(),
                        GROUPS,
                        true,
                    );
                },
            );
        }
    }

    /// The operations that burn computes between the kernels: concatenation of the skip connections, and sums of gradients.
    pub fn concatenation_and_sums(&self) {
        for (edge, channels) in [(28, 32), (14, 64)] {
            let images = || self.numbers([BATCH, edge, edge, channels]);
            let (a, b) = (images(), images());
            let count = BATCH * edge * edge * channels;
            let name = |what: &str| format!("{what} {edge}×{edge}, {channels} + {channels}");
            self.line(
                &name("Concatenation"),
                Some(Work::new(0, 4 * count)),
                || {
                    let _ = Tensor::cat(vec![a.clone(), b.clone()], 3);
                },
            );
            self.line(&name("Sum"), Some(Work::new(0, 3 * count)), || {
                let _ = a.clone() + b.clone();
            });
        }
    }

    /// Attention and its gradient.
    pub fn attention(&self) {
        let (tokens, channels) = (49, 64);
        let qkv = self.numbers([BATCH, tokens, 3 * channels]);
        let gradient = self.numbers([BATCH, tokens, channels]);
        // Two products over all pairs of tokens. The gradients compute the first again and four more.
        let product = BATCH * tokens * tokens * channels;
        let image = BATCH * tokens * channels;
        let name = "Attention, 49 tokens, 64";
        self.line(name, Some(Work::new(2 * product, 4 * image)), || {
            self_attention(self.runtime.context(), qkv.clone(), 1);
        });
        let work = Work::new(5 * product, 7 * image);
        self.line(&format!("{name}, gradient"), Some(work), || {
            Dispatch::self_attention_gradient(
                self.runtime.context(),
                qkv.clone().into_dispatch(),
                gradient.clone().into_dispatch(),
                1,
            );
        });
    }

    /// The operations on all parameters at once: Adam, flattening, unflattening.
    pub fn parameters(&self) {
        let layout = UNet::layout(&Preset::Small.config());
        let count = layout.len();
        let state = || [(); 4].map(|()| self.numbers([count]));
        let (state, gradient, norm) = (state(), self.numbers([count]), self.numbers([1]));
        let coefficients = AdamCoefficients {
            beta1: 0.9,
            beta2: 0.999,
            max_norm: 1.0,
            bias_correction2_sqrt: 0.5,
            eps: 1e-8,
            decay_factor: 1.0,
            step_size: 1e-3,
            ema_decay: 0.999,
        };
        // Reads five vectors, writes four.
        self.line(
            "Adam, clipping, average",
            Some(Work::new(0, 9 * count)),
            || {
                adam(
                    self.runtime.context(),
                    state.clone(),
                    gradient.clone(),
                    norm.clone(),
                    coefficients,
                );
            },
        );
        let lengths: Vec<usize> = layout.specs.iter().map(ParamSpec::len).collect();
        let ctx = self.runtime.context();
        let parts = unflatten(ctx, &gradient, &lengths);
        let work = Some(Work::new(0, 2 * count));
        self.line("Parameters unflattened", work, || {
            unflatten(ctx, &gradient, &lengths);
        });
        self.line("Gradients flattened", work, || {
            flatten(ctx, parts.clone());
        });
    }

    /// Gaussian noise, and q_sample.
    pub fn noise(&self) {
        let noise = Gaussians {
            seed: 1,
            purpose: Purpose::Training,
            first: 0,
            used: 2,
        };
        let numbers = BATCH * PIXELS;
        let shape = [BATCH, 1, SIZE, SIZE];
        // Philox and Box-Muller need integers, logarithms and sines, which are not counted; only the bytes are.
        self.line("Noise", Some(Work::new(0, numbers)), || {
            gaussian(self.runtime.context(), noise, shape);
        });
        let x0: Tensor<4> = self.numbers(shape);
        let alpha_bars = [0.5; BATCH];
        self.line("x_t and ε", Some(Work::new(0, 3 * numbers)), || {
            q_sample(self.runtime.context(), x0.clone(), &alpha_bars, noise);
        });
    }

    /// The two kernels of a sampling step around the network, one before and one after it. Only the second is measured.
    pub fn sampling_step(&self) {
        let x = self.numbers([BATCH, 1, SIZE, SIZE]);
        if !GpuSamplerState::supports(self.runtime.context(), &x) {
            return;
        }
        let (rows, width) = (2 * BATCH, 128);
        let step = GpuSamplerStep {
            coefficients: ReverseStep {
                x0: Some(LinearCoefficients {
                    output: -0.5,
                    x_t: 1.0,
                }),
                x_t: 0.5,
                x0_hat: 0.5,
                z: 0.1,
                ..ReverseStep::default()
            },
            noise: Gaussians {
                seed: 1,
                purpose: Purpose::Sampling,
                first: 0,
                used: 0,
            },
        };
        let (times, classes) = (self.numbers([1, width]), self.numbers([rows, width]));
        let ctx = self.runtime.context();
        let state = GpuSamplerState::new(ctx, x, times, classes, Some(&[1.5]), true, &[step]);
        let output = self.numbers([rows, 1, SIZE, SIZE]);
        // Called once, because the table has one row only; it leaves what the second kernel reads.
        state.begin_step();
        // Reads x, the x̂₀ of the step before and both outputs. Writes x three times and x̂₀.
        let work = Work::new(0, 8 * BATCH * PIXELS);
        self.line("Reverse step, guidance and noise", Some(work), || {
            state.end_step(output.clone());
        });
    }
}
