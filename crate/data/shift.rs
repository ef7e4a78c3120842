//! Shifting images by a few pixels, an augmentation that does not change which digit an image shows.

use crate::nn::unet::SIZE;
use crate::rng::{Purpose, Stream};

/// The shift of example number `example` of a run in pixels, [down, right]: whole numbers, uniformly distributed over
/// −`max` … `max` along either axis.
pub fn random_offset(seed: u64, example: u64, max: u32) -> [i32; 2] {
    let mut stream = Stream::new(seed, Purpose::Augmentation, example);
    [(); 2].map(|()| stream.below(2 * max + 1) as i32 - max as i32)
}

/// The pixels of `image`, 28×28 bytes, moved by `offset` pixels, [down, right]. What moves out is lost, and background, 0,
/// comes in.
///
/// # Panics
/// If `image` has fewer than 784 bytes.
pub fn shifted(image: &[u8], offset: [i32; 2]) -> impl Iterator<Item = u8> {
    let source = |to: usize, by: i32| {
        to.checked_add_signed(-by as isize)
            .filter(|&from| from < SIZE)
    };
    (0..SIZE).flat_map(move |y| {
        let row = source(y, offset[0]).map(|y| &image[y * SIZE..][..SIZE]);
        (0..SIZE).map(move |x| row.zip(source(x, offset[1])).map_or(0, |(row, x)| row[x]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::unet::PIXELS;

    #[test]
    fn a_pixel_moves_with_the_image_and_out_of_it() {
        let mut image = vec![0; PIXELS];
        image[3 * SIZE + 5] = 200;
        let place = |offset| -> Vec<(usize, u8)> {
            let moved: Vec<u8> = shifted(&image, offset).collect();
            assert_eq!(moved.len(), PIXELS);
            let inked = moved.into_iter().enumerate().filter(|&(_, byte)| byte > 0);
            inked.collect()
        };
        assert_eq!(place([0, 0]), [(3 * SIZE + 5, 200)]);
        assert_eq!(place([2, -1]), [(5 * SIZE + 4, 200)]);
        assert_eq!(place([-3, 22]), [(27, 200)]);
        assert_eq!(place([-4, 0]), []);
        assert_eq!(place([0, 23]), []);
    }

    #[test]
    fn offsets_are_uniform_and_the_example_s_own() {
        let mut counts = [[0i32; 5]; 5];
        for example in 0..25_000 {
            let [down, right] = random_offset(1, example, 2);
            counts[(down + 2) as usize][(right + 2) as usize] += 1;
        }
        // Each of the 25 shifts is expected 1000 times, with a standard deviation of 31.
        assert!(counts.iter().flatten().all(|n| (n - 1000).abs() < 160));
        assert_eq!(random_offset(7, 3, 4), random_offset(7, 3, 4));
        assert_eq!(random_offset(7, 3, 0), [0, 0]);
    }
}
