//! The network: [`var_builder`] takes its parameters by name out of one flat buffer, [`layers`] are built of them, and
//! [`unet`] is the U-Net built of the layers.

pub mod layers;
pub mod unet;
pub mod var_builder;
