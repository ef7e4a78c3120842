//! A mean with its standard error.

use serde::{Deserialize, Serialize};

/// A mean and its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The weighted mean.
    pub mean: f64,
    /// The standard deviation of the mean; `None` if it comes from a single value, which says nothing about its spread.
    pub standard_error: Option<f64>,
}

impl Estimate {
    /// The mean of independent `values`, at least one, each counted with its weight.
    ///
    /// The squared standard error is n/(n − 1)·Σ wᵢ²(vᵢ − mean)²/(Σ wᵢ)²; with equal weights this is the textbook's s²/n.
    pub(super) fn weighted(values: &[f64], weights: &[f64]) -> Self {
        let n = values.len() as f64;
        let total: f64 = weights.iter().sum();
        let weighted = || values.iter().zip(weights);
        let mean = weighted().map(|(v, w)| w * v).sum::<f64>() / total;
        let squares: f64 = weighted().map(|(v, w)| (w * (v - mean)).powi(2)).sum();
        Self {
            mean,
            standard_error: (values.len() > 1)
                .then(|| (squares / (n - 1.0) / (total * total / n)).sqrt()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_errors_are_those_of_the_textbook() {
        let found = Estimate::weighted(&[1.0, 2.0, 3.0, 6.0], &[1.0; 4]);
        assert_eq!(found.mean, 3.0);
        let expected = (14.0f64 / 3.0 / 4.0).sqrt();
        assert!((found.standard_error.unwrap() - expected).abs() < 1e-12);
        assert_eq!(Estimate::weighted(&[7.0], &[0.5]).standard_error, None);
        // A factor common to all weights changes nothing.
        assert_eq!(Estimate::weighted(&[1.0, 2.0, 3.0, 6.0], &[0.25; 4]), found);
        assert_eq!(Estimate::weighted(&[1.0, 4.0], &[1.0, 0.5]).mean, 2.0);
    }
}
