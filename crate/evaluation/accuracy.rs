//! Labels against labels: accuracy, and how often each digit occurs.

use crate::nn::unet::CLASSES;

/// Share of places at which the two agree, 0 to 1.
///
/// # Panics
/// If they differ in length or are empty.
pub fn accuracy(found: &[u8], expected: &[u8]) -> f64 {
    assert_eq!(found.len(), expected.len(), "a label for each image");
    assert!(!found.is_empty(), "at least one image");
    let right = found.iter().zip(expected).filter(|(a, b)| a == b).count();
    right as f64 / found.len() as f64
}

/// [`accuracy`] among the images that should be each digit; `None` where there is no such image.
///
/// # Panics
/// As [`accuracy`].
pub fn accuracy_by_class(found: &[u8], expected: &[u8]) -> [Option<f64>; CLASSES] {
    assert_eq!(found.len(), expected.len(), "a label for each image");
    std::array::from_fn(|class| {
        let (found, expected): (Vec<u8>, Vec<u8>) = found
            .iter()
            .zip(expected)
            .filter(|&(_, &label)| usize::from(label) == class)
            .unzip();
        (!found.is_empty()).then(|| accuracy(&found, &expected))
    })
}

/// Share of each digit, adding up to 1.
///
/// # Panics
/// If a label is above 9 or there is none.
pub fn histogram(labels: &[u8]) -> [f64; CLASSES] {
    assert!(!labels.is_empty(), "at least one image");
    let mut counts = [0u32; CLASSES];
    for &label in labels {
        counts[usize::from(label)] += 1;
    }
    counts.map(|count| f64::from(count) / labels.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_counts_agreements() {
        assert_eq!(accuracy(&[1, 2, 3, 4], &[1, 2, 0, 4]), 0.75);
        let by_class = accuracy_by_class(&[1, 2, 1, 4], &[1, 1, 1, 4]);
        assert_eq!(by_class[1], Some(2.0 / 3.0));
        assert_eq!((by_class[4], by_class[2]), (Some(1.0), None));
    }

    #[test]
    fn histogram_gives_shares() {
        let shares = histogram(&[0, 0, 9, 3]);
        assert_eq!((shares[0], shares[3], shares[9]), (0.5, 0.25, 0.25));
        assert_eq!(shares.iter().sum::<f64>(), 1.0);
    }
}
