//! Training on images of one's own, and weights that other programs wrote.

use std::fs;
use std::path::Path;

use ddpm::checkpoint::{self, Dtype};
use ddpm::nn::unet::UNet;

use crate::{fail, folder, run, succeed, train};

/// A PNG file of 30×20 pixels, dark on white: a bar that stands at `x`.
fn picture(path: &Path, x: usize) {
    let pixels: Vec<u8> = (0..600)
        .map(|index| match (index % 30 / 3 == x, index / 30) {
            (true, 3..=16) => 20,
            _ => 250,
        })
        .collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 30, 20);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    fs::write(path, file).unwrap();
}

#[test]
fn a_folder_of_pictures_trains_a_network_of_its_classes() {
    let folder = folder();
    for (part, class, count) in [("train", "cat", 5), ("train", "dog", 3), ("test", "dog", 2)] {
        let place = folder.path().join("pets").join(part).join(class);
        fs::create_dir_all(&place).unwrap();
        for index in 0..count {
            picture(&place.join(format!("{index}.png")), index);
        }
    }
    let described = run(
        &folder,
        &["data", "--data", "pets", "--preview", "seen.png"],
    );
    let notes = String::from_utf8(described.stderr).unwrap();
    assert!(
        notes.contains("--invert=true --transpose=false --fit whole"),
        "{notes}"
    );
    let described = String::from_utf8(described.stdout).unwrap();
    assert!(described.contains("images        8"), "{described}");
    assert!(described.contains("class 0       5 cat"), "{described}");
    let seen = fs::read(folder.path().join("seen.png")).unwrap();
    assert!(seen.starts_with(b"\x89PNG"));
    let tests = succeed(
        &folder,
        &["data", "--data", "pets", "--test", "--invert=false"],
    );
    assert!(tests.contains("images        2"), "{tests}");
    // Bright paper is left as it is.
    assert!(tests.contains("mean          0.6"), "{tests}");

    let own = [
        "train",
        "--data",
        "pets",
        "--preset",
        "tiny",
        "--batch-size",
        "4",
    ];
    let brief = ["--max-steps", "2", "--out", "pets.safetensors"];
    succeed(&folder, &[&own[..], &brief].concat());
    let info = succeed(&folder, &["info", "pets.safetensors"]);
    assert!(info.contains("classes       2 (cat, dog)"), "{info}");
    let refused = fail(
        &folder,
        &["sample", "--weights", "pets.safetensors", "--class", "2"],
    );
    assert!(refused.contains("0 to 1"), "{refused}");
}

#[test]
fn weights_without_a_description_are_given_one() {
    let folder = folder();
    succeed(&folder, &train(&["w.safetensors", "--max-steps", "1"]));
    let path = |name: &str| folder.path().join(name);
    let read = |name: &str| checkpoint::decode(&fs::read(path(name)).unwrap(), UNet::layout);
    // A file as PyTorch writes it: the tensors, and nothing about them.
    let whole = fs::read(path("w.safetensors")).unwrap();
    let length = u64::from_le_bytes(*whole.first_chunk().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&whole[8..8 + length]).unwrap();
    let mut header = header.as_object().unwrap().clone();
    header.remove("__metadata__").unwrap();
    let text = serde_json::to_vec(&header).unwrap();
    let mut bare = (text.len() as u64).to_le_bytes().to_vec();
    bare.extend(text);
    bare.extend(&whole[8 + length..]);
    fs::write(path("bare.safetensors"), bare).unwrap();

    let describe = ["describe", "bare.safetensors", "--out", "d.safetensors"];
    let recipe = [
        "--timesteps",
        "100",
        "--prediction",
        "v",
        "--schedule",
        "cosine",
    ];
    let said = succeed(&folder, &[&describe[..], &recipe].concat());
    assert!(said.contains("T = 100"), "{said}");
    let described = read("d.safetensors").unwrap();
    assert!(!described.meta.assumed);
    assert_eq!(described.meta.train.timesteps, 100);
    assert_eq!(described.meta.train.prediction.name(), "v");
    assert_eq!(described.values, read("w.safetensors").unwrap().values);
    assert_eq!(Dtype::exact(&described.values), Dtype::F32);
    let refused = fail(
        &folder,
        &["describe", "w.safetensors", "--out", "e.safetensors"],
    );
    assert!(
        refused.contains("says how its weights were trained"),
        "{refused}"
    );
}
