//! Holding x̂₀ in the range that images have.

use burn::tensor::Tensor;

/// What is done to x̂₀ before the next image is made from it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Clip {
    /// Nothing.
    None,
    /// Clamped to −1 … 1 (diffusers' `clip_sample`).
    #[default]
    Static,
    /// Dynamic thresholding (Saharia et al. 2022, "Imagen", section 2.3; diffusers' `thresholding`):
    /// with s the `percentile` of an image's |x̂₀|, but at least 1, clamped to −s … s and divided by s.
    ///
    /// diffusers also caps s at `sample_max_value`, by default 1, which makes it [`Clip::Static`];
    /// Imagen has no cap, nor has this.
    Dynamic {
        /// In 0 … 1; diffusers' `dynamic_thresholding_ratio`, 0.995 there.
        percentile: f64,
    },
}

impl From<bool> for Clip {
    fn from(clip: bool) -> Self {
        if clip { Self::Static } else { Self::None }
    }
}

impl Clip {
    /// x̂₀ in, x̂₀ out, [B, 1, H, W].
    pub fn apply(self, x0_hat: Tensor<4>) -> Tensor<4> {
        match self {
            Self::None => x0_hat,
            Self::Static => x0_hat.clamp(-1.0, 1.0),
            Self::Dynamic { percentile } => {
                let s = quantile(x0_hat.clone().abs(), percentile).clamp_min(1.0);
                x0_hat.max_pair(-s.clone()).min_pair(s.clone()) / s
            }
        }
    }
}

/// Halvings of the interval: past f32's 24 bits of mantissa.
const HALVINGS: usize = 28;

/// The quantile of each image's values, which are 0 or more, linear between neighbours as numpy's and
/// PyTorch's. [B, 1, H, W] to [B, 1, 1, 1].
///
/// By bisection on the count of values below: burn's sort brings the tensor to the host, which a
/// browser cannot wait for.
fn quantile(values: Tensor<4>, share: f64) -> Tensor<4> {
    let [_, channels, height, width] = values.dims();
    let rank = share * (channels * height * width - 1) as f64;
    let over_image = [1, 2, 3];
    let at_most = |bound: &Tensor<4>| {
        let within = values.clone().lower_equal(expanded(bound, &values));
        within.float().sum_dims(&over_image)
    };
    // Values up to and with the one of rank ⌊rank⌋.
    let wanted = rank.floor() + 1.0;
    let mut high = values.clone().max_dims(&over_image);
    let mut low = high.zeros_like() - 1.0;
    for _ in 0..HALVINGS {
        let middle = (low.clone() + high.clone()) * 0.5;
        let enough = at_most(&middle).greater_equal_elem(wanted);
        high = high.mask_where(enough.clone(), middle.clone());
        low = middle.mask_where(enough, low);
    }
    let beyond = values.clone().greater(expanded(&high, &values));
    let infinity = values.full_like(f32::MAX);
    let lower = values
        .clone()
        .mask_fill(beyond.clone(), -1.0)
        .max_dims(&over_image);
    let next = infinity
        .mask_where(beyond, values.clone())
        .min_dims(&over_image);
    // Where equal values reach past the rank, the neighbour is the value itself.
    let repeated = at_most(&high).greater_equal_elem(wanted + 1.0);
    let last = next.clone().greater_elem(1e38);
    let upper = next.mask_where(repeated.bool_or(last), lower.clone());
    lower.clone() + (upper - lower) * (rank - rank.floor())
}

fn expanded(per_image: &Tensor<4>, like: &Tensor<4>) -> Tensor<4> {
    per_image.clone().expand(like.dims())
}
