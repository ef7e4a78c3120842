//! How far an image is from the nearest of a set: where samples are nearer to the training images
//! than test images are, the network has learnt images by heart.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{Progress, count};
use crate::nn::unet::PIXELS;
use crate::ops::{Context, Geometry, conv, read};

/// Images compared at a time: their product, 4 MB, stays in a processor's cache.
const QUERIES: usize = 256;
const REFERENCES: usize = 4096;

/// The nearest image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Its number in the set.
    pub index: u32,
    /// L2 distance of the pixels, on a scale from 0 (background) to 1 (ink).
    pub distance: f64,
}

/// x·yᵀ, [N, K] and [M, K] → [N, M]: a 1×1 convolution of an image of one row, which has kernels.
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

/// The nearest of `references` to each of `queries`.
///
/// Which one it is comes from ‖b‖² − 2a·b, one matrix product for a block of each; two that are equally
/// near to six digits may be taken for one another. The distance itself is then exact: 0 for an image
/// that is in the set.
///
/// # Errors
/// If the device does not give the numbers back; what `watch` says.
///
/// # Panics
/// If `references` is empty.
pub async fn nearest(
    queries: &[u8],
    references: &[u8],
    ctx: &Context,
    mut watch: impl Progress,
) -> Result<Vec<Neighbour>, String> {
    assert!(!references.is_empty(), "a set to be near to");
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
            // Below 4096: exact as f32, and so read back with the values.
            let found = read(Tensor::cat(vec![values, indices.float()], 1)).await?;
            for (best, found) in best.iter_mut().zip(found.chunks(2)) {
                if found[0] < best.0 {
                    *best = (found[0], done as u32 + found[1] as u32);
                }
            }
        }
        done += count(block);
        watch(done as f64 / count(references) as f64).await?;
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

/// One row an image, as `row` fills it: its pixels and one number more.
fn rows(images: &[u8], row: impl Fn(&[u8], &mut Vec<f32>), device: &Device) -> Tensor<2> {
    let mut values = Vec::with_capacity(count(images) * (PIXELS + 1));
    for image in images.chunks(PIXELS) {
        row(image, &mut values);
    }
    let shape = [count(images), PIXELS + 1];
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn distance(a: &[u8], b: &[u8]) -> f64 {
    let squares: u32 = a
        .iter()
        .zip(b)
        .map(|(&a, &b)| u32::from(a.abs_diff(b)).pow(2))
        .sum();
    f64::from(squares).sqrt() / 255.0
}

/// How distances are spread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub mean: f64,
    pub smallest: f64,
    /// The values that 1, 10, 50 and 90 in a hundred do not exceed.
    pub percentile_1: f64,
    pub percentile_10: f64,
    pub median: f64,
    pub percentile_90: f64,
    /// How many distances lie in 0 … ½, ½ … 1, …, the last one open.
    pub halves: Vec<u32>,
}

/// Entries of [`Spread::halves`].
const HALVES: usize = 32;

impl Spread {
    /// # Panics
    /// If there is no neighbour.
    pub fn of(neighbours: &[Neighbour]) -> Self {
        let mut distances: Vec<f64> = neighbours.iter().map(|n| n.distance).collect();
        distances.sort_by(f64::total_cmp);
        let last = distances.len() - 1;
        let at = |share: f64| distances[(share * last as f64).round() as usize];
        let mut halves = vec![0; HALVES];
        for distance in &distances {
            halves[((distance * 2.0) as usize).min(HALVES - 1)] += 1;
        }
        Self {
            mean: distances.iter().sum::<f64>() / distances.len() as f64,
            smallest: distances[0],
            percentile_1: at(0.01),
            percentile_10: at(0.1),
            median: at(0.5),
            percentile_90: at(0.9),
            halves,
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

    /// Over several blocks of either kind, the last ones not full.
    #[test]
    fn blocks_agree_with_looking_at_every_pair() {
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
    fn distances_are_of_pixels_between_0_and_1() {
        let mut bright = vec![0; PIXELS];
        bright[5] = 255;
        bright[6] = 255;
        let found = find(&vec![0; PIXELS], &[vec![255; PIXELS], bright].concat());
        assert_eq!((found[0].index, found[0].distance), (1, 2f64.sqrt()));
    }

    #[test]
    fn the_spread_of_a_hundred_and_one() {
        let neighbours: Vec<Neighbour> = (0..=100)
            .rev()
            .map(|k| Neighbour {
                index: 0,
                distance: f64::from(k) / 10.0,
            })
            .collect();
        let spread = Spread::of(&neighbours);
        assert!((spread.mean - 5.0).abs() < 1e-12);
        let found = [
            spread.smallest,
            spread.percentile_1,
            spread.percentile_10,
            spread.median,
            spread.percentile_90,
        ];
        assert_eq!(found, [0.0, 0.1, 1.0, 5.0, 9.0]);
        assert_eq!(spread.halves[..3], [5, 5, 5]);
        assert_eq!(spread.halves.iter().sum::<u32>(), 101);
    }
}
