//! One update of Adam with decoupled weight decay, clipping and the moving average, as one operation.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch};
use burn::tensor::Tensor;

use super::{Context, Kernels};

/// What an update multiplies with. Kernels get these numbers in this order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamCoefficients {
    pub beta1: f64,
    pub beta2: f64,
    /// Longest gradient; 0 does not clip.
    pub clip: f64,
    /// √(1 − β₂ᵗ)
    pub root_correction2: f64,
    pub eps: f64,
    /// 1 − rate·decay of the weights.
    pub keep: f64,
    /// Learning rate/(1 − β₁ᵗ)
    pub rate: f64,
    pub ema_decay: f64,
}

impl AdamCoefficients {
    pub const COUNT: usize = 11;

    /// Differences from 1 are taken here, where they are exact.
    pub fn numbers(&self) -> [f32; Self::COUNT] {
        [
            self.beta1,
            self.beta2,
            self.clip,
            1.0 - self.beta1,
            1.0 - self.beta2,
            self.root_correction2,
            self.eps,
            self.keep,
            self.rate,
            self.ema_decay,
            1.0 - self.ema_decay,
        ]
        .map(|number| number as f32)
    }
}

/// Parameters, first and second moments, moving average; [N] each.
pub type AdamState<T> = [T; 4];

/// See [`adam`], in burn's own operations.
pub fn reference<B: Backend>(
    [params, m, v, ema]: AdamState<FloatTensor<B>>,
    gradient: FloatTensor<B>,
    norm: FloatTensor<B>,
    coefficients: AdamCoefficients,
) -> AdamState<FloatTensor<B>> {
    let AdamCoefficients {
        beta1,
        beta2,
        clip,
        root_correction2,
        eps,
        keep,
        rate,
        ema_decay,
    } = coefficients;
    let scaled = |x: FloatTensor<B>, by: f64| B::float_mul_scalar(x, by.into());
    let gradient = if clip > 0.0 {
        // 1e-6 as in PyTorch.
        let inverse = B::float_recip(B::float_add_scalar(norm, 1e-6.into()));
        let scale = B::float_clamp_max(scaled(inverse, clip), 1.0.into());
        B::float_mul(gradient, scale)
    } else {
        gradient
    };
    let square = B::float_mul(gradient.clone(), gradient.clone());
    let m = B::float_add(scaled(m, beta1), scaled(gradient, 1.0 - beta1));
    let v = B::float_add(scaled(v, beta2), scaled(square, 1.0 - beta2));
    let root = B::float_div_scalar(B::float_sqrt(v.clone()), root_correction2.into());
    let denominator = B::float_add_scalar(root, eps.into());
    let params = B::float_sub(
        scaled(params, keep),
        scaled(B::float_div(m.clone(), denominator), rate),
    );
    let ema = B::float_add(
        scaled(ema, ema_decay),
        scaled(params.clone(), 1.0 - ema_decay),
    );
    [params, m, v, ema]
}

/// The state after one update (Loshchilov & Hutter 2019, algorithm 2, with PyTorch's decay), new tensors all.
///
/// * `state`: four tensors with numbers of their own, no clones of one another (WebGPU has no two bindings of one
///   place)
/// * `gradient`: [N]
/// * `norm`: its L2 norm, [1]
pub fn adam(
    ctx: &Context,
    state: AdamState<Tensor<1>>,
    gradient: Tensor<1>,
    norm: Tensor<1>,
    coefficients: AdamCoefficients,
) -> AdamState<Tensor<1>> {
    let [params, m, v, ema] = state.map(Tensor::into_dispatch);
    let (params, m, v, ema) = Dispatch::adam(
        ctx,
        params,
        m,
        v,
        ema,
        gradient.into_dispatch(),
        norm.into_dispatch(),
        coefficients,
    );
    [params, m, v, ema].map(Tensor::from_dispatch)
}
