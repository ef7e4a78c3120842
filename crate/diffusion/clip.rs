//! Keeping x̂₀ within the range of images.

use burn::tensor::Tensor;

/// How the estimate x̂₀ is limited before the next image is computed from it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Clip {
    /// x̂₀ is used as the network gives it.
    None,
    /// x̂₀ is clamped to −1 … 1 (diffusers' `clip_sample`).
    #[default]
    Static,
    /// Dynamic thresholding (Saharia et al. 2022, "Imagen", section 2.3; diffusers' `thresholding`): s is the
    /// `percentile` of an image's |x̂₀|, but at least 1; x̂₀ is clamped to −s … s and divided by s.
    ///
    /// diffusers also limits s to `sample_max_value`, whose default of 1 turns the method into [`Clip::Static`].
    /// Imagen has no such limit, and neither has this.
    Dynamic {
        /// Which quantile of |x̂₀| is s, from 0 to 1; diffusers' `dynamic_thresholding_ratio`, 0.995 there.
        percentile: f64,
    },
}

impl From<bool> for Clip {
    fn from(clip: bool) -> Self {
        if clip { Self::Static } else { Self::None }
    }
}

impl Clip {
    /// Limits x̂₀ as this variant says.
    ///
    /// # Shapes
    /// * `x0_hat` and the result: [B, 1, H, W]
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

/// Number of halvings of the bisection's interval. f32 has 24 bits of mantissa, so 28 halvings go past its resolution.
const HALVINGS: usize = 28;

/// The `q`-quantile of each image's values, [B, 1, H, W] to [B, 1, 1, 1]. The values must be 0 or more; between two
/// neighbours it interpolates linearly, as numpy and PyTorch do.
///
/// It bisects on the number of values below a bound. Sorting would be simpler, but burn's sort reads the tensor back to
/// the host, and a browser cannot block on that.
fn quantile(values: Tensor<4>, q: f64) -> Tensor<4> {
    let [_, channels, height, width] = values.dims();
    let rank = q * (channels * height * width - 1) as f64;
    let over_image = [1, 2, 3];
    let count_at_most = |bound: &Tensor<4>| {
        let within = values.clone().lower_equal(expand_to_image(bound, &values));
        within.float().sum_dims(&over_image)
    };
    // The lower neighbour has index ⌊rank⌋ counted from 0, so ⌊rank⌋ + 1 values are at most as large as it.
    let needed = rank.floor() + 1.0;
    let mut high = values.clone().max_dims(&over_image);
    let mut low = high.zeros_like() - 1.0;
    for _ in 0..HALVINGS {
        let middle = (low.clone() + high.clone()) * 0.5;
        let enough = count_at_most(&middle).greater_equal_elem(needed);
        high = high.mask_where(enough.clone(), middle.clone());
        low = middle.mask_where(enough, low);
    }
    let beyond = values.clone().greater(expand_to_image(&high, &values));
    let infinity = values.full_like(f32::MAX);
    let lower = values
        .clone()
        .mask_fill(beyond.clone(), -1.0)
        .max_dims(&over_image);
    let next = infinity
        .mask_where(beyond, values.clone())
        .min_dims(&over_image);
    // If several values equal the lower neighbour and fill the next rank too, the upper neighbour is that value again;
    // likewise if there is no larger value at all.
    let repeated = count_at_most(&high).greater_equal_elem(needed + 1.0);
    let is_largest = next.clone().greater_elem(1e38);
    let upper = next.mask_where(repeated.bool_or(is_largest), lower.clone());
    lower.clone() + (upper - lower) * (rank - rank.floor())
}

/// Repeats one value an image, [B, 1, 1, 1], over the image's pixels.
fn expand_to_image(per_image: &Tensor<4>, like: &Tensor<4>) -> Tensor<4> {
    per_image.clone().expand(like.dims())
}
