//! Comparisons of labels: the accuracy, for all images and by class, and how often each digit occurs.

use super::bootstrap::Estimate;
use crate::nn::unet::CLASSES;

/// The fraction of positions at which the labels `found` and `expected` are equal, 0 to 1.
///
/// # Panics
/// If the two differ in length or are empty.
pub fn accuracy(found: &[u8], expected: &[u8]) -> Estimate {
    assert_eq!(found.len(), expected.len(), "a label for each image");
    assert!(!found.is_empty(), "at least one image");
    Estimate::share(found.iter().zip(expected).map(|(a, b)| a == b))
}

/// The [`accuracy`] among the images of each expected class; `None` for a class that `expected` does not contain.
///
/// # Panics
/// If the two differ in length.
pub fn accuracy_by_class(found: &[u8], expected: &[u8]) -> [Option<Estimate>; CLASSES] {
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

/// How often each digit was found where each was expected: `[expected][found]`. Labels above 9 are left out.
///
/// # Panics
/// If the two differ in length.
pub fn confusion(found: &[u8], expected: &[u8]) -> [[u32; CLASSES]; CLASSES] {
    assert_eq!(found.len(), expected.len(), "a label for each image");
    let mut counts = [[0; CLASSES]; CLASSES];
    for (&found, &expected) in found.iter().zip(expected) {
        let row = counts.get_mut(usize::from(expected));
        if let Some(count) = row.and_then(|row| row.get_mut(usize::from(found))) {
            *count += 1;
        }
    }
    counts
}

/// The fraction of `labels` that is each digit; if no label is above 9, the ten fractions add up to 1.
///
/// # Panics
/// If `labels` is empty.
pub fn histogram(labels: &[u8]) -> [Estimate; CLASSES] {
    assert!(!labels.is_empty(), "at least one image");
    let shares = |counts: &[u32]| {
        let mut found = [0; CLASSES];
        for (&label, count) in labels.iter().zip(counts) {
            if let Some(found) = found.get_mut(usize::from(label)) {
                *found += count;
            }
        }
        found.map(|found| f64::from(found) / labels.len() as f64)
    };
    Estimate::of(labels.len(), shares).map(|share| share.within(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_counts_agreements() {
        assert_eq!(accuracy(&[1, 2, 3, 4], &[1, 2, 0, 4]).value, 0.75);
        let by_class = accuracy_by_class(&[1, 2, 1, 4], &[1, 1, 1, 4]);
        let values = by_class.map(|accuracy| accuracy.map(|accuracy| accuracy.value));
        assert_eq!(values[1], Some(2.0 / 3.0));
        assert_eq!((values[4], values[2]), (Some(1.0), None));
    }

    #[test]
    fn confusion_counts_each_pair() {
        let counts = confusion(&[1, 2, 1, 4, 7], &[1, 1, 1, 4, 12]);
        assert_eq!((counts[1][1], counts[1][2], counts[4][4]), (2, 1, 1));
        assert_eq!(counts.as_flattened().iter().sum::<u32>(), 4);
    }

    #[test]
    fn histogram_gives_fractions() {
        let fractions = histogram(&[0, 0, 9, 3]).map(|share| share.value);
        assert_eq!(
            (fractions[0], fractions[3], fractions[9]),
            (0.5, 0.25, 0.25)
        );
        assert_eq!(fractions.iter().sum::<f64>(), 1.0);
    }
}
