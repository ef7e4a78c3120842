//! One update of Adam with decoupled weight decay, gradient clipping and the moving average of the weights, as one
//! operation ([`adam()`]).

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch};
use burn::tensor::Tensor;

use super::{Context, Kernels};

/// The numbers of one update, the t-th (Kingma & Ba 2015, algorithm 1; names as in `torch.optim.AdamW`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamCoefficients {
    /// The decay β₁ of the first moment.
    pub beta1: f64,
    /// The decay β₂ of the second moment.
    pub beta2: f64,
    /// The largest L2 norm of the gradient: a longer gradient is scaled down to it. 0 means no clipping.
    pub max_norm: f64,
    /// √(1 − β₂ᵗ), the square root of the second moment's bias correction.
    pub bias_correction2_sqrt: f64,
    /// The number ε that is added to the denominator.
    pub eps: f64,
    /// 1 − (learning rate)·(weight decay), the factor of the weights before the update.
    pub decay_factor: f64,
    /// (learning rate)/(1 − β₁ᵗ): the learning rate with the first moment's bias correction.
    pub step_size: f64,
    /// The decay of the moving average of the weights (EMA).
    pub ema_decay: f64,
}

impl AdamCoefficients {
    /// The number of values that a kernel reads ([`AdamCoefficients::numbers`]).
    pub const COUNT: usize = 11;

    /// The values in the order in which `shaders/optimizer/adam.wgsl` reads them. 1 − β₁, 1 − β₂ and 1 − `ema_decay` are
    /// computed here in f64, because f32 would lose the last digits of the small differences.
    pub fn numbers(&self) -> [f32; Self::COUNT] {
        [
            self.beta1,
            self.beta2,
            self.max_norm,
            1.0 - self.beta1,
            1.0 - self.beta2,
            self.bias_correction2_sqrt,
            self.eps,
            self.decay_factor,
            self.step_size,
            self.ema_decay,
            1.0 - self.ema_decay,
        ]
        .map(|number| number as f32)
    }
}

/// The parameters, their first and second moments, and their moving average, in this order.
///
/// # Shapes
/// `[N]` each
pub type AdamState<T> = [T; 4];

/// [`adam()`] in burn's own operations.
pub fn reference<B: Backend>(
    [params, m, v, ema]: AdamState<FloatTensor<B>>,
    gradient: FloatTensor<B>,
    norm: FloatTensor<B>,
    coefficients: AdamCoefficients,
) -> AdamState<FloatTensor<B>> {
    let AdamCoefficients {
        beta1,
        beta2,
        max_norm,
        bias_correction2_sqrt,
        eps,
        decay_factor,
        step_size,
        ema_decay,
    } = coefficients;
    let scaled = |x: FloatTensor<B>, by: f64| B::float_mul_scalar(x, by.into());
    let gradient = if max_norm > 0.0 {
        // PyTorch's clip_grad_norm_ adds 1e-6 as well.
        let inverse = B::float_recip(B::float_add_scalar(norm, 1e-6.into()));
        let scale = B::float_clamp_max(scaled(inverse, max_norm), 1.0.into());
        B::float_mul(gradient, scale)
    } else {
        gradient
    };
    let square = B::float_mul(gradient.clone(), gradient.clone());
    let m = B::float_add(scaled(m, beta1), scaled(gradient, 1.0 - beta1));
    let v = B::float_add(scaled(v, beta2), scaled(square, 1.0 - beta2));
    let root = B::float_div_scalar(B::float_sqrt(v.clone()), bias_correction2_sqrt.into());
    let denominator = B::float_add_scalar(root, eps.into());
    let params = B::float_sub(
        scaled(params, decay_factor),
        scaled(B::float_div(m.clone(), denominator), step_size),
    );
    let ema = B::float_add(
        scaled(ema, ema_decay),
        scaled(params.clone(), 1.0 - ema_decay),
    );
    [params, m, v, ema]
}

/// The state after one update of AdamW (Loshchilov & Hutter 2019, algorithm 2, with the decay multiplied by the learning
/// rate as in PyTorch), in new tensors.
///
/// No two tensors of `state` may be clones of each other, because WebGPU does not let a kernel bind one buffer twice.
///
/// # Shapes
/// * `state` and the result: `[N]` each
/// * `gradient`: `[N]`
/// * `norm`: the gradient's L2 norm, `[1]`
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
