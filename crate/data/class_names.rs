//! What the classes of well-known data sets are called.

use crate::images::fingerprint;

/// Fashion-MNIST's (<https://github.com/zalandoresearch/fashion-mnist>).
const FASHION: [&str; 10] = [
    "T-shirt", "Trousers", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot",
];
/// The fingerprints of the labels of its training and of its test images. Its files are called like those of MNIST.
const FASHION_LABELS: [&str; 2] = ["b9f71c71bae5f277", "25bdf8123f06fac3"];

/// Kuzushiji-MNIST's (<https://github.com/rois-codh/kmnist>).
const KUZUSHIJI: [&str; 10] = ["お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を"];

/// The lower-case letters that EMNIST's `balanced` and `bymerge` tell from the capitals
/// (Cohen, Afshar, Tapson and van Schaik 2017, <https://arxiv.org/abs/1702.05373>).
const TOLD_APART: &str = "abdefghnqrt";

/// The part of a file's path that may name its data set, in lower case: the file and the folder that it lies in.
fn hint(path: &str) -> String {
    let mut parts: Vec<&str> = path.rsplit(['/', '\\']).take(2).collect();
    parts.reverse();
    parts.join("/").to_lowercase()
}

/// Whether the images of this set lie on their side: those of EMNIST's idx files have rows and columns exchanged.
pub fn is_transposed(name: &str) -> bool {
    hint(name).contains("emnist")
}

/// The names of the classes of the data set in the file `name`, which has these labels; empty where the set is not known, or where
/// the classes are digits.
pub fn known(name: &str, labels: &[u8]) -> Vec<String> {
    let name = hint(name);
    let has = |part: &str| name.contains(part);
    let characters = || ('0'..='9').chain('A'..='Z');
    let named: Vec<String> = if has("emnist") && has("letters") {
        // The first class has no images: labels are counted from 1.
        std::iter::once("–".to_owned())
            .chain(('A'..='Z').map(String::from))
            .collect()
    } else if has("emnist") && has("byclass") {
        characters().chain('a'..='z').map(String::from).collect()
    } else if has("emnist") && (has("balanced") || has("bymerge")) {
        characters()
            .chain(TOLD_APART.chars())
            .map(String::from)
            .collect()
    } else if has("kmnist") || has("kuzushiji") {
        KUZUSHIJI.map(str::to_owned).into()
    } else if has("fashion") || FASHION_LABELS.contains(&&fingerprint(labels)[..]) {
        FASHION.map(str::to_owned).into()
    } else {
        return Vec::new();
    };
    // A set that is only called like a known one.
    let fits = labels.iter().all(|&label| usize::from(label) < named.len());
    if fits { named } else { Vec::new() }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn known_sets_have_names() {
        let names = |name: &str| known(name, &[1, 9]);
        assert_eq!(names("fashion-mnist/train-images-idx3-ubyte.gz")[9], "Boot");
        assert_eq!(names("emnist-byclass-train-images")[36], "a");
        assert_eq!(names("EMNIST/emnist-balanced-train-images").len(), 47);
        assert_eq!(names("emnist-letters-train-images").len(), 27);
        assert_eq!(names("kmnist/train-images")[0], "お");
        for digits in [
            "mnist/train-images",
            "emnist-digits-train-images",
            "emnist-mnist-train",
        ] {
            assert!(names(digits).is_empty(), "{digits}");
        }
    }

    #[test]
    fn names_that_do_not_fit_are_not_given() {
        assert!(known("fashion", &[10]).is_empty());
        assert!(known("my/fashion/pictures/mnist/train", &[1]).is_empty());
        assert!(!is_transposed("emnist/other/train-images"));
    }
}
