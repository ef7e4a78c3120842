//! Pictures of every kind become the images that somebody would expect.

use std::io::{Cursor, Write};
use std::path::Path;

use serde::Deserialize;

use super::*;
use crate::data::{GivenData, idx, sort};

/// A picture of 20×40 pixels with an upright bar off its middle: `ink` on `paper`.
fn bar(ink: u8, paper: u8) -> Picture {
    let pixel = |index: usize| match (index % 20, index / 20) {
        (2..=5, 4..=23) => ink,
        _ => paper,
    };
    Picture {
        width: 20,
        height: 40,
        grey: (0..800).map(pixel).collect(),
    }
}

/// A PNG file with these values.
fn png_file(width: usize, height: usize, color: png::ColorType, values: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_color(color);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(values).unwrap();
    writer.finish().unwrap();
    file
}

fn grey_file(picture: &Picture) -> Vec<u8> {
    png_file(
        picture.width,
        picture.height,
        png::ColorType::Grayscale,
        &picture.grey,
    )
}

fn given(name: &str, bytes: Vec<u8>) -> GivenFile {
    GivenFile {
        name: name.into(),
        bytes,
    }
}

fn zip_file(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn pictures(files: Vec<GivenFile>) -> (Pictures, Vec<String>) {
    let sorted = sort(files).unwrap();
    match sorted.data {
        Some(GivenData::Pictures(pictures)) => (pictures, sorted.notes),
        other => panic!("pictures were expected, not {other:?}"),
    }
}

/// The columns and rows with something bright in them: first and last of each.
fn extent(image: &[u8]) -> [usize; 4] {
    let bright = |(index, &grey): (usize, &u8)| (grey > 64).then_some((index % SIZE, index / SIZE));
    let places: Vec<(usize, usize)> = image.iter().enumerate().filter_map(bright).collect();
    let columns = || places.iter().map(|place| place.0);
    let rows = || places.iter().map(|place| place.1);
    [
        columns().min().unwrap(),
        columns().max().unwrap(),
        rows().min().unwrap(),
        rows().max().unwrap(),
    ]
}

#[test]
fn files_are_read_as_pillow_reads_them() {
    #[derive(Deserialize)]
    struct Expected {
        width: usize,
        height: usize,
        grey: Vec<u8>,
    }
    #[derive(Deserialize)]
    struct Golden {
        pictures: std::collections::BTreeMap<String, Expected>,
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/pictures");
    let golden = std::fs::read(folder.join("pictures.json")).unwrap();
    let golden: Golden = serde_json::from_slice(&golden).unwrap();
    assert!(golden.pictures.len() >= 15);
    for (name, expected) in golden.pictures {
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        assert!(is_picture(&bytes), "{name}");
        let read = decode::decode(&bytes).unwrap();
        assert_eq!(
            (read.width, read.height),
            (expected.width, expected.height),
            "{name}"
        );
        // Decoders of JPEG round differently, and Pillow goes to grey by way of red, green and blue.
        let most = if name.ends_with("png") { 1 } else { 4 };
        let differs = |(a, b): (&u8, &u8)| a.abs_diff(*b);
        let worst = read.grey.iter().zip(&expected.grey).map(differs).max();
        assert!(worst <= Some(most), "{name}: {worst:?}");
    }
}

#[test]
fn the_whole_picture_fits_between_black_sides() {
    let (pictures, _) = pictures(vec![given("bar.png", grey_file(&bar(255, 0)))]);
    let conversion = pictures.suggested();
    assert_eq!(conversion, Conversion::default());
    let image = pictures.convert(conversion).images;
    // 20×40 becomes 14×28: the bar, from 2 to 6, lies at 0.7 of its place and 7 pixels further to the right, from 8.4 to 11.2.
    assert_eq!(extent(&image), [8, 10, 3, 16]);
    let mean = |values: &[u8]| values.iter().map(|&v| f64::from(v)).sum::<f64>();
    let (before, after) = (
        mean(&bar(255, 0).grey) / 800.0,
        mean(&image) / (14.0 * 28.0),
    );
    assert!((before - after).abs() < 2.0, "{before} {after}");
}

#[test]
fn dark_on_bright_is_turned_around_and_centred_like_mnist() {
    let (pictures, _) = pictures(vec![given("bar.png", grey_file(&bar(10, 240)))]);
    let suggested = pictures.suggested();
    assert!(suggested.invert);
    let centred = Conversion {
        fit: Fit::Centred,
        ..suggested
    };
    let image = pictures.convert(centred).images;
    // The bar of 4×20 pixels has the box's height already.
    assert_eq!(extent(&image), [12, 15, 4, 23]);
    let lying = Conversion {
        transpose: true,
        ..centred
    };
    assert_eq!(extent(&pictures.convert(lying).images), [4, 23, 12, 15]);
}

#[test]
fn a_blank_picture_stays_blank() {
    let (pictures, _) = pictures(vec![given("x.png", grey_file(&bar(0, 0)))]);
    let centred = Conversion {
        fit: Fit::Centred,
        ..Conversion::default()
    };
    assert_eq!(pictures.convert(centred).images, vec![0; PIXELS]);
}

#[test]
fn on_transparent_ground_only_the_shape_counts() {
    let drawn = |grey: u8| {
        let pixels = bar(255, 0).grey;
        let values: Vec<u8> = pixels.iter().flat_map(|&alpha| [grey, alpha]).collect();
        let file = png_file(20, 40, png::ColorType::GrayscaleAlpha, &values);
        let (pictures, _) = pictures(vec![given("bar.png", file)]);
        assert!(pictures.suggested().invert);
        pictures.convert(pictures.suggested()).images
    };
    assert_eq!(drawn(0), drawn(255));
    assert_eq!(extent(&drawn(0)), [8, 10, 3, 16]);
}

#[test]
fn idx_files_of_other_sizes_and_in_colour_are_pictures() {
    let header = |magic: u32, rest: &[u32]| -> Vec<u8> {
        let words = std::iter::once(&magic).chain(rest);
        words.flat_map(|word| word.to_be_bytes()).collect()
    };
    let mut grey = header(0x803, &[2, 32, 30]);
    grey.extend(vec![200; 2 * 32 * 30]);
    let labels = idx::write_labels(&[3, 11]);
    let (pictures_, _) = pictures(vec![given("i", grey), given("l", labels.clone())]);
    let data = pictures_.convert(Conversion::default());
    assert_eq!((data.len(), &data.labels[..]), (2, &[3, 11][..]));
    assert_eq!(data.image(1)[14 * SIZE + 14], 200);
    assert_eq!(
        data.image(1)[14 * SIZE],
        0,
        "narrower pictures have black sides"
    );

    let mut colour = header(0x804, &[2, 28, 28, 3]);
    colour.extend([255, 0, 0].repeat(2 * PIXELS));
    let (pictures_, _) = pictures(vec![given("i", colour), given("l", labels.clone())]);
    assert_eq!(
        pictures_.convert(Conversion::default()).images,
        vec![76; 2 * PIXELS]
    );

    let mut odd = header(0x804, &[2, 28, 28, 2]);
    odd.extend([0; 2].repeat(2 * PIXELS));
    let error = sort(vec![given("i", odd), given("l", labels)]).unwrap_err();
    assert_eq!(error.code(), "idx_size");
}

#[test]
fn emnist_lies_on_its_side_and_has_letters() {
    let images = idx::write_images(&[bar(255, 0).grey, vec![0; 2 * PIXELS - 800]].concat());
    let labels = idx::write_labels(&[1, 26]);
    let (pictures, _) = pictures(vec![
        given("emnist-letters-train-images-idx3-ubyte", images),
        given("emnist-letters-train-labels-idx1-ubyte", labels),
    ]);
    assert!(pictures.suggested().transpose);
    let data = pictures.convert(pictures.suggested());
    assert_eq!(data.class_names.len(), 27);
    assert_eq!(
        (&data.class_names[1][..], &data.class_names[26][..]),
        ("A", "Z")
    );
    assert_eq!((data.classes(), data.network_classes()), (27, 27));
    let upright = pictures.convert(Conversion::default());
    assert_eq!(data.image(0)[1], upright.image(0)[SIZE]);
}

#[test]
fn a_zip_file_is_a_folder() {
    let (cat, dog) = (grey_file(&bar(255, 0)), grey_file(&bar(90, 0)));
    let archive = zip_file(&[
        ("dog/1.png", &dog),
        ("cat/1.png", &cat),
        ("cat/2.png", b"\x89PNG and then nothing"),
        ("__MACOSX/cat/._1.png", b"litter"),
        ("cat/.DS_Store", b"litter"),
        ("README.txt", b"pets"),
    ]);
    let (pictures, notes) = pictures(vec![given("pets.zip", archive)]);
    assert_eq!(pictures.name(), "pets");
    assert_eq!(pictures.classes(), [1, 1]);
    let data = pictures.convert(pictures.suggested());
    assert_eq!(data.class_names, ["cat", "dog"]);
    assert_eq!(data.network_classes(), 2);
    let notes = notes.join(" ");
    assert!(
        notes.contains(
            "1 of 3 pictures could not be read and were left out, pets/cat/2.png the first"
        ),
        "{notes}"
    );
    assert!(notes.contains("pets/README.txt is no part"), "{notes}");
}

#[test]
fn idx_files_in_a_zip_file_are_found() {
    let archive = zip_file(&[
        ("train-images", &idx::write_images(&[7; PIXELS])),
        ("train-labels", &idx::write_labels(&[4])),
    ]);
    let sorted = sort(vec![given("mnist.zip", archive)]).unwrap();
    let data = sorted.data.unwrap().into_dataset();
    assert_eq!((data.len(), data.labels[0]), (1, 4));
}

#[test]
fn damaged_archives_and_pictures_are_refused_by_name() {
    let mut archive = zip_file(&[("a.png", &grey_file(&bar(255, 0)))]);
    archive.truncate(archive.len() / 2);
    let error = sort(vec![given("cut.zip", archive)]).unwrap_err();
    assert_eq!(error.code(), "zip_damaged");
    assert!(error.to_string().contains("cut.zip"), "{error}");

    let mut picture = grey_file(&bar(255, 0));
    picture.truncate(60);
    let error = sort(vec![given("cut.png", picture)]).unwrap_err();
    assert_eq!(error.code(), "picture_damaged");
    assert!(error.to_string().contains("cut.png"), "{error}");
}

#[test]
fn a_preview_shows_all_parts_of_the_set() {
    let pixels: Vec<u8> = (0..10).flat_map(|image| vec![image; 900]).collect();
    let mut images = vec![0, 0, 8, 3, 0, 0, 0, 10, 0, 0, 0, 30, 0, 0, 0, 30];
    images.extend(pixels);
    let labels = idx::write_labels(&[0; 10]);
    let pictures = Pictures::of_idx(&images, &labels, "ten").unwrap();
    let shown = pictures.preview(Conversion::default(), 5);
    let firsts: Vec<u8> = shown.into_iter().step_by(PIXELS).collect();
    assert_eq!(firsts, [0, 2, 4, 6, 8]);
    assert_eq!(
        pictures.preview(Conversion::default(), 99).len(),
        10 * PIXELS
    );
}
