//! The operations on the server's side: each calls the method of [`Kernels`] on the served device's backend.

use std::sync::Arc;

use burn::backend::BackendTypes;
use burn::backend::ir::BackendIr;
use burn::server::CustomOpRegistry;

use super::super::{Context, Kernels};
use super::{
    ADAM, CONV, CONV_ADDED, CONV_INPUT_GRADIENT, CONV_PREPARED, CONV_WEIGHT_GRADIENT, GAUSSIAN,
    GROUP_NORM, GROUP_NORM_GRADIENTS, PIXEL_SUMS, Q_SAMPLE, SELF_ATTENTION,
    SELF_ATTENTION_GRADIENT,
};

/// The devices that a server offers, each with how kernels are launched on it.
#[derive(Clone)]
pub struct ServedDevices<B: BackendTypes>(Arc<[(B::Device, Context)]>);

impl<B: BackendTypes> ServedDevices<B> {
    /// Each device with its context.
    pub fn new(devices: impl IntoIterator<Item = (B::Device, Context)>) -> Self {
        Self(devices.into_iter().collect())
    }

    /// The context of a device.
    pub(super) fn context(&self, device: &B::Device) -> &Context {
        let found = self.0.iter().find(|(served, _)| served == device);
        &found.expect("sessions are on served devices").1
    }
}

/// All operations, for burn's server of backend `B`.
pub fn operations<B: Kernels + BackendIr>(devices: &ServedDevices<B>) -> CustomOpRegistry<B> {
    let mut all = CustomOpRegistry::default();
    CONV.serve(&mut all, devices, |ctx, geometry, [x, weight, bias]| {
        [B::conv(ctx, x, weight, bias, geometry)]
    });
    // The client's `conv_prepare` leaves weights as they are, because it does not know the order in which this device reads them.
    CONV_PREPARED.serve(&mut all, devices, |ctx, geometry, [x, weight, bias]| {
        let weight = B::conv_prepare(ctx, weight, geometry);
        [B::conv_prepared(ctx, x, weight, bias, geometry)]
    });
    CONV_ADDED.serve(
        &mut all,
        devices,
        |ctx, geometry, [x, weight, bias, addend]| {
            let weight = B::conv_prepare(ctx, weight, geometry);
            [B::conv_added(ctx, x, weight, bias, addend, geometry)]
        },
    );
    CONV_INPUT_GRADIENT.serve(&mut all, devices, |ctx, (geometry, input), [weight, dy]| {
        [B::conv_input_gradient(ctx, weight, dy, geometry, input)]
    });
    CONV_WEIGHT_GRADIENT.serve(&mut all, devices, |ctx, geometry, [x, dy]| {
        [B::conv_weight_gradient(ctx, x, dy, geometry)]
    });
    PIXEL_SUMS.serve(&mut all, devices, |ctx, (), [x]| [B::pixel_sums(ctx, x)]);
    GROUP_NORM.serve(
        &mut all,
        devices,
        |ctx, (groups, silu), [x, weight, bias]| {
            [B::group_norm(ctx, x, weight, bias, groups, silu)]
        },
    );
    GROUP_NORM_GRADIENTS.serve(
        &mut all,
        devices,
        |ctx, (groups, silu), [x, weight, bias, dy]| {
            B::group_norm_gradients(ctx, x, weight, bias, dy, groups, silu).into()
        },
    );
    SELF_ATTENTION.serve(&mut all, devices, |ctx, heads, [qkv]| {
        [B::self_attention(ctx, qkv, heads)]
    });
    SELF_ATTENTION_GRADIENT.serve(&mut all, devices, |ctx, heads, [qkv, dy]| {
        [B::self_attention_gradient(ctx, qkv, dy, heads)]
    });
    ADAM.serve(
        &mut all,
        devices,
        |ctx, coefficients, [params, m, v, ema, gradient, norm]| {
            B::adam(ctx, params, m, v, ema, gradient, norm, coefficients).into()
        },
    );
    GAUSSIAN.serve(&mut all, devices, |ctx, (noise, shape), [anchor]| {
        [B::gaussian(ctx, anchor, noise, shape)]
    });
    Q_SAMPLE.serve(&mut all, devices, |ctx, noise, [x0, factors]| {
        B::q_sample(ctx, x0, factors, noise).into()
    });
    all
}
