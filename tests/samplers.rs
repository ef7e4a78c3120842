//! The samplers against diffusers, and what can be said of them without.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use ddpm::device::cpu;
use pollster::block_on;
use support::samplers;

#[test]
fn spacings_agree_with_diffusers() {
    samplers::spacings_agree();
}

#[test]
fn steps_agree_with_diffusers() {
    block_on(samplers::steps_agree(|_| true, &cpu()));
}

#[test]
fn trajectories_agree_with_diffusers() {
    block_on(samplers::trajectories_agree(&cpu()));
}
