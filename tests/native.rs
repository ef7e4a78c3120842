//! The shared test bodies on the CPU backend.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use ddpm::data::{Dataset, Split};
use ddpm::evaluation::accuracy::accuracy;
use ddpm::evaluation::classifier::Classifier;
use ddpm::nn::unet::{Preset, UNet};
use ddpm::runtime::Runtime;
use pollster::block_on;
use support::{agreement, gradients, ops, runs, taps, vectors, worker_pool};

#[test]
fn forward_agrees_with_pytorch() {
    block_on(agreement::forward_agrees(&Runtime::cpu()));
}

#[test]
fn gradients_agree_with_pytorch() {
    block_on(agreement::gradients_agree(&Runtime::cpu()));
}

#[test]
fn objectives_agree_with_pytorch() {
    block_on(agreement::objectives_agree(&Runtime::cpu()));
}

#[test]
fn bounds_agree_with_pytorch() {
    block_on(agreement::bounds_agree(&Runtime::cpu()));
}

#[test]
fn optimizer_agrees_with_pytorch() {
    block_on(agreement::optimizer_agrees(&Runtime::cpu()));
}

#[test]
fn training_learns() {
    block_on(runs::training_learns(30, &Runtime::cpu()));
}

#[test]
fn the_first_recipe_keeps_its_losses() {
    block_on(runs::the_first_recipe_keeps_its_losses(&Runtime::cpu()));
}

#[test]
fn resume_is_exact() {
    block_on(runs::resume_is_exact(&Runtime::cpu()));
}

#[test]
fn divergence_keeps_the_last_good_state() {
    block_on(runs::divergence_keeps_the_last_good_state(&Runtime::cpu()));
}

#[test]
fn a_batch_may_be_split_among_workers() {
    block_on(worker_pool::shards_agree(&Runtime::cpu()));
    block_on(worker_pool::runs_agree(&Runtime::cpu()));
    block_on(worker_pool::a_pool_that_fails_is_dropped(&Runtime::cpu()));
    block_on(worker_pool::two_networks_are_kept(&Runtime::cpu()));
}

#[test]
fn sampling_is_repeatable() {
    block_on(runs::sampling_is_repeatable(&Runtime::cpu()));
}

#[test]
fn convolutions_agree_with_burn() {
    block_on(ops::conv_agrees(&ops::CONVS, &Runtime::cpu()));
}

#[test]
fn group_norms_agree_with_burn() {
    block_on(ops::group_norm_agrees(&Runtime::cpu()));
}

#[test]
fn noise_agrees_with_the_generator() {
    block_on(vectors::noise_agrees(&Runtime::cpu()));
}

#[test]
fn attention_agrees_with_burn() {
    block_on(ops::attention_agrees(&Runtime::cpu()));
}

#[test]
fn taps_see_what_is_documented() {
    block_on(taps::activations_are_as_documented(&Runtime::cpu()));
    block_on(taps::attention_map_reproduces_attention(&Runtime::cpu()));
}

#[test]
fn kernel_gradients_agree_with_differences() {
    block_on(gradients::gradients_agree_with_differences(&Runtime::cpu()));
}

/// The shipped classifier has the accuracy that its file names.
#[test]
fn the_shipped_classifier_reads_digits() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("www");
    let bytes = std::fs::read(root.join("weights/classifier.safetensors")).unwrap();
    assert!(bytes.len() < 1_000_000, "{} bytes", bytes.len());
    let (meta, values) = ddpm::evaluation::classifier_file::decode_classifier(&bytes).unwrap();
    assert!(meta.accuracy >= 0.994, "{}", meta.accuracy);
    let test = Dataset::open(&root.join("data/mnist"), Split::Test, &mut Vec::new()).unwrap();
    let runtime = Runtime::cpu();
    let classifier = Classifier::load(&values, runtime.context());
    let classes = block_on(classifier.classify(&test.images, runtime.context(), async |_| Ok(())))
        .unwrap()
        .classes();
    let accuracy = accuracy(&classes, &test.labels).value;
    // Another processor may round differently and so decide otherwise on an ambiguous image.
    assert!(
        (accuracy - meta.accuracy).abs() < 3e-4,
        "{accuracy}, not {}",
        meta.accuracy
    );
}

/// The shipped weights are small enough for a phone, and their metadata says how they were made and how good they are.
#[test]
fn the_shipped_weights_describe_themselves() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("www");
    let bytes = std::fs::read(root.join("weights/small.safetensors")).unwrap();
    assert!(bytes.len() <= 1_400_000, "{} bytes", bytes.len());
    let checkpoint = ddpm::checkpoint::decode(&bytes, UNet::layout).unwrap();
    let meta = checkpoint.meta;
    assert_eq!(meta.unet, Preset::Small.config());
    assert!(meta.step > 0 && meta.loss.is_some() && meta.commit.is_some());
    assert!(!meta.origin.is_empty());
    assert!(meta.figures["Accuracy, %"] >= 99.0);
    // A classifier that has seen 4,000 real digits knows half a percent less than one that has seen 10,000 (docs/quality.md).
    let score = if meta.figures["Drawn digits"] < 10_000.0 {
        96.5
    } else {
        97.5
    };
    assert!(meta.figures["Classification accuracy score, %"] >= score);
    for name in [
        "Fréchet distance",
        "Fréchet distance of real digits",
        "Bits/dim",
    ] {
        assert!(meta.figures.contains_key(name), "{name}");
    }
}

#[test]
fn adam_agrees_with_64_bit_numbers() {
    block_on(vectors::adam_agrees(&Runtime::cpu()));
}
