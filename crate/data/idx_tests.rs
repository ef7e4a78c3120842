//! The idx format: what is written is read back, and every wrong file is refused by name.

use proptest::prelude::*;

use super::*;

fn pixels(count: usize) -> Vec<u8> {
    (0..count * PIXELS).map(|i| (i % 251) as u8).collect()
}

fn code<T: std::fmt::Debug>(result: Result<T, DataError>) -> (&'static str, String) {
    let error = result.expect_err("must be refused");
    (error.code(), error.to_string())
}

#[test]
fn the_writers_follow_the_format() {
    let file = write_images(&pixels(3));
    assert_eq!(
        file[..16],
        [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 28, 0, 0, 0, 28]
    );
    let file = write_labels(&[5, 0, 4]);
    assert_eq!(file, [0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]);
}

#[test]
fn a_label_file_offered_as_images_is_named() {
    let (code_, message) = code(parse_images(&write_labels(&[1, 2])));
    assert_eq!(code_, "idx_magic");
    assert!(message.contains("this is a label file"), "{message}");
    let (code_, message) = code(parse_labels(&write_images(&pixels(1))));
    assert_eq!(code_, "idx_magic");
    assert!(message.contains("this is an image file"), "{message}");
}

#[test]
fn other_files_are_named() {
    let (code_, message) = code(parse_images(&[0x1f, 0x8b, 8, 0, 0, 0]));
    assert_eq!(code_, "idx_magic");
    assert!(message.contains("gzip"), "{message}");
    let (code_, message) = code(parse_images(b"\x89PNG\r\n"));
    assert_eq!(code_, "idx_magic");
    assert!(message.contains("no idx file"), "{message}");
}

#[test]
fn wrong_sizes_and_counts_are_refused() {
    let mut file = write_images(&pixels(2));
    file[11] = 32;
    let (code_, message) = code(parse_images(&file));
    assert_eq!(code_, "idx_size");
    assert!(message.contains("32×28"), "{message}");

    assert_eq!(code(parse_images(&write_images(&[]))).0, "idx_count");

    let mut file = write_images(&pixels(2));
    file[4..8].fill(0xff);
    let (code_, message) = code(parse_images(&file));
    assert_eq!(code_, "idx_truncated");
    assert!(
        message.contains("3367254359296 bytes expected, 1584 found"),
        "{message}"
    );
}

#[test]
fn wrong_lengths_are_refused() {
    let file = write_images(&pixels(2));
    for cut in [0, 3, 4, 15, 16, 1000, file.len() - 1] {
        assert_eq!(code(parse_images(&file[..cut])).0, "idx_truncated", "{cut}");
    }
    let mut long = file.clone();
    long.push(0);
    assert_eq!(code(parse_images(&long)).0, "idx_trailing");
    assert_eq!(
        code(parse_labels(&[0, 0, 8, 1, 0, 0, 0, 2, 1])).0,
        "idx_truncated"
    );
    assert_eq!(
        code(parse_labels(&[0, 0, 8, 1, 0, 0, 0, 0, 1])).0,
        "idx_trailing"
    );
}

#[test]
fn a_label_above_61_is_located() {
    let (code_, message) = code(parse_labels(&write_labels(&[1, 61, 62, 63])));
    assert_eq!(code_, "idx_label");
    assert!(
        message.contains("number 2") && message.contains("is 62"),
        "{message}"
    );
}

/// QMNIST's labels: eight 32-bit numbers for each image, the first of which is the class.
#[test]
fn the_first_column_of_larger_labels_is_taken() {
    let file = |magic: u32, dimensions: &[u32], values: &[u8]| {
        let words = [&[magic], dimensions].concat();
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes.extend(values);
        bytes
    };
    let wide = |rows: &[[i32; 8]]| -> Vec<u8> {
        let numbers = rows.iter().flatten();
        numbers.flat_map(|n| n.to_be_bytes()).collect()
    };
    let rows = [[5, 0, 2100, 11, -1, 0, 0, 0], [0, 1, 3, 0, 0, 0, 0, 0]];
    let qmnist = file(0x0c02, &[2, 8], &wide(&rows));
    assert_eq!(parse_labels(&qmnist).unwrap(), [5, 0]);
    assert_eq!(
        parse_labels(&file(0x0802, &[2, 3], &[7, 1, 1, 8, 2, 2])).unwrap(),
        [7, 8]
    );
    assert_eq!(
        parse_labels(&file(0x0b01, &[2], &[0, 9, 0, 61])).unwrap(),
        [9, 61]
    );
    assert!(
        parse_labels(&file(0x0c02, &[0, 8], &[]))
            .unwrap()
            .is_empty()
    );
    assert_eq!(code(parse_labels(&qmnist[..40])).0, "idx_truncated");
    assert_eq!(
        code(parse_labels(&file(0x0c02, &[u32::MAX; 2], &[1; 99]))).0,
        "idx_truncated"
    );
    assert_eq!(
        code(parse_labels(&file(0x0c02, &[3, 0], &[]))).0,
        "idx_count"
    );
    for bad in [-1, 62, 256, i32::MIN] {
        let (code_, message) = code(parse_labels(&file(0x0c02, &[1, 8], &wide(&[[bad; 8]]))));
        assert_eq!(code_, "idx_label");
        assert!(message.contains(&format!("is {bad}")), "{message}");
    }
    for other in [0x0d01, 0x0c03, 0x0801_0000] {
        assert_eq!(
            code(parse_labels(&file(other, &[1], &[1]))).0,
            "idx_magic",
            "{other:x}"
        );
    }
}

proptest! {
    #[test]
    fn images_make_the_round_trip(count in 1usize..5, seed: u8) {
        let pixels: Vec<u8> = pixels(count).iter().map(|p| p.wrapping_mul(seed)).collect();
        let file = write_images(&pixels);
        prop_assert_eq!(parse_images(&file).unwrap(), &pixels[..]);
    }

    #[test]
    fn labels_make_the_round_trip(labels in prop::collection::vec(0u8..10, 0..100)) {
        let file = write_labels(&labels);
        prop_assert_eq!(parse_labels(&file).unwrap(), labels);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = parse_images(&bytes);
        let _ = parse_labels(&bytes);
    }

    /// Headers that begin with the right word: arbitrary bytes hardly ever do, so they do not reach the checks behind it.
    #[test]
    fn arbitrary_headers_never_panic(
        words in prop::collection::vec(prop_oneof![Just(28u32), any::<u32>()], 0..4),
        tail in prop::collection::vec(any::<u8>(), 0..900),
    ) {
        for magic in [0x0803u32, 0x0801, 0x0802, 0x0b02, 0x0c01, 0x0c02] {
            let mut file = magic.to_be_bytes().to_vec();
            file.extend(words.iter().flat_map(|w| w.to_be_bytes()));
            file.extend(&tail);
            let _ = parse_images(&file);
            let _ = parse_labels(&file);
        }
    }
}
