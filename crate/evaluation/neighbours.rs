//! Distances to the nearest training image, a test for memorisation: if samples are nearer to the training images than
//! test images are, the network reproduces images that it has seen.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::bootstrap::Estimate;
use super::{Progress, count};
use crate::nn::unet::PIXELS;
use crate::ops::{Context, Geometry, conv, read};

/// Queries in a block. The products of a block of queries and one of references, 256·4096 numbers of 4 bytes, are 4 MB
/// and stay in a processor's cache.
const QUERIES: usize = 256;
/// References in a block.
const REFERENCES: usize = 4096;

/// The image of a set that is nearest to a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its position in the set, counted from 0.
    pub index: u32,
    /// The Euclidean distance of the pixels, on a scale from 0 (background) to 1 (ink); at most 28.
    pub distance: f64,
}

/// The matrix product x·yᵀ, computed as a 1×1 convolution of an image of one row: for convolutions there are kernels.
///
/// # Shapes
/// * `x`: `[N, K]`
/// * `y`: `[M, K]`
/// * result: `[N, M]`
fn products(ctx: &Context, x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
    let ([n, k], [m, _]) = (x.dims(), y.dims());
    let no_bias = Tensor::zeros([1, m], &x.device());
    let y = y.reshape([m, k, 1, 1]);
    conv(
        ctx,
        x.reshape([1, 1, n, k]),
        y,
        no_bias,
        Geometry::Pointwise,
    )
    .reshape([n, m])
}

/// Finds the nearest of `references` for each of `queries`.
///
/// For a query a, the nearest b has the smallest ‖b‖² − 2a·b, which takes one matrix product for each pair of blocks.
/// Rounding may exchange two references whose distances agree to six digits. The distance itself is then computed from
/// the bytes and is exact: 0 for an image that is in the set.
///
/// # Errors
/// A device that fails to return numbers, and the error that `progress` returned.
///
/// # Panics
/// If `references` is empty, or if an image is not whole.
pub async fn nearest(
    queries: &[u8],
    references: &[u8],
    ctx: &Context,
    mut progress: impl Progress,
) -> Result<Vec<Neighbour>, String> {
    assert!(!references.is_empty(), "at least one reference");
    let query = |image: &[u8], row: &mut Vec<f32>| {
        row.extend(image.iter().map(|&v| -2.0 * f32::from(v) / 255.0));
        row.push(1.0);
    };
    let reference = |image: &[u8], row: &mut Vec<f32>| {
        row.extend(image.iter().map(|&v| f32::from(v) / 255.0));
        let squares: u32 = image.iter().map(|&v| u32::from(v).pow(2)).sum();
        row.push(squares as f32 / (255.0 * 255.0));
    };
    let blocks: Vec<Tensor<2>> = queries
        .chunks(QUERIES * PIXELS)
        .map(|block| rows(block, query, ctx.device()))
        .collect();
    let mut best = vec![(f32::INFINITY, 0u32); count(queries)];
    let mut done = 0;
    for block in references.chunks(REFERENCES * PIXELS) {
        let rows_of_block = rows(block, reference, ctx.device());
        for (queries, best) in blocks.iter().zip(best.chunks_mut(QUERIES)) {
            let products = products(ctx, queries.clone(), rows_of_block.clone());
            let (values, indices) = products.min_dim_with_indices(1);
            // Indices below 4096 are exact as f32, so one read returns both.
            let found = read(Tensor::cat(vec![values, indices.float()], 1)).await?;
            for (best, found) in best.iter_mut().zip(found.chunks(2)) {
                if found[0] < best.0 {
                    *best = (found[0], done as u32 + found[1] as u32);
                }
            }
        }
        done += count(block);
        progress(done as f64 / count(references) as f64).await?;
    }
    let neighbour = |(&(_, index), image): (&(f32, u32), &[u8])| Neighbour {
        index,
        distance: distance(image, &references[index as usize * PIXELS..][..PIXELS]),
    };
    Ok(best
        .iter()
        .zip(queries.chunks(PIXELS))
        .map(neighbour)
        .collect())
}

/// A matrix with one row for each image: its 784 pixels and one more number, as `row` writes them. In the product of two
/// such rows, the last numbers add ‖b‖² to −2a·b.
fn rows(images: &[u8], row: impl Fn(&[u8], &mut Vec<f32>), device: &Device) -> Tensor<2> {
    let mut values = Vec::with_capacity(count(images) * (PIXELS + 1));
    for image in images.chunks(PIXELS) {
        row(image, &mut values);
    }
    let shape = [count(images), PIXELS + 1];
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The Euclidean distance of two images, on the scale of [`Neighbour::distance`].
fn distance(a: &[u8], b: &[u8]) -> f64 {
    let squares: u32 = a
        .iter()
        .zip(b)
        .map(|(&a, &b)| u32::from(a.abs_diff(b)).pow(2))
        .sum();
    f64::from(squares).sqrt() / 255.0
}

/// The distribution of the distances to the nearest neighbours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct DistanceSummary {
    /// The mean.
    pub mean: Estimate,
    /// The smallest distance. It has no interval: no resample has a smaller one.
    pub smallest: Estimate,
    /// The distance that 1 % do not exceed.
    pub percentile_1: Estimate,
    /// The distance that 10 % do not exceed.
    pub percentile_10: Estimate,
    /// The distance that 50 % do not exceed.
    pub median: Estimate,
    /// The distance that 90 % do not exceed.
    pub percentile_90: Estimate,
    /// A histogram: the number of distances in 0 … ½, ½ … 1 and so on, 32 bins, of which the last has no upper end.
    #[serde(rename = "halves")]
    pub histogram: Vec<u32>,
}

/// The length of [`DistanceSummary::histogram`].
const BINS: usize = 32;

impl DistanceSummary {
    /// Summarises the distances of `neighbours`.
    ///
    /// # Panics
    /// If `neighbours` is empty.
    pub fn of(neighbours: &[Neighbour]) -> Self {
        let mut distances: Vec<f64> = neighbours.iter().map(|n| n.distance).collect();
        distances.sort_by(f64::total_cmp);
        let last = distances.len() - 1;
        // The distance at this position among those that are in order and occur as often as `counts` says.
        let nth = |position: u32, counts: &[u32]| {
            let mut before = 0;
            let mut found = counts.iter().zip(&distances);
            let found = found.find(|&(&count, _)| {
                before += count;
                before > position
            });
            *found.expect("fewer positions than distances").1
        };
        let positions = [0.01, 0.1, 0.5, 0.9].map(|share| (share * last as f64).round() as u32);
        let [percentile_1, percentile_10, median, percentile_90] =
            Estimate::of(distances.len(), |counts| {
                positions.map(|position| nth(position, counts))
            });
        let mut histogram = vec![0; BINS];
        for distance in &distances {
            histogram[((distance * 2.0) as usize).min(BINS - 1)] += 1;
        }
        Self {
            mean: Estimate::weighted_mean(&distances, &vec![1.0; distances.len()]),
            smallest: Estimate::exact(distances[0]),
            percentile_1,
            percentile_10,
            median,
            percentile_90,
            histogram,
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::evaluation::tests::cpu;
    use crate::rng::{Purpose, Stream};

    fn noise(images: usize, id: u64) -> Vec<u8> {
        let mut stream = Stream::new(3, Purpose::Init, id);
        (0..images * PIXELS)
            .map(|_| stream.below(256) as u8)
            .collect()
    }

    fn find(queries: &[u8], references: &[u8]) -> Vec<Neighbour> {
        pollster::block_on(nearest(queries, references, &cpu(), async |_| Ok(()))).unwrap()
    }

    #[test]
    fn an_image_is_its_own_nearest_neighbour() {
        let images = noise(300, 0);
        for (k, found) in find(&images, &images).into_iter().enumerate() {
            let expected = Neighbour {
                index: k as u32,
                distance: 0.0,
            };
            assert_eq!(found, expected);
        }
    }

    /// Several blocks of queries and of references, of which the last are not full.
    #[test]
    fn blocks_agree_with_comparing_every_pair() {
        let (queries, references) = (noise(QUERIES + 9, 1), noise(REFERENCES + 70, 2));
        let found = find(&queries, &references);
        for k in [0, 100, QUERIES - 1, QUERIES, QUERIES + 8] {
            let query = &queries[k * PIXELS..][..PIXELS];
            let expected = references
                .chunks(PIXELS)
                .map(|reference| distance(query, reference))
                .fold(f64::INFINITY, f64::min);
            assert!((found[k].distance - expected).abs() < 1e-4, "{k}");
        }
    }

    #[test]
    fn distances_have_pixels_in_0_to_1() {
        let mut bright = vec![0; PIXELS];
        bright[5] = 255;
        bright[6] = 255;
        let found = find(&vec![0; PIXELS], &[vec![255; PIXELS], bright].concat());
        assert_eq!((found[0].index, found[0].distance), (1, 2f64.sqrt()));
    }

    #[test]
    fn a_summary_of_101_distances() {
        let neighbours: Vec<Neighbour> = (0..=100)
            .rev()
            .map(|k| Neighbour {
                index: 0,
                distance: f64::from(k) / 10.0,
            })
            .collect();
        let summary = DistanceSummary::of(&neighbours);
        assert!((summary.mean.value - 5.0).abs() < 1e-12);
        let found = [
            summary.smallest,
            summary.percentile_1,
            summary.percentile_10,
            summary.median,
            summary.percentile_90,
        ];
        assert_eq!(found.map(|figure| figure.value), [0.0, 0.1, 1.0, 5.0, 9.0]);
        // The median of 101 numbers spread evenly over 0 … 10 has a standard error of about 10/(2·√101).
        let [low, high] = summary.median.interval.unwrap();
        assert!((high - low) > 1.2 && (high - low) < 2.8, "{low} to {high}");
        assert_eq!(summary.smallest.interval, None);
        assert_eq!(summary.histogram[..3], [5, 5, 5]);
        assert_eq!(summary.histogram.iter().sum::<u32>(), 101);
    }
}
