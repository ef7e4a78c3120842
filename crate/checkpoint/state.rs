//! The state of a training run, from which it can be resumed.

use super::container::{self, Accept, Container, Expected};
use super::{CheckpointError, Metadata, check_length, f32_bytes};
use crate::nn::unet::UNetConfig;
use crate::nn::var_builder::Layout;

const PARAMS: &str = "state.params";
const NAMES: [&str; 4] = [PARAMS, "state.m", "state.v", "state.ema"];
/// The terms of the bound by which t is drawn, as [`TermHistory`](crate::training::TermHistory) writes them; in the files of
/// runs that draw t so.
const HISTORY: &str = "state.vlb_terms";
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
    let mut entries = state.meta.entries(true);
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
    let meta = Metadata::parse(&file)?;
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
    let expected: Vec<Expected> = expected.into_iter().chain(history).collect();
    let mut params = file.read(&expected, Accept::F32Only)?;
    let history = history_shape.map(|_| params.split_off(NAMES.len() * layout.len()));
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
    })
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
