//! The network: its parameters by name out of one flat buffer, its layers, and the U-Net made of them.

pub mod layers;
pub mod unet;
pub mod var_builder;
