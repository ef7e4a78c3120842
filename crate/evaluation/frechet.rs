//! The Fréchet distance between two sets of images, computed from a network's features of them.
//!
//! A Gaussian is fitted to the features of each set, and the distance is that of the two Gaussians (Heusel et al. 2017,
//! arXiv 1706.08500, section 2: the FID, with Inception's features). Here the features are those of
//! [`super::classifier`], so the values cannot be compared with FIDs. The estimate is biased upwards, the more so the
//! fewer images there are: compare only sets of equal size.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// A Gaussian, given by the mean and covariance of N points.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

impl Gaussian {
    /// Fits a Gaussian to N ≥ 2 points: `rows` holds N × `width` numbers, one point after the other. The covariance is
    /// the unbiased estimate (divided by N − 1), as in numpy's `cov` and in pytorch-fid.
    ///
    /// # Panics
    /// If the last row is not whole, or if there are fewer than two rows.
    pub fn fit(rows: &[f32], width: usize) -> Self {
        assert_eq!(rows.len() % width, 0, "rows of {width} numbers");
        let count = rows.len() / width;
        assert!(count > 1, "one point has no covariance");
        let values = rows.iter().map(|&v| f64::from(v));
        // nalgebra stores columns one after the other, so each point becomes a column.
        let mut points = DMatrix::from_iterator(width, count, values);
        let mean = points.column_mean();
        for mut point in points.column_iter_mut() {
            point -= &mean;
        }
        let covariance = &points * points.transpose() / (count - 1) as f64;
        Self { mean, covariance }
    }

    /// The distance ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁^½ Σ₂ Σ₁^½)^½) (Dowson & Landau 1982), 0 or more. It is the square of
    /// the 2-Wasserstein distance of the two Gaussians.
    ///
    /// The root is computed by two symmetric eigendecompositions; the usual form (Σ₁Σ₂)^½ would need the decomposition
    /// of a matrix that is not symmetric. Eigenvalues that rounding made negative count as 0.
    ///
    /// # Panics
    /// If the two Gaussians differ in width.
    pub fn distance(&self, other: &Self) -> f64 {
        assert_eq!(self.mean.len(), other.mean.len(), "features of one kind");
        let root = square_root(self.covariance.clone());
        let between = &root * &other.covariance * &root;
        // Rounding makes this slightly asymmetric, which is harmless: the decomposition reads one triangle only.
        let overlap: f64 = between
            .symmetric_eigenvalues()
            .iter()
            .map(|value| value.max(0.0).sqrt())
            .sum();
        let traces = self.covariance.trace() + other.covariance.trace();
        let apart = (&self.mean - &other.mean).norm_squared();
        (apart + traces - 2.0 * overlap).max(0.0)
    }
}

/// The symmetric square root of a positive semi-definite matrix.
fn square_root(matrix: DMatrix<f64>) -> DMatrix<f64> {
    let SymmetricEigen {
        eigenvectors,
        eigenvalues,
    } = matrix.symmetric_eigen();
    let roots = eigenvalues.map(|value| value.max(0.0).sqrt());
    &eigenvectors * DMatrix::from_diagonal(&roots) * eigenvectors.transpose()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream};

    fn gaussian(mean: &[f64], covariance: &[f64]) -> Gaussian {
        let width = mean.len();
        Gaussian {
            mean: DVector::from_row_slice(mean),
            covariance: DMatrix::from_row_slice(width, width, covariance),
        }
    }

    fn close(found: f64, expected: f64, bound: f64) {
        assert!(
            (found - expected).abs() <= bound,
            "{found}, expected {expected}"
        );
    }

    #[test]
    fn mean_and_covariance_of_three_points() {
        let found = Gaussian::fit(&[1.0, 2.0, 3.0, 6.0, 5.0, 1.0], 2);
        let expected = gaussian(&[3.0, 3.0], &[4.0, -1.0, -1.0, 7.0]);
        close((found.mean - expected.mean).norm(), 0.0, 1e-12);
        close((found.covariance - expected.covariance).norm(), 0.0, 1e-12);
    }

    /// For covariances that commute the distance is Σ(μ₁ − μ₂)² + Σ(σ₁ − σ₂)².
    #[test]
    fn diagonal_covariances() {
        let a = gaussian(&[1.0, 2.0], &[4.0, 0.0, 0.0, 9.0]);
        let b = gaussian(&[0.0, 4.0], &[1.0, 0.0, 0.0, 25.0]);
        close(a.distance(&b), 1.0 + 4.0 + 1.0 + 4.0, 1e-12);
        close(b.distance(&a), 10.0, 1e-12);
    }

    /// In two dimensions tr(M^½) = √(tr M + 2√det M), and of M = Σ₁^½Σ₂Σ₁^½ the trace and determinant
    /// are those of Σ₁Σ₂.
    #[test]
    fn covariances_that_do_not_commute() {
        let a = gaussian(&[0.0, 0.0], &[2.0, 1.0, 1.0, 3.0]);
        let b = gaussian(&[0.0, 0.0], &[5.0, -2.0, -2.0, 1.0]);
        let product = &a.covariance * &b.covariance;
        let overlap = (product.trace() + 2.0 * product.determinant().sqrt()).sqrt();
        close(a.distance(&b), 5.0 + 6.0 - 2.0 * overlap, 1e-10);
    }

    #[test]
    fn a_set_has_distance_0_from_itself() {
        let mut rows = vec![0.0; 50 * 20];
        Stream::new(1, Purpose::Init, 0).fill_gaussian(&mut rows);
        let a = Gaussian::fit(&rows, 20);
        close(a.distance(&a), 0.0, 1e-9);
        // With fewer points than dimensions the covariance is singular; the formula needs no inverse.
        let flat = Gaussian::fit(&rows[..5 * 20], 20);
        close(flat.distance(&flat), 0.0, 1e-6);
    }

    /// Samples of N(0, 1) and N(½, 2²) in four dimensions: 4·(¼ + 1) = 5.
    #[test]
    fn fitted_gaussians_agree_with_the_closed_form() {
        let mut a = vec![0.0; 20_000 * 4];
        let mut b = a.clone();
        Stream::new(2, Purpose::Init, 0).fill_gaussian(&mut a);
        Stream::new(2, Purpose::Init, 1).fill_gaussian(&mut b);
        for value in &mut b {
            *value = 2.0 * *value + 0.5;
        }
        close(
            Gaussian::fit(&a, 4).distance(&Gaussian::fit(&b, 4)),
            5.0,
            0.1,
        );
    }
}
