//! Five hundred damaged files from one seed, through every reader of files that people give: nothing panics, and nothing
//! allocates more than four times the file's size (gzip apart, whose content is larger by nature and has a limit of its own).

use std::io::Write;

use ddpm::checkpoint::{self, Dtype, Metadata, RunAbout, RunRecord, TrainState};
use ddpm::data::{Dataset, GivenFile, idx, sort};
use ddpm::nn::unet::{PIXELS, Preset, UNet};
use ddpm::rng::{Purpose, Stream};
use ddpm::training::TrainConfig;

#[path = "support/allocator.rs"]
mod allocator;

use allocator::peak;

/// What is allocated whatever the file: the layout of a network, messages, the tables of a decompressor.
const FIXED: usize = 1 << 20;

fn sound_files() -> Vec<(&'static str, Vec<u8>)> {
    let unet = Preset::Tiny.config();
    let layout = UNet::layout(&unet);
    let values = layout.initial(0);
    let meta = Metadata::new(unet, TrainConfig::default());
    let weights = checkpoint::encode(&layout, &values, &meta, Dtype::F16).unwrap();
    let state = TrainState {
        meta,
        params: values.clone(),
        m: values.clone(),
        v: values.clone(),
        ema: values,
        history: None,
        record: Some(RunRecord {
            about: RunAbout::default(),
            losses: vec![(1, 0.5); 10],
            samples: vec![7; PIXELS],
        }),
    };
    let state = checkpoint::encode_state(&layout, &state).unwrap();
    let images = idx::write_images(&vec![9; 20 * PIXELS]);
    let labels = idx::write_labels(&[3; 20]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&images).unwrap();
    let packed = packed.finish().unwrap();
    vec![
        ("weights", weights),
        ("run", state),
        ("images", images),
        ("labels", labels),
        ("gzip", packed),
    ]
}

/// Reads the bytes as everything that they might be.
fn read(name: &str, bytes: &[u8]) {
    let _ = checkpoint::decode(bytes, UNet::layout);
    let _ = checkpoint::decode_state(bytes, UNet::layout);
    let _ = checkpoint::is_training_state(bytes);
    let _ = Dataset::parse(bytes, bytes, "both");
    let _ = idx::parse_images(bytes);
    let _ = idx::parse_labels(bytes);
    let file = GivenFile {
        name: name.into(),
        bytes: bytes.to_vec(),
    };
    let _ = sort(vec![file]);
}

#[test]
fn damaged_files_are_refused_in_peace() {
    let sound = sound_files();
    let mut random = Stream::new(500, Purpose::Init, 0);
    let mut below = move |limit: usize| random.below(limit as u32) as usize;
    for round in 0..500 {
        let (name, file) = &sound[round % sound.len()];
        let mut file = file.clone();
        // Headers are where numbers are believed, so half of the damages are there.
        for _ in 0..=below(4) {
            let reach = if below(2) == 0 {
                file.len().min(2000)
            } else {
                file.len()
            };
            match below(4) {
                0 => file[below(reach)] ^= 1 << below(8),
                1 => file[below(reach)] = [0, 0xff, b'9', b'"'][below(4)],
                2 => {
                    let (from, to) = (below(reach), below(reach));
                    let piece = file[from..(from + 16).min(file.len())].to_vec();
                    let end = (to + piece.len()).min(file.len());
                    file[to..end].copy_from_slice(&piece[..end - to]);
                }
                _ => file.truncate(1 + below(reach)),
            }
        }
        let most = peak(|| read(name, &file));
        if *name != "gzip" {
            assert!(
                most <= 4 * file.len() + FIXED,
                "round {round}, {name}: {most} bytes for a file of {}",
                file.len()
            );
        }
    }
}
