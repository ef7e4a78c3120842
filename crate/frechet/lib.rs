//! The Fréchet distance between two sets of images, computed from a network's features of them.
//!
//! A Gaussian is fitted to the features of each set, and the distance is that of the two Gaussians (Heusel et al. 2017,
//! arXiv 1706.08500, section 2: the FID, with Inception's features). Here the features are those of
//! this project's classifier, so the values cannot be compared with FIDs. The estimate is biased upwards, the more so the
//! fewer images there are: compare only sets of equal size.
//!
//! The crate exists for the sake of compiler options: confidence intervals take the distance hundreds of times, for which tests
//! without optimisation needed minutes.

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
        Self::fit_resample(rows, width, &vec![1; rows.len() / width])
    }

    /// [`Gaussian::fit`] to points of which the i-th occurs `counts[i]` times.
    ///
    /// # Panics
    /// If there are not as many counts as rows, or if there are fewer than two points.
    pub fn fit_resample(rows: &[f32], width: usize, counts: &[u32]) -> Self {
        assert_eq!(rows.len(), width * counts.len(), "a count for each point");
        let total = counts.iter().map(|&count| f64::from(count)).sum::<f64>();
        assert!(total > 1.0, "one point has no covariance");
        let present = || {
            let points = rows.chunks(width).zip(counts);
            points.filter(|&(_, &count)| count > 0)
        };
        let values = present().flat_map(|(point, _)| point.iter().map(|&v| f64::from(v)));
        // nalgebra stores columns one after the other, so each point becomes a column.
        let mut points = DMatrix::from_iterator(width, present().count(), values);
        let counts = present().map(|(_, &count)| f64::from(count));
        let counts = DVector::from_iterator(points.ncols(), counts);
        let mean = &points * &counts / total;
        for (mut point, count) in points.column_iter_mut().zip(&counts) {
            point -= &mean;
            point *= count.sqrt();
        }
        let covariance = &points * points.transpose() / (total - 1.0);
        Self { mean, covariance }
    }
}

/// A Gaussian that many others are compared with: the square root of its covariance is computed once.
#[derive(Debug, Clone)]
pub struct FrechetTarget {
    gaussian: Gaussian,
    root: DMatrix<f64>,
}

impl From<Gaussian> for FrechetTarget {
    fn from(gaussian: Gaussian) -> Self {
        Self {
            root: square_root(gaussian.covariance.clone()),
            gaussian,
        }
    }
}

impl FrechetTarget {
    /// The distance ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁^½ Σ₂ Σ₁^½)^½) (Dowson & Landau 1982), 0 or more. It is the square of
    /// the 2-Wasserstein distance of the two Gaussians.
    ///
    /// The root is computed by two symmetric eigendecompositions; the usual form (Σ₁Σ₂)^½ would need the decomposition
    /// of a matrix that is not symmetric. Eigenvalues that rounding made negative count as 0.
    ///
    /// # Panics
    /// If the two Gaussians differ in width.
    pub fn distance(&self, other: &Gaussian) -> f64 {
        let own = &self.gaussian;
        assert_eq!(own.mean.len(), other.mean.len(), "features of one kind");
        let between = &self.root * &other.covariance * &self.root;
        // Rounding makes this slightly asymmetric, which is harmless: the decomposition reads one triangle only.
        let overlap: f64 = between
            .symmetric_eigenvalues()
            .iter()
            .map(|value| value.max(0.0).sqrt())
            .sum();
        let traces = own.covariance.trace() + other.covariance.trace();
        let apart = (&own.mean - &other.mean).norm_squared();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from N(0, 1): pairs of uniform ones (Knuth's MMIX generator) by Box and Muller's method.
    fn normal(count: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        let mut uniform = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        };
        let number = |_| {
            let (radius, angle) = (uniform(), uniform());
            ((-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()) as f32
        };
        (0..count).map(number).collect()
    }

    fn gaussian(mean: &[f64], covariance: &[f64]) -> Gaussian {
        let width = mean.len();
        Gaussian {
            mean: DVector::from_row_slice(mean),
            covariance: DMatrix::from_row_slice(width, width, covariance),
        }
    }

    fn distance(a: &Gaussian, b: &Gaussian) -> f64 {
        FrechetTarget::from(a.clone()).distance(b)
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

    /// A point that counts twice is as two equal points, and one that counts 0 times is not there.
    #[test]
    fn points_count_as_often_as_they_occur() {
        let found = Gaussian::fit_resample(&[1.0, 2.0, 9.0, 9.0, 3.0, 6.0], 2, &[2, 0, 1]);
        let expected = Gaussian::fit(&[1.0, 2.0, 1.0, 2.0, 3.0, 6.0], 2);
        close((found.mean - expected.mean).norm(), 0.0, 1e-12);
        close((found.covariance - expected.covariance).norm(), 0.0, 1e-12);
    }

    /// For covariances that commute the distance is Σ(μ₁ − μ₂)² + Σ(σ₁ − σ₂)².
    #[test]
    fn diagonal_covariances() {
        let a = gaussian(&[1.0, 2.0], &[4.0, 0.0, 0.0, 9.0]);
        let b = gaussian(&[0.0, 4.0], &[1.0, 0.0, 0.0, 25.0]);
        close(distance(&a, &b), 1.0 + 4.0 + 1.0 + 4.0, 1e-12);
        close(distance(&b, &a), 10.0, 1e-12);
    }

    /// In two dimensions tr(M^½) = √(tr M + 2√det M), and of M = Σ₁^½Σ₂Σ₁^½ the trace and determinant
    /// are those of Σ₁Σ₂.
    #[test]
    fn covariances_that_do_not_commute() {
        let a = gaussian(&[0.0, 0.0], &[2.0, 1.0, 1.0, 3.0]);
        let b = gaussian(&[0.0, 0.0], &[5.0, -2.0, -2.0, 1.0]);
        let product = &a.covariance * &b.covariance;
        let overlap = (product.trace() + 2.0 * product.determinant().sqrt()).sqrt();
        close(distance(&a, &b), 5.0 + 6.0 - 2.0 * overlap, 1e-10);
    }

    #[test]
    fn a_set_has_distance_0_from_itself() {
        let rows = normal(50 * 20, 1);
        let a = Gaussian::fit(&rows, 20);
        close(distance(&a, &a), 0.0, 1e-9);
        // With fewer points than dimensions the covariance is singular; the formula needs no inverse.
        let flat = Gaussian::fit(&rows[..5 * 20], 20);
        close(distance(&flat, &flat), 0.0, 1e-6);
    }

    /// Samples of N(0, 1) and N(½, 2²) in four dimensions: 4·(¼ + 1) = 5.
    #[test]
    fn fitted_gaussians_agree_with_the_closed_form() {
        let [a, mut b] = [2, 3].map(|seed| normal(20_000 * 4, seed));
        for value in &mut b {
            *value = 2.0 * *value + 0.5;
        }
        let [a, b] = [a, b].map(|rows| Gaussian::fit(&rows, 4));
        close(distance(&a, &b), 5.0, 0.1);
    }
}
