//! The state of a training run, from which it can be resumed.

use super::container::{self, Accept, Container, Expected};
use super::{CheckpointError, Metadata, check_length, f32_bytes};
use std::marker::PhantomData;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::data::DatasetId;
use crate::nn::unet::{PIXELS, UNetConfig};
use crate::nn::var_builder::Layout;
use crate::training::MetricPoint;

const PARAMS: &str = "state.params";
const NAMES: [&str; 4] = [PARAMS, "state.m", "state.v", "state.ema"];
/// The terms of the bound by which t is drawn, as [`TermHistory`](crate::training::TermHistory) writes them; in the files of
/// runs that draw t so.
const HISTORY: &str = "state.vlb_terms";
/// A run's record: its losses, [points, 2], and its rows of samples, [images, 784], grey levels from 0 to 255.
const LOSSES: &str = "run.losses";
const SAMPLES: &str = "run.samples";
/// The key of the record's description, a JSON string, in the file's metadata.
const RECORD: &str = "ddpm.run";
/// The key of the layout's fingerprint in the file's metadata.
const LAYOUT: &str = "ddpm.layout";

/// Everything that the next training step depends on. The four vectors hold one value for each parameter, in the order of
/// the network's layout.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainState {
    /// The description, which has the recipe and the number of steps taken.
    pub meta: Metadata,
    /// The weights that are being trained.
    pub params: Vec<f32>,
    /// Adam's running mean of the gradient.
    pub m: Vec<f32>,
    /// Adam's running mean of the squared gradient.
    pub v: Vec<f32>,
    /// The exponential moving average of the weights.
    pub ema: Vec<f32>,
    /// The numbers of the run's [`TermHistory`](crate::training::TermHistory); `None` if it has none.
    pub history: Option<Vec<f32>>,
    /// What was seen of the run so far; `None` where nobody kept it. The next step does not depend on it.
    pub record: Option<RunRecord>,
}

/// What was seen of a run, so that whoever goes on with it finds it as it was left.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunRecord {
    /// Settings of the session and what it learned from.
    pub about: RunAbout,
    /// Steps and losses, from [`LossCurve::points`](crate::training::LossCurve::points).
    pub losses: Vec<(u32, f32)>,
    /// The pixels of the rows of samples, one after the other, [images, 784]; may be empty.
    pub samples: Vec<u8>,
}

/// The description of a [`RunRecord`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunAbout {
    /// The training images.
    pub data: Option<DatasetId>,
    /// A row of samples is drawn every so many steps; 0 is never.
    pub sample_every: u32,
    /// Reverse steps of those samples.
    pub sample_steps: u32,
    /// The run stops by itself after every so many steps; 0 is never.
    pub max_steps: u32,
    /// The step that it stops at next; `None` if it does not.
    pub end: Option<u64>,
    /// The step of the last row of samples.
    pub samples_step: u32,
    /// The step of each row of samples that is kept, the oldest first; empty in files of programs that kept the last one alone.
    #[serde(deserialize_with = "at_most::<_, _, 256>")]
    pub film: Vec<u32>,
    /// Gradient norms, learning rates, speeds and losses by t, from
    /// [`MetricCurve::points`](crate::training::MetricCurve::points).
    #[serde(deserialize_with = "at_most::<_, _, 512>")]
    pub metrics: Vec<MetricPoint>,
    /// Steps and losses on the images that the run validates on.
    #[serde(deserialize_with = "at_most::<_, _, 1024>")]
    pub validation: Vec<(u32, f32)>,
    /// Whether the session measures the network's loss on images that it does not learn from.
    pub validates: bool,
    /// The number of training images that are held out for that, and no part of what it learns from
    /// ([`Dataset::hold_out`](crate::data::Dataset::hold_out)).
    pub held_out: u32,
    /// The step after which the session is held, once; `None` if nobody has set one.
    pub stop_at: Option<u64>,
    /// The weights that the run began with, in words: what they are called, and their steps. `None` if it began with fresh ones.
    pub begun_with: Option<String>,
}

/// Reads a list and keeps the first `MOST` of it: a file may have any number, which would take more memory than its text.
fn at_most<'de, D: Deserializer<'de>, T: Deserialize<'de>, const MOST: usize>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    struct Kept<T, const MOST: usize>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Kept<T, MOST> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
            let mut kept = Vec::new();
            while let Some(next) = list.next_element()? {
                if kept.len() < MOST {
                    kept.push(next);
                }
            }
            Ok(kept)
        }
    }
    from.deserialize_seq(Kept::<T, MOST>(PhantomData))
}

/// Makes a file of this state, in f32. The same state always gives the same bytes.
///
/// # Errors
/// `not_finite`, which names the vector; `wrong_config` if the description is out of range; `wrong_length` if a vector does
/// not fit `layout`, a mistake in the caller.
pub fn encode_state(layout: &Layout, state: &TrainState) -> Result<Vec<u8>, CheckpointError> {
    state.meta.validate()?;
    let shape = [layout.len()];
    let vectors = [&state.params, &state.m, &state.v, &state.ema];
    let mut tensors = Vec::with_capacity(NAMES.len() + 1);
    for (name, values) in NAMES.into_iter().zip(vectors) {
        check_length(name, values, layout)?;
        container::check_finite(name, values)?;
        tensors.push((name, &shape[..], f32_bytes(values)));
    }
    let history_shape = [state.history.as_ref().map_or(0, Vec::len)];
    if let Some(history) = &state.history {
        container::check_finite(HISTORY, history)?;
        tensors.push((HISTORY, &history_shape[..], f32_bytes(history)));
    }
    let mut shapes = [[0, 2], [0, PIXELS]];
    let mut entries = state.meta.entries(true);
    if let Some(record) = &state.record {
        let losses: Vec<f32> = record
            .losses
            .iter()
            .flat_map(|&(step, loss)| [step as f32, loss])
            .collect();
        let samples: Vec<f32> = record.samples.iter().copied().map(f32::from).collect();
        container::check_finite(LOSSES, &losses)?;
        shapes[0][0] = record.losses.len();
        shapes[1][0] = record.samples.len() / PIXELS;
        let parts = [(LOSSES, losses), (SAMPLES, samples)];
        for ((name, values), shape) in parts.into_iter().zip(&shapes) {
            tensors.push((name, &shape[..], f32_bytes(&values)));
        }
        let about = serde_json::to_string(&record.about).expect("plain data becomes JSON");
        entries.insert(RECORD, about);
    }
    entries.insert(LAYOUT, fingerprint(layout));
    Ok(container::write(
        &entries,
        safetensors::Dtype::F32,
        &tensors,
    ))
}

/// Reads a file that [`encode_state`] made. `layout_of` is that of [`decode`](super::decode).
///
/// # Errors
/// Those of [`decode`](super::decode); `no_training_state` if the file holds weights; `wrong_layout` if the network's
/// parameters are not those that the program had when it made the file.
pub fn decode_state(
    bytes: &[u8],
    layout_of: impl Fn(&UNetConfig) -> Layout,
) -> Result<TrainState, CheckpointError> {
    let file = Container::open(bytes)?;
    let meta = Metadata {
        guide: None,
        ..Metadata::parse(&file)?
    };
    if !is_state(&file) {
        return Err(CheckpointError::NoTrainingState);
    }
    let layout = layout_of(&meta.unet);
    // Flat vectors have no names: with the parameters in another order they would still fit, and be wrong.
    if file.metadata(LAYOUT)? != Some(&fingerprint(&layout)) {
        return Err(CheckpointError::WrongLayout);
    }
    let shape = [layout.len()];
    let expected = NAMES.map(|name| Expected {
        name,
        shape: &shape,
    });
    let history_shape = file.length(HISTORY).map(|length| [length]);
    let history = history_shape.as_ref().map(|shape| Expected {
        name: HISTORY,
        shape,
    });
    let record = record_of(&file)?;
    let shapes = record.as_ref().map(|(_, shapes)| &shapes[..]);
    let parts = shapes.into_iter().flatten().zip([LOSSES, SAMPLES]);
    let parts = parts.map(|(shape, name)| Expected { name, shape });
    let expected: Vec<Expected> = expected.into_iter().chain(history).chain(parts).collect();
    let mut params = file.read(&expected, Accept::F32Only)?;
    let mut rest = params.split_off(NAMES.len() * layout.len());
    let record = record.map(|(about, [[points, _], _])| {
        let mut losses = rest.split_off(history_shape.map_or(0, |[length]| length));
        let samples = losses.split_off(2 * points);
        RunRecord {
            about,
            losses: losses
                .as_chunks::<2>()
                .0
                .iter()
                .map(|&[step, loss]| (step as u32, loss))
                .collect(),
            // `as` holds a number that is out of range at the nearest grey level.
            samples: samples.iter().map(|&grey| grey as u8).collect(),
        }
    });
    let history = history_shape.map(|_| rest);
    let ema = params.split_off(3 * layout.len());
    let v = params.split_off(2 * layout.len());
    let m = params.split_off(layout.len());
    Ok(TrainState {
        meta,
        params,
        m,
        v,
        ema,
        history,
        record,
    })
}

/// The shapes of a record's losses and samples.
type RecordShapes = [[usize; 2]; 2];

/// The record's description and the shapes of its two tensors, if the file has one.
///
/// # Errors
/// `bad_metadata`, `metadata_not_text`, `missing_tensor`; `wrong_shape` for samples of another size.
fn record_of(file: &Container<'_>) -> Result<Option<(RunAbout, RecordShapes)>, CheckpointError> {
    let Some(about) = file.metadata(RECORD)? else {
        return Ok(None);
    };
    let about = serde_json::from_str(about).map_err(CheckpointError::bad_metadata)?;
    let shape = |name: &str, width: usize| {
        let missing = || CheckpointError::MissingTensor { name: name.into() };
        let found = file.shape(name).ok_or_else(missing)?;
        match found[..] {
            [rows, cols] if cols == width => Ok([rows, cols]),
            _ => Err(CheckpointError::WrongShape {
                name: name.into(),
                expected: vec![0, width],
                found,
            }),
        }
    };
    Ok(Some((about, [shape(LOSSES, 2)?, shape(SAMPLES, PIXELS)?])))
}

/// Whether these bytes are a file of a training run's state, sound or not, and not of weights.
pub fn is_training_state(bytes: &[u8]) -> bool {
    Container::open(bytes).is_ok_and(|file| is_state(&file))
}

/// Whether the file holds a training run's state and not weights.
pub(super) fn is_state(file: &Container<'_>) -> bool {
    file.has(PARAMS)
}

/// The FNV-1a hash of all names and shapes. It protects against accidents, not against a file that was forged.
fn fingerprint(layout: &Layout) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for spec in &layout.specs {
        for byte in format!("{} {:?};", spec.name, spec.shape).bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}
