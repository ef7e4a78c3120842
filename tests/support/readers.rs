//! Every reader of files that people give, each with sound files to begin from. Damaged files go through them in
//! `tests/mutations.rs` and in the fuzz targets (`fuzz/`). A reader panics where something is wrong with the program: where a
//! file makes it allocate more than [`within_limit`] allows, or where what was read is not what the file says.

use std::io::{Read, Write};
use std::sync::LazyLock;

use ddpm::checkpoint::{self, Checkpoint, Dtype, Guide, Metadata, RunAbout, RunRecord, TrainState};
use ddpm::data::{GivenData, GivenFile, SortedFiles, idx, inflate, sort};
use ddpm::diffusion::GuidanceInterval;
use ddpm::nn::unet::{PIXELS, Preset, UNet, UNetConfig};
use ddpm::nn::var_builder::Layout;
use ddpm::training::{LossCurve, LossKind, TermHistory, TimestepSampling, TrainConfig};

use super::memory::within_limit;

/// A reader of one kind of file.
pub struct Reader {
    /// The name of its fuzz target.
    pub name: &'static str,
    /// Reads the bytes as a file of this kind.
    pub read: fn(&[u8]),
    /// Sound files of this kind, and some that are hard on a reader.
    pub files: fn() -> Vec<Vec<u8>>,
}

/// All readers.
pub const READERS: [Reader; 5] = [
    Reader {
        name: "safetensors",
        read: read_weights,
        files: weights_files,
    },
    Reader {
        name: "run_file",
        read: read_run,
        files: run_files,
    },
    Reader {
        name: "idx",
        read: read_idx,
        files: idx_files,
    },
    Reader {
        name: "gzip",
        read: read_gzip,
        files: gzip_files,
    },
    Reader {
        name: "given",
        read: read_given,
        files: given_files,
    },
];

/// The smallest network, which has all kinds of layers and makes small files.
const NETWORK: UNetConfig = UNetConfig::new([4, 4, 4], 2);

/// The parameters of a network. Those of [`NETWORK`] are counted once, because burn is slow in the fuzz targets.
fn layout_of(unet: &UNetConfig) -> Layout {
    static OF_NETWORK: LazyLock<Layout> = LazyLock::new(|| UNet::layout(&NETWORK));
    if *unet == NETWORK {
        OF_NETWORK.clone()
    } else {
        UNet::layout(unet)
    }
}

/// What the page and the command line do with a description before they compute with it.
fn use_description(meta: &Metadata) {
    let _ = (meta.provenance(), Preset::of(&meta.unet));
    for (t, alpha_bar) in meta.train.build_schedule().alpha_bars().iter().enumerate() {
        assert!(
            (0.0..=1.0).contains(alpha_bar),
            "ᾱ at t = {t} is {alpha_bar}"
        );
    }
}

fn read_weights(bytes: &[u8]) {
    let read = within_limit("weights", bytes.len(), || {
        checkpoint::decode(bytes, layout_of)
    });
    let Ok(weights) = read else { return };
    assert_eq!(weights.values.len(), layout_of(&weights.meta.unet).len());
    let guide = weights.meta.guide.as_ref();
    let guide = guide.map_or(0, |guide| layout_of(&guide.unet).len());
    assert_eq!(weights.guide.len(), guide);
    use_description(&weights.meta);
    // What was read can be written, and is the same when it is read again.
    let written = checkpoint::encode(&weights, layout_of, Dtype::F32);
    let again = checkpoint::decode(&written.expect("sound weights"), layout_of);
    let again = again.expect("sound weights");
    assert_eq!([again.values, again.guide], [weights.values, weights.guide]);
}

fn weights_files() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for (unet, guided, dtype) in [
        (NETWORK, false, Dtype::F32),
        (NETWORK, true, Dtype::F16),
        (
            UNetConfig {
                classes: 0,
                attention: [true, true, false],
                heads: 2,
                ..NETWORK
            },
            false,
            Dtype::F16,
        ),
    ] {
        let values = layout_of(&unet).initial(0);
        let meta = Metadata::new(unet, TrainConfig::default());
        let mut weights = Checkpoint::new(meta, values.clone());
        if guided {
            weights.meta.guide = Some(Guide {
                unet,
                cfg_scale: 2.0,
                interval: GuidanceInterval::ALL,
                origin: String::new(),
            });
            weights.guide = values;
        }
        let file = checkpoint::encode(&weights, layout_of, dtype);
        files.push(file.expect("sound weights"));
    }
    let undescribed = replaced(&files[0], "__metadata__", "_metadata___");
    files.push(replaced(
        &undescribed,
        "_metadata___\":{",
        "__metadata__\":{\"a\":{},",
    ));
    files.extend(hard_headers());
    files
}

/// Headers that a reader may find too large for its memory or too long for its patience.
fn hard_headers() -> Vec<Vec<u8>> {
    let numbers = "0,".repeat(60_000) + "0";
    let names: Vec<String> = (0..12_000).map(|i| format!("\"{i:x}\":\"\"")).collect();
    let names = names.join(",");
    let prefixes = "module.".repeat(8000);
    [
        format!("{{\"a\":[{numbers}]}}"),
        format!("{{\"a\":{{\"dtype\":\"F32\",\"shape\":[{numbers}],\"data_offsets\":[0,0]}}}}"),
        format!("{{\"__metadata__\":{{{names}}}}}"),
        format!("{{\"__metadata__\":{{\"ddpm\":{{{names}}}}}}}"),
        format!("{{\"{prefixes}\":{{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}}}"),
    ]
    .into_iter()
    .map(|header| {
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.bytes());
        file.extend([0; 8]);
        file
    })
    .collect()
}

/// The file with a part of its header replaced, if it is there.
fn replaced(file: &[u8], part: &str, by: &str) -> Vec<u8> {
    let (length, rest) = file.split_first_chunk().expect("a header");
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let header = std::str::from_utf8(header)
        .expect("JSON")
        .replacen(part, by, 1);
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), data].concat()
}

fn read_run(bytes: &[u8]) {
    let is_run = within_limit("kind", bytes.len(), || checkpoint::is_training_state(bytes));
    let read = within_limit("run", bytes.len(), || {
        checkpoint::decode_state(bytes, layout_of)
    });
    let Ok(state) = read else { return };
    assert!(is_run);
    let layout = layout_of(&state.meta.unet);
    for vector in [&state.params, &state.m, &state.v, &state.ema] {
        assert_eq!(vector.len(), layout.len());
    }
    use_description(&state.meta);
    let written = checkpoint::encode_state(&layout, &state).expect("a sound run");
    let again = checkpoint::decode_state(&written, layout_of).expect("a sound run");
    assert_eq!(again.params, state.params);
    assert_eq!(again.record, state.record);
    let timesteps = state.meta.train.timesteps as usize;
    if let Some(numbers) = &state.history {
        let history = within_limit("history", bytes.len(), || {
            TermHistory::from_numbers(timesteps, numbers)
        });
        if let Ok(mut history) = history {
            let (t, _) = history.draw(state.meta.step + 1, &[0.0, 0.5, 1.0]);
            assert!(t.iter().all(|&t| t < timesteps));
        }
    }
    if let Some(record) = state.record {
        let mut curve = within_limit("losses", bytes.len(), || {
            LossCurve::from_points(record.losses)
        });
        curve.push(state.meta.step as u32, 1.0);
    }
}

fn run_files() -> Vec<Vec<u8>> {
    let layout = layout_of(&NETWORK);
    let plain = TrainConfig::default();
    let importance = TrainConfig {
        loss: LossKind::Vlb,
        t_sampling: TimestepSampling::Importance,
        timesteps: 10,
        ..TrainConfig::default()
    };
    let mut history = TermHistory::new(10);
    for step in 1..5 {
        history.draw(step, &[0.1, 0.9]);
        history.observe(step, &[1.0, 2.0]);
    }
    let file = |state: &TrainState| checkpoint::encode_state(&layout, state).expect("a sound run");
    let without_record = run(&layout, importance.clone(), Some(history.numbers()), None);
    // More losses than a curve keeps, the last of which is as far away as can be.
    let losses = |count: u32| {
        let step = |step| if step == 3000 { u32::MAX } else { step };
        (1..=count).map(|it| (step(it), 0.5)).collect()
    };
    // Steps that no run has.
    let mut many_steps = history.numbers();
    many_steps.extend([9.0, 1.0, 0.0, 2.0].repeat(20_000));
    let record = |count| RunRecord {
        about: RunAbout::default(),
        losses: losses(count),
        samples: vec![7; PIXELS],
    };
    vec![
        file(&without_record),
        file(&run(&layout, plain.clone(), None, Some(record(10)))),
        file(&run(&layout, plain, None, Some(record(3000)))),
        file(&run(&layout, importance, Some(many_steps), None)),
    ]
}

fn run(
    layout: &Layout,
    train: TrainConfig,
    history: Option<Vec<f32>>,
    record: Option<RunRecord>,
) -> TrainState {
    let values = layout.initial(0);
    TrainState {
        meta: Metadata::new(NETWORK, train),
        params: values.clone(),
        m: values.clone(),
        v: values.clone(),
        ema: values,
        history,
        record,
    }
}

fn read_idx(bytes: &[u8]) {
    let images = within_limit("images", bytes.len(), || idx::parse_images(bytes));
    if let Ok(pixels) = images {
        assert_eq!(idx::write_images(pixels), bytes);
    }
    let labels = within_limit("labels", bytes.len(), || idx::parse_labels(bytes));
    if let Ok(labels) = labels
        && bytes.starts_with(&idx::Kind::Labels.magic().to_be_bytes())
    {
        assert_eq!(idx::write_labels(&labels), bytes);
    }
}

fn idx_files() -> Vec<Vec<u8>> {
    // QMNIST's labels: eight 32-bit numbers a row.
    let mut wide: Vec<u8> = [0x0c02_u32, 2, 8].map(u32::to_be_bytes).concat();
    wide.extend([0; 2 * 8 * 4]);
    vec![
        idx::write_images(&[9; 2 * PIXELS]),
        idx::write_labels(&[3; 20]),
        wide,
    ]
}

fn read_gzip(bytes: &[u8]) {
    let unpacked = unpacked_length(bytes);
    // The content is larger than the file by nature; it has a limit of its own.
    let read = within_limit("gzip", bytes.len() + unpacked, || inflate(bytes, "file"));
    if let Ok((content, _)) = read {
        assert_eq!(content.len(), unpacked);
    }
}

/// The number of bytes that `flate2`'s own reader of all members gives before it ends or fails.
fn unpacked_length(bytes: &[u8]) -> usize {
    let mut reader = flate2::bufread::MultiGzDecoder::new(bytes);
    let mut buffer = [0; 1 << 14];
    let mut length = 0;
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        length += count;
    }
    length
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(content).expect("memory takes all bytes");
    packed.finish().expect("memory takes all bytes")
}

fn gzip_files() -> Vec<Vec<u8>> {
    let images = packed(&idx::write_images(&[9; 2 * PIXELS]));
    let padded = [&images[..], &[0; 30]].concat();
    vec![
        [&images[..], &images].concat(),
        padded,
        packed(&[0; 1 << 16]),
    ]
}

/// What is between two files in the input of [`read_given`]; a file is its name, a line feed, its content.
const BETWEEN: &[u8] = b"\n--next--\n";

/// Whether a file, packed by gzip or not, is an archive or a picture, whose content is larger by nature and has limits of its own.
fn is_larger_inside(bytes: &[u8]) -> bool {
    let inflated = inflate(bytes, "file");
    let bytes = inflated.as_ref().map_or(bytes, |(inflated, _)| inflated);
    let begins: [&[u8]; 3] = [b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff"];
    begins.iter().any(|begin| bytes.starts_with(begin))
}

/// Several files given together, as the page and the command line take them.
fn read_given(bytes: &[u8]) {
    let mut files = Vec::new();
    let mut rest = bytes;
    loop {
        let end = rest.windows(BETWEEN.len()).position(|w| w == BETWEEN);
        let (file, next) = rest.split_at(end.unwrap_or(rest.len()));
        let name = file.iter().position(|&b| b == b'\n').unwrap_or_default();
        files.push(GivenFile {
            name: String::from_utf8_lossy(&file[..name]).into_owned(),
            bytes: file[name..].strip_prefix(b"\n").unwrap_or(file).to_vec(),
        });
        match next.strip_prefix(BETWEEN) {
            Some(next) => rest = next,
            None => break,
        }
    }
    let unpacked: usize = files.iter().map(|file| unpacked_length(&file.bytes)).sum();
    let enlarged = files.iter().any(|file| is_larger_inside(&file.bytes));
    let sorted = match enlarged {
        true => sort(files),
        false => within_limit("files", bytes.len() + unpacked, || sort(files)),
    };
    let Ok(SortedFiles { data, others, .. }) = sorted else {
        return;
    };
    if let Some(data) = data {
        if let GivenData::Pictures(pictures) = &data {
            let conversion = pictures.suggested();
            assert_eq!(
                pictures.preview(conversion, 3).len(),
                pictures.len().min(3) * PIXELS
            );
        }
        let data = data.into_dataset();
        assert!(!data.is_empty() && data.images.len() == data.len() * PIXELS);
        let (info, _) = (data.info(), data.id());
        assert_eq!(info.classes.iter().sum::<u32>() as usize, data.len());
    }
    for file in others {
        read_weights(&file.bytes);
        read_run(&file.bytes);
    }
}

fn given_files() -> Vec<Vec<u8>> {
    let images = idx::write_images(&[9; 2 * PIXELS]);
    let labels = idx::write_labels(&[3; 2]);
    let [weights, ..] = &weights_files()[..] else {
        unreachable!("there are weights files")
    };
    let files = |files: &[(&str, &[u8])]| {
        let each = files
            .iter()
            .map(|(name, bytes)| [name.as_bytes(), b"\n", bytes].concat());
        each.collect::<Vec<_>>().join(BETWEEN)
    };
    vec![
        files(&[("images", &images), ("labels", &labels)]),
        files(&[
            ("a", &packed(&images)),
            ("b", &labels),
            ("c", &labels),
            ("d", &images),
        ]),
        files(&[("train-images-idx3-ubyte", &labels)]),
        files(&[("weights", weights)]),
        files(&[("set/star/1.png", STAR_PNG), ("set/moon/1.jpg", MOON_JPEG)]),
        files(&[("i", &small_pictures()), ("l", &labels)]),
    ]
}

/// A picture of each kind that is read.
const STAR_PNG: &[u8] = include_bytes!("../golden/pictures/palette.png");
const MOON_JPEG: &[u8] = include_bytes!("../golden/pictures/orientation-6.jpg");

/// An idx file with two images of 8×9 pixels.
fn small_pictures() -> Vec<u8> {
    let words = [0x803_u32, 2, 8, 9].map(u32::to_be_bytes).concat();
    [&words[..], &[5; 2 * 8 * 9]].concat()
}
