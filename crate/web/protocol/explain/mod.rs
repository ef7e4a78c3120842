//! What the scenes of Understand ask and are told: the mathematics of the noise schedule and of the network on one image.
//!
//! Every question is small and is answered from its own fields and the weights in use alone, so that a scene may ask while
//! something else runs, and asks anew whenever a slider moves. Images in questions are 784 bytes, row by row, 0 black to 255
//! white; in answers they are 784 numbers, −1 black to 1 white, which noise takes beyond that range. The noise is a function of
//! `seed`. t counts from 0 to T − 1.

mod answers;
mod network;
mod questions;

pub use answers::*;
pub use network::*;
pub use questions::*;
