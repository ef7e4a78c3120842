//! Tasks that the page asks for.

#[cfg(feature = "gpu")]
pub mod compile;
pub mod generate;
pub mod measure;
pub mod preview;
pub mod train;
