//! PyTorch and diffusers beside the command line: `examples/python/` wrote the fixtures (`tests/fixtures/python/README.md`).

use std::path::Path;

use tempfile::TempDir;

use super::{fail, succeed};

/// A file of the repository.
fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    path.to_str().unwrap().into()
}

fn numbers(path: &Path) -> (Vec<f32>, Vec<u64>) {
    let bytes = std::fs::read(path).unwrap();
    let file = npyz::NpyFile::new(&bytes[..]).unwrap();
    let shape = file.shape().to_vec();
    (file.into_vec().unwrap(), shape)
}

/// The largest difference of a number between −1 and 1 that is allowed. A grey level is 1/127.5.
const TOLERANCE: f32 = 1e-3;

#[test]
fn diffusers_schedulers_draw_the_same_digits() {
    let folder = TempDir::new().unwrap();
    let weights = file("www/weights/small.safetensors");
    let with_class = "--class all --cfg-scale 1.5 --eta 0";
    for (sampler, name, options) in [
        ("ddpm", "ddpm", with_class),
        ("ddim", "ddim", with_class),
        ("dpm++2m", "dpm++2m", with_class),
        // Led away from the weights' guide, with the scale that the file names.
        ("dpm++2m", "dpm++2m-none", "--class none --eta 0"),
    ] {
        let (theirs, shape) = numbers(Path::new(&file(&format!(
            "tests/fixtures/python/{name}.npy"
        ))));
        assert_eq!(shape, [4, 28, 28]);
        let common =
            "sample --count 4 --seed 3 --steps 20 --spacing trailing --float --out ours.npy";
        let mut arguments: Vec<&str> = common.split(' ').chain(options.split(' ')).collect();
        arguments.extend(["--weights", &weights, "--sampler", sampler]);
        succeed(&folder, &arguments);
        let (ours, shape) = numbers(&folder.path().join("ours.npy"));
        assert_eq!(shape, [4, 28, 28]);
        let differences = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs());
        let largest = differences.fold(0.0, f32::max);
        assert!(largest < TOLERANCE, "{name}: {largest}");
        // A digit has both black and white in it.
        assert!(ours.iter().any(|&v| v > 0.9) && ours.iter().any(|&v| v < -0.9));
    }
}

#[test]
fn numbers_do_not_go_into_a_picture() {
    let folder = TempDir::new().unwrap();
    let weights = file("www/weights/small.safetensors");
    let error = fail(
        &folder,
        &["sample", "--weights", &weights, "--float", "--out", "x.png"],
    );
    assert!(error.contains("end in .npy"), "{error}");
}

#[test]
fn weights_that_pytorch_has_trained_are_read() {
    let folder = TempDir::new().unwrap();
    let weights = file("tests/fixtures/python/weights.safetensors");
    let info = succeed(&folder, &["info", &weights]);
    for part in [
        "tiny",
        "400 (0.21 epochs)",
        "Trained by PyTorch (examples/python/train.py)",
    ] {
        assert!(info.contains(part), "{part}: {info}");
    }
    let out = folder.path().join("digits.npy");
    succeed(
        &folder,
        &[
            "sample",
            "--weights",
            &weights,
            "--count",
            "2",
            "--steps",
            "4",
            "--out",
            out.to_str().unwrap(),
        ],
    );
    assert_eq!(std::fs::metadata(out).unwrap().len(), 128 + 2 * 784);
}
