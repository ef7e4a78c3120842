//! Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") and
//! the Box–Muller transform.
//!
//! Every number is a function of (seed, purpose, id, position) and of nothing else. A run can therefore be resumed
//! without saving a generator's state, the noise of image 7 does not depend on how many images are drawn with it, and a
//! GPU kernel makes the same noise in parallel (`shaders/noise/philox.wgsl`).

/// The multipliers of Philox4x32.
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// What is added to the key from round to round.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// Philox4x32-10: maps a counter of four words to four random words, under a key. For each key the map is a bijection.
pub fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for round in 0..10 {
        if round > 0 {
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        let a = u64::from(MULTIPLIERS[0]) * u64::from(counter[0]);
        let b = u64::from(MULTIPLIERS[1]) * u64::from(counter[2]);
        counter = [
            (b >> 32) as u32 ^ counter[1] ^ key[0],
            b as u32,
            (a >> 32) as u32 ^ counter[3] ^ key[1],
            a as u32,
        ];
    }
    counter
}

/// The use that numbers are drawn for. Streams of the same seed and id differ if their purposes differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Initial values of parameters; the id is the parameter's index.
    Init = 1,
    /// t, label dropout and ε of a training example; the id is the example's number since the run began.
    Training = 2,
    /// x_T and z of a sampled image; the id is image | step << 32 (see [`sample_id`]).
    Sampling = 3,
    /// The shift of an image that a network or a classifier is trained on; the id is the image's number since the run
    /// began.
    Augmentation = 4,
    /// t and ε of the noisy images on which an evaluation measures the network (`evaluation::noisy_samples`).
    Evaluation = 5,
    /// The order of the images in an epoch; id = the epoch's number.
    DataOrder = 6,
    /// The images of a bootstrap's resample (`evaluation::bootstrap`); the id is the resample's number.
    Resampling = 7,
    /// ε and z of what the page explains (`web::tasks::explain`); the id says which.
    Explanation = 8,
    /// The shares by which repeated channels are read when a network grows (`nn::unet::grow`); the id is the parameter's index.
    Growth = 9,
}

impl Purpose {
    /// All of them, in the order of their numbers.
    #[cfg(feature = "remote")]
    pub const ALL: [Self; 9] = [
        Self::Init,
        Self::Training,
        Self::Sampling,
        Self::Augmentation,
        Self::Evaluation,
        Self::DataOrder,
        Self::Resampling,
        Self::Explanation,
        Self::Growth,
    ];
}

/// The id of the [`Purpose::Sampling`] stream of `image` at `step`: step 0 is x_T, step s ≥ 1 is the z of the s-th
/// reverse step.
pub fn sample_id(image: u32, step: u32) -> u64 {
    u64::from(image) | u64::from(step) << 32
}

/// The sequence of random numbers for one (seed, purpose, id); it repeats after 2³⁴ words.
#[derive(Debug, Clone)]
pub struct Stream {
    key: [u32; 2],
    purpose: u32,
    id: [u32; 2],
    /// The number of the next block of four words.
    block: u32,
    /// The words of the current block.
    words: [u32; 4],
    /// How many of `words` were returned already.
    used: usize,
}

impl Stream {
    /// The stream for these three, at its beginning.
    pub fn new(seed: u64, purpose: Purpose, id: u64) -> Self {
        Self {
            key: [seed as u32, (seed >> 32) as u32],
            purpose: purpose as u32,
            id: [id as u32, (id >> 32) as u32],
            block: 0,
            words: [0; 4],
            used: 4,
        }
    }

    /// The next 32 uniformly distributed bits.
    pub fn word(&mut self) -> u32 {
        if self.used == 4 {
            let counter = [self.block, self.id[0], self.id[1], self.purpose];
            self.words = philox(counter, self.key);
            self.block = self.block.wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// A number uniformly distributed over the multiples of 2⁻²⁴ in [0, 1), from one word.
    pub fn uniform(&mut self) -> f32 {
        (self.word() >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// A whole number uniformly distributed below `bound`, from one word, by Lemire's multiplication (Lemire 2019, "Fast
    /// random integer generation in an interval") without its rejection step. The bias that remains, bound/2³², is far
    /// below what a run here could show.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.word()) * u64::from(bound)) >> 32) as u32
    }

    /// Fills `out` with standard Gaussian numbers by Box–Muller, two from two words. Because the uniform numbers have 24
    /// bits, |z| ≤ 5.77.
    pub fn fill_gaussian(&mut self, out: &mut [f32]) {
        for pair in out.chunks_mut(2) {
            // 1 − u lies in (0, 1], so the logarithm is finite.
            let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
            let (sin, cos) = (std::f32::consts::TAU * self.uniform()).sin_cos();
            pair[0] = radius * cos;
            if let Some(second) = pair.get_mut(1) {
                *second = radius * sin;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of the Random123 library (kat_vectors, philox4x32 with 10 rounds).
    #[test]
    fn philox_known_answers() {
        assert_eq!(
            philox([0; 4], [0; 2]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox(
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn gaussian_moments() {
        let mut z = vec![0.0; 200_000];
        Stream::new(5, Purpose::Training, 9).fill_gaussian(&mut z);
        let n = z.len() as f64;
        let moment = |k: i32| z.iter().map(|&v| f64::from(v).powi(k)).sum::<f64>() / n;
        // Each bound is four standard errors of its moment.
        assert!(moment(1).abs() < 4.0 / n.sqrt());
        assert!((moment(2) - 1.0).abs() < 4.0 * (2.0 / n).sqrt());
        assert!(moment(3).abs() < 4.0 * (15.0 / n).sqrt());
        assert!((moment(4) - 3.0).abs() < 4.0 * (96.0 / n).sqrt());
    }

    #[test]
    fn streams_differ_by_every_part_of_their_name() {
        let first = |seed, purpose, id| Stream::new(seed, purpose, id).word();
        let base = first(1, Purpose::Sampling, sample_id(3, 4));
        assert_ne!(base, first(2, Purpose::Sampling, sample_id(3, 4)));
        assert_ne!(base, first(1 << 32 | 1, Purpose::Sampling, sample_id(3, 4)));
        assert_ne!(base, first(1, Purpose::Training, sample_id(3, 4)));
        assert_ne!(base, first(1, Purpose::Sampling, sample_id(4, 3)));
        assert_eq!(base, first(1, Purpose::Sampling, sample_id(3, 4)));
    }

    #[test]
    fn below_is_uniform() {
        let mut stream = Stream::new(11, Purpose::Training, 0);
        let mut counts = [0u32; 10];
        for _ in 0..100_000 {
            counts[stream.below(10) as usize] += 1;
        }
        // Each count is binomial(100000, 0.1): five standard deviations are 474.
        assert!(counts.iter().all(|&c| c.abs_diff(10_000) < 474));
    }
}
