//! The memory that training takes is what the page says beforehand.

#![cfg(not(target_arch = "wasm32"))]

#[path = "support/memory.rs"]
mod memory;

use std::sync::Arc;

use ddpm::data::Dataset;
use ddpm::nn::unet::{PIXELS, Preset, UNet};
use ddpm::runtime::{DeviceKind, Runtime};
use ddpm::training::{TrainConfig, Trainer};
use memory::peak;

/// The most bytes in use while a network takes two steps, with the network itself.
fn measured(preset: Preset, batch: u32) -> usize {
    let images = batch as usize;
    let data = Dataset::of_digits(vec![100; images * PIXELS], vec![3; images], "grey");
    let data = Arc::new(data);
    let runtime = Runtime::open(DeviceKind::Cpu).unwrap();
    let config = TrainConfig {
        batch_size: batch,
        ..TrainConfig::default()
    };
    let ((), most) = peak(|| {
        let mut trainer = Trainer::new(config, preset.config(), data, &runtime).unwrap();
        for _ in 0..2 {
            pollster::block_on(trainer.step()).unwrap();
        }
    });
    most
}

#[test]
fn the_estimate_is_within_a_quarter_of_what_is_measured() {
    // The first use of the device allocates what is not a run's.
    measured(Preset::Tiny, 1);
    for (preset, batch) in [
        (Preset::Tiny, 4),
        (Preset::Tiny, 32),
        (Preset::Small, 4),
        (Preset::Small, 16),
    ] {
        let unet = preset.config();
        let estimated = unet.training_bytes(UNet::layout(&unet).len(), u64::from(batch));
        let ratio = measured(preset, batch) as f64 / estimated as f64;
        assert!(
            (0.75..=1.25).contains(&ratio),
            "{} in batches of {batch}: {ratio:.2} times the estimate",
            preset.name()
        );
    }
}
