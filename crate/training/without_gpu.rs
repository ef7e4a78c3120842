//! In place of `course.rs` in a program without a GPU: no run's steps are on one.

use burn::tensor::Tensor;

use super::{Batch, OptimizerState, TrainConfig};
use crate::ops::AdamCoefficients;
use crate::nn::unet::UNetConfig;

/// There is none.
pub enum GpuStep {}

impl GpuStep {
    pub fn new(_: UNetConfig, _: &TrainConfig, _: &OptimizerState) -> Option<Self> {
        None
    }

    pub fn step(&mut self, _: Batch, _: &AdamCoefficients) -> Tensor<1> {
        match *self {}
    }

    pub fn recorded(&self) -> Result<(), String> {
        match *self {}
    }

    pub fn go_on(&self) {
        match *self {}
    }

    pub fn state(&self, _: u64) -> OptimizerState {
        match *self {}
    }

    pub fn average(&self) -> Tensor<1> {
        match *self {}
    }
}
