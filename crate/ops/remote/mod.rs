//! The operations on a device of another machine ([`burn::backend::Remote`]): burn's remote backend sends burn's own
//! operations to the server by itself, and those of [`Kernels`](super::Kernels) as custom operations, which are declared here.
//!
//! An operation travels as its name, the ids of its tensors, which stay on the server, and its numbers ([`Arguments`]). Each is
//! declared once, as an [`Operation`] with the types of what it takes and gives; `client.rs` sends by that declaration and
//! `server.rs` reads by it, so the two cannot differ within one program. Between two programs [`OPERATIONS_FORMAT`] must agree,
//! which the server checks before it opens a session.
//!
//! Gradients are the client's (`autodiff.rs`): the remote backend sees their operations only.

mod arguments;
mod client;
mod operation;
mod server;

use self::operation::Operation;
use super::{AdamCoefficients, Gaussians, Geometry};

pub use server::{ServedDevices, operations};

/// The number of this list of operations and of the way in which they travel. It must rise with each change of either.
pub const OPERATIONS_FORMAT: u32 = 1;

const CONV: Operation<Geometry, 3, 1> = Operation::new("ddpm.conv");
const CONV_PREPARED: Operation<Geometry, 3, 1> = Operation::new("ddpm.conv_prepared");
const CONV_ADDED: Operation<Geometry, 4, 1> = Operation::new("ddpm.conv_added");
/// The geometry, and H and W of the input.
const CONV_INPUT_GRADIENT: Operation<(Geometry, [usize; 2]), 2, 1> =
    Operation::new("ddpm.conv_input_gradient");
const CONV_WEIGHT_GRADIENT: Operation<Geometry, 2, 1> = Operation::new("ddpm.conv_weight_gradient");
const PIXEL_SUMS: Operation<(), 1, 1> = Operation::new("ddpm.pixel_sums");
/// The number of groups, and whether SiLU follows.
const GROUP_NORM: Operation<(usize, bool), 3, 1> = Operation::new("ddpm.group_norm");
const GROUP_NORM_GRADIENTS: Operation<(usize, bool), 4, 3> =
    Operation::new("ddpm.group_norm_gradients");
/// The number of heads.
const SELF_ATTENTION: Operation<usize, 1, 1> = Operation::new("ddpm.self_attention");
const SELF_ATTENTION_GRADIENT: Operation<usize, 2, 1> =
    Operation::new("ddpm.self_attention_gradient");
const ADAM: Operation<AdamCoefficients, 6, 4> = Operation::new("ddpm.adam");
const GAUSSIAN: Operation<(Gaussians, [usize; 4]), 1, 1> = Operation::new("ddpm.gaussian");
const Q_SAMPLE: Operation<Gaussians, 2, 2> = Operation::new("ddpm.q_sample");
