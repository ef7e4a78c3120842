//! A denoising diffusion probabilistic model (Ho et al. 2020, arXiv 2006.11239) for MNIST that
//! trains and samples wherever burn runs: in a browser on WebGPU, and natively.
//!
//! Arrows point one way: `web → eval → trainer, edit → sampler → process, unet → schedule, params`.
//! Nothing below [`web`] knows of JavaScript. `docs/architecture.md` has the picture.

pub mod checkpoint;
pub mod crew;
pub mod data;
pub mod device;
pub mod edit;
pub mod eval;
pub mod kernels;
mod layers;
pub mod noise;
pub mod params;
pub mod process;
pub mod sampler;
pub mod schedule;
pub mod trainer;
pub mod unet;
pub mod web;
