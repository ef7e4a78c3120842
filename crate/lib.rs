//! A denoising diffusion probabilistic model (Ho et al. 2020, arXiv 2006.11239) for MNIST that
//! trains and samples wherever burn runs: in a browser on WebGPU, and natively.
//!
//! Arrows point one way: `web, bin → evaluation → training, editing → samplers → model → runtime → worker_pool → nn → ops →
//! diffusion, rng, cpu_kernels`; `tests/architecture.rs` holds the modules to it. Nothing below [`web`] knows of
//! JavaScript. `docs/architecture.md` has the picture.

#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod checkpoint;
pub mod data;
pub mod diffusion;
pub mod distributed;
pub mod editing;
pub mod evaluation;
pub mod images;
pub mod model;
pub mod nn;
pub mod ops;
pub mod rng;
pub mod runtime;
pub mod samplers;
pub mod training;
pub mod web;
pub mod worker_pool;
