//! A data set in memory: images with their labels.

use serde::{Deserialize, Serialize};

use super::error::DataError;
use super::{class_names, idx};
use crate::images::fingerprint;
use crate::nn::unet::{CLASSES, MAX_CLASSES, PIXELS};

/// Images with their labels. A parsed data set has at least one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// The pixels of all images, [N, 28, 28], from 0 (background) to 255 (ink).
    pub images: Vec<u8>,
    /// The class of each image, `[N]`, from 0 to 61.
    pub labels: Vec<u8>,
    /// The name that the page and messages show.
    pub name: String,
    /// What the classes are called, one name for each; empty where they are digits or not known.
    pub class_names: Vec<String>,
}

impl Dataset {
    /// Makes a data set whose classes are digits, or have no names for another reason. `images`: [N, 28, 28], `labels`: `[N]`.
    pub fn of_digits(images: Vec<u8>, labels: Vec<u8>, name: impl Into<String>) -> Dataset {
        Dataset {
            images,
            labels,
            name: name.into(),
            class_names: Vec::new(),
        }
    }

    /// Makes a data set from the contents of an image file and a label file in the idx format, already inflated.
    ///
    /// # Errors
    /// Those of [`idx::parse_images`] and [`idx::parse_labels`], and `idx_count` if the two files do not hold the same
    /// number.
    pub fn parse(
        image_file: &[u8],
        label_file: &[u8],
        name: impl Into<String>,
    ) -> Result<Dataset, DataError> {
        let images = idx::parse_images(image_file)?;
        let labels = idx::parse_labels(label_file)?;
        idx::check_pair(images.len() / PIXELS, labels.len())?;
        let name = name.into();
        Ok(Dataset {
            images: images.to_vec(),
            class_names: class_names::known(&name, &labels),
            labels,
            name,
        })
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image. A parsed data set has one at least.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The number of classes: one more than the largest label, or as many as have names.
    pub fn classes(&self) -> usize {
        let largest = self.labels.iter().max();
        let labelled = largest.map_or(0, |&label| usize::from(label) + 1);
        labelled.max(self.class_names.len())
    }

    /// The number of classes of a network that learns from it: as many as there are, and ten at least where they are digits.
    pub fn network_classes(&self) -> usize {
        match self.class_names.len() {
            0 => self.classes().max(CLASSES),
            _ => self.classes(),
        }
    }

    /// What distinguishes this data set from others, whatever its files are called. It reads every pixel.
    pub fn id(&self) -> DatasetId {
        DatasetId {
            name: self.name.clone(),
            images: self.len() as u32,
            fingerprint: fingerprint(&self.images) + &fingerprint(&self.labels),
        }
    }

    /// The 784 pixels of image `index`.
    ///
    /// # Panics
    /// If `index` is not below [`Dataset::len`].
    pub fn image(&self, index: usize) -> &[u8] {
        &self.images[index * PIXELS..][..PIXELS]
    }

    /// Splits the data set in two: `count` images for validation, which lie as far apart as can be, and all others, which the
    /// network learns from. Both parts keep the name and the classes.
    ///
    /// # Panics
    /// If nothing would be left on one of the sides.
    pub fn hold_out(&self, count: usize) -> [Dataset; 2] {
        assert!(
            (1..self.len()).contains(&count),
            "{count} of {}",
            self.len()
        );
        let mut parts = [(); 2].map(|()| Dataset {
            images: Vec::new(),
            labels: Vec::new(),
            name: self.name.clone(),
            class_names: self.class_names.clone(),
        });
        let mut held = spread(self.len(), count).peekable();
        for index in 0..self.len() {
            let part = &mut parts[usize::from(held.next_if_eq(&index).is_none())];
            part.images.extend(self.image(index));
            part.labels.push(self.labels[index]);
        }
        parts
    }

    /// The pixels of at most `count` images, [n, 28, 28], which lie as far apart in the data set as can be.
    pub fn preview(&self, count: usize) -> Vec<u8> {
        let images = spread(self.len(), count).flat_map(|index| self.image(index));
        images.copied().collect()
    }

    /// The pixels of real images to compare samples with, [n, 28, 28].
    ///
    /// With `labels`, there is one image for each label: the first image of a class, then its second and so on, starting
    /// again at the first when all have been taken. Without `labels`, they are the first `count` images of any class, or
    /// all if there are fewer.
    ///
    /// # Errors
    /// A message for the user, if the data set has no image of a class in `labels`.
    ///
    /// # Panics
    /// If a label is above 61.
    pub fn like(&self, labels: Option<&[u8]>, count: usize) -> Result<Vec<u8>, String> {
        let Some(labels) = labels else {
            return Ok(self.images[..count.min(self.len()) * PIXELS].to_vec());
        };
        let mut of_class = vec![Vec::new(); MAX_CLASSES];
        for (index, &label) in self.labels.iter().enumerate() {
            of_class[usize::from(label)].push(index);
        }
        let mut taken = [0; MAX_CLASSES];
        let mut images = Vec::with_capacity(labels.len() * PIXELS);
        for &label in labels {
            let class = usize::from(label);
            let all = &of_class[class];
            if all.is_empty() {
                return Err(format!(
                    "{} has no image of the class {class} to compare samples with.",
                    self.name
                ));
            }
            images.extend_from_slice(self.image(all[taken[class] % all.len()]));
            taken[class] += 1;
        }
        Ok(images)
    }

    /// The summary that the page shows. It reads every pixel, which takes tens of milliseconds for MNIST.
    pub fn info(&self) -> DatasetInfo {
        // Counting how often each of the 256 values occurs keeps the sums exact, whatever the size of the data set.
        let mut pixels = [0u64; 256];
        for &p in &self.images {
            pixels[usize::from(p)] += 1;
        }
        let total = self.images.len().max(1) as f64;
        let moment = |f: &dyn Fn(f64) -> f64| {
            let terms = pixels.iter().enumerate();
            terms
                .map(|(value, &count)| f(value as f64 / 255.0) * count as f64)
                .sum::<f64>()
                / total
        };
        let mean = moment(&|x| x);
        let variance = moment(&|x| (x - mean).powi(2));

        DatasetInfo {
            name: self.name.clone(),
            images: self.len() as u32,
            classes: class_counts(&self.labels, self.network_classes()),
            class_names: self.class_names.clone(),
            mean,
            std: variance.sqrt(),
        }
    }
}

/// How often each class occurs among the labels, for at least so many classes.
pub(super) fn class_counts(labels: &[u8], at_least: usize) -> Vec<u32> {
    let mut counts = vec![0; at_least];
    for label in labels.iter().copied().map(usize::from) {
        if label >= counts.len() {
            counts.resize(label + 1, 0);
        }
        counts[label] += 1;
    }
    counts
}

/// At most `count` of the numbers below `len`, as far apart as can be.
pub(super) fn spread(len: usize, count: usize) -> impl ExactSizeIterator<Item = usize> {
    let shown = count.min(len);
    (0..shown).map(move |index| index * len / shown)
}

/// What distinguishes a data set from others: a run goes on with the same images in the same order only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct DatasetId {
    /// [`Dataset::name`].
    pub name: String,
    /// The number of images.
    pub images: u32,
    /// The fingerprints of all pixels and of all labels ([`fingerprint`]).
    pub fingerprint: String,
}

impl DatasetId {
    /// Whether they have the same images and labels; names may differ.
    pub fn is_same(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

/// A summary of a data set, for the page.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct DatasetInfo {
    /// [`Dataset::name`].
    pub name: String,
    /// The number of images.
    pub images: u32,
    /// The number of images of each class ([`Dataset::network_classes`]).
    pub classes: Vec<u32>,
    /// [`Dataset::class_names`].
    pub class_names: Vec<String>,
    /// The mean of all pixels, on a scale from 0 (background) to 1 (ink).
    pub mean: f64,
    /// The standard deviation of all pixels, on the same scale.
    pub std: f64,
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    fn files(images: usize, labels: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let pixels: Vec<u8> = (0..images * PIXELS).map(|i| (i / PIXELS) as u8).collect();
        (idx::write_images(&pixels), idx::write_labels(labels))
    }

    #[test]
    fn images_and_labels_stay_together() {
        let (images, labels) = files(3, &[7, 8, 9]);
        let data = Dataset::parse(&images, &labels, "three").unwrap();
        assert_eq!((data.len(), data.is_empty()), (3, false));
        assert_eq!(data.image(2), [2; PIXELS]);
        assert_eq!(data.labels, [7, 8, 9]);
    }

    #[test]
    fn counts_must_agree() {
        let (images, labels) = files(3, &[7, 8]);
        let error = Dataset::parse(&images, &labels, "").unwrap_err();
        assert_eq!(error.code(), "idx_count");
        assert!(error.to_string().contains("3 images but 2 labels"));
    }

    #[test]
    fn images_of_the_same_classes() {
        let (images, labels) = files(4, &[7, 8, 7, 9]);
        let data = Dataset::parse(&images, &labels, "four").unwrap();
        let firsts = |images: Vec<u8>| -> Vec<u8> { images.into_iter().step_by(PIXELS).collect() };
        let like = |labels: &[u8]| data.like(Some(labels), 0).map(firsts);
        assert_eq!(like(&[7, 9, 7, 7]).unwrap(), [0, 3, 2, 0]);
        let error = like(&[8, 5]).unwrap_err();
        assert!(
            error.contains("four") && error.contains("class 5"),
            "{error}"
        );
        assert_eq!(firsts(data.like(None, 3).unwrap()), [0, 1, 2]);
        assert_eq!(firsts(data.like(None, 9).unwrap()), [0, 1, 2, 3]);
    }

    #[test]
    fn what_is_held_out_is_not_learned_from() {
        let (images, labels) = files(10, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let data = Dataset::parse(&images, &labels, "ten").unwrap();
        let [held, rest] = data.hold_out(3);
        assert_eq!(held.labels, [0, 3, 6]);
        assert_eq!(rest.labels, [1, 2, 4, 5, 7, 8, 9]);
        assert_eq!(rest.image(2), [4; PIXELS]);
        assert_eq!((&held.name[..], rest.len()), ("ten", 7));
    }

    #[test]
    fn info_describes_the_pixels() {
        let pixels: Vec<u8> = (0..2 * PIXELS).map(|i| 255 * (i % 2) as u8).collect();
        let data = Dataset::of_digits(pixels, vec![3, 3], "stripes");
        let info = data.info();
        assert_eq!(
            (info.images, info.classes[3], info.classes.len()),
            (2, 2, 10)
        );
        assert_eq!((info.mean, info.std), (0.5, 0.5));
    }
}
