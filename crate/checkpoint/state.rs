//! A training run, to be taken up where it stopped.

use super::container::{self, Accept, Container, Wanted};
use super::{CheckpointError, Metadata, check_length, f32_bytes};
use crate::nn::unet::UNetConfig;
use crate::nn::var_builder::Layout;

const PARAMS: &str = "state.params";
const NAMES: [&str; 4] = [PARAMS, "state.m", "state.v", "state.ema"];
/// Where the layout's fingerprint lies in the file's metadata.
const LAYOUT: &str = "ddpm.layout";

/// Everything that the next step depends on. The four vectors have the length of the network's
/// layout, and its order.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainState {
    pub meta: Metadata,
    /// The weights under training.
    pub params: Vec<f32>,
    /// Adam's running mean of the gradient.
    pub m: Vec<f32>,
    /// Adam's running mean of the squared gradient.
    pub v: Vec<f32>,
    /// Exponential moving average of the weights.
    pub ema: Vec<f32>,
}

/// A file of this state, in f32. The same state gives the same bytes.
///
/// # Errors
/// `not_finite` (names the vector), `wrong_config`, `wrong_length` (a mistake in the caller).
pub fn encode_state(layout: &Layout, state: &TrainState) -> Result<Vec<u8>, CheckpointError> {
    state.meta.validate()?;
    let shape = [layout.len()];
    let vectors = [&state.params, &state.m, &state.v, &state.ema];
    let mut tensors = Vec::with_capacity(NAMES.len());
    for (name, values) in NAMES.into_iter().zip(vectors) {
        check_length(name, values, layout)?;
        container::check_finite(name, values)?;
        tensors.push((name, &shape[..], f32_bytes(values)));
    }
    let mut entries = state.meta.entries(true);
    entries.insert(LAYOUT, fingerprint(layout));
    Ok(container::write(
        &entries,
        safetensors::Dtype::F32,
        &tensors,
    ))
}

/// Reads what [`encode_state`] wrote.
///
/// # Errors
/// Those of [`decode`](super::decode), `no_training_state` (the file holds weights), and
/// `wrong_layout` (the program's network has changed since).
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
    // Flat vectors carry no names: with parameters in another order they would fit, and be wrong.
    if file.metadata(LAYOUT) != Some(&fingerprint(&layout)) {
        return Err(CheckpointError::WrongLayout);
    }
    let shape = [layout.len()];
    let wanted = NAMES.map(|name| Wanted {
        name,
        shape: &shape,
    });
    let mut params = file.read(&wanted, Accept::F32Only)?;
    let ema = params.split_off(3 * layout.len());
    let v = params.split_off(2 * layout.len());
    let m = params.split_off(layout.len());
    Ok(TrainState {
        meta,
        params,
        m,
        v,
        ema,
    })
}

pub(super) fn is_state(file: &Container<'_>) -> bool {
    file.has(PARAMS)
}

/// FNV-1a over names and shapes: against accidents, not against malice.
fn fingerprint(layout: &Layout) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for spec in &layout.specs {
        for byte in format!("{} {:?};", spec.name, spec.shape).bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}
