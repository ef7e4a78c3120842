//! The operations on the wgpu backend: each launches its shader, or runs its reference in burn's own operations on an
//! adapter without room for the kernels and for sizes that no shader supports.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn_wgpu::{CubeBackend, into_contiguous};

use super::super::adam::{self, AdamCoefficients};
use super::super::noise::{gaussian_reference, q_sample_reference};
use super::super::{Context, Gaussians, Geometry, Kernels, reference};
use super::adam::AdamShader;
use super::attention::Attention;
use super::norm::{self, GroupNormShader};
use super::quad_probe::QuadProbe;
use super::{conv, fits, noise};

impl Kernels for CubeBackend {
    fn conv(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !fits(ctx) {
            return reference::conv::<Self>(x, weight, bias, geometry);
        }
        conv::output(
            ctx,
            into_contiguous(x),
            into_contiguous(weight),
            into_contiguous(bias),
            geometry,
        )
    }

    fn conv_prepare(
        ctx: &Context,
        weight: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !fits(ctx) {
            return weight;
        }
        conv::prepare(ctx, into_contiguous(weight), geometry)
    }

    fn conv_prepared(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !fits(ctx) {
            return reference::conv::<Self>(x, weight, bias, geometry);
        }
        conv::prepared(
            ctx,
            into_contiguous(x),
            weight,
            into_contiguous(bias),
            None,
            geometry,
        )
    }

    fn conv_added(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        addend: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !fits(ctx) {
            return Self::float_add(Self::conv(ctx, x, weight, bias, geometry), addend);
        }
        let addend = Some(into_contiguous(addend));
        conv::prepared(
            ctx,
            into_contiguous(x),
            weight,
            into_contiguous(bias),
            addend,
            geometry,
        )
    }

    fn conv_input_gradient(
        ctx: &Context,
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
        input: [usize; 2],
    ) -> FloatTensor<Self> {
        if !fits(ctx) {
            return reference::conv_input_gradient::<Self>(
                weight,
                output_gradient,
                geometry,
                input,
            );
        }
        conv::input_gradient(
            ctx,
            into_contiguous(weight),
            into_contiguous(output_gradient),
            geometry,
            input,
        )
    }

    fn conv_weight_gradient(
        ctx: &Context,
        x: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !fits(ctx) {
            return reference::conv_weight_gradient::<Self>(x, output_gradient, geometry);
        }
        conv::weight_gradient(
            ctx,
            into_contiguous(x),
            into_contiguous(output_gradient),
            geometry,
        )
    }

    fn pixel_sums(ctx: &Context, x: FloatTensor<Self>) -> FloatTensor<Self> {
        if !fits(ctx) {
            return reference::pixel_sums::<Self>(x);
        }
        norm::pixel_sums(ctx, into_contiguous(x))
    }

    fn group_norm(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> FloatTensor<Self> {
        match GroupNormShader::new(ctx, &x, groups, silu, false) {
            Some(shader) => shader.forward(
                ctx,
                into_contiguous(x),
                into_contiguous(weight),
                into_contiguous(bias),
            ),
            None => reference::group_norm::<Self>(x, weight, bias, groups, silu),
        }
    }

    fn group_norm_gradients(
        ctx: &Context,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        match GroupNormShader::new(ctx, &x, groups, silu, true) {
            Some(shader) => shader.backward(
                ctx,
                into_contiguous(x),
                into_contiguous(weight),
                into_contiguous(bias),
                into_contiguous(output_gradient),
            ),
            None => reference::group_norm_gradients::<Self>(
                x,
                weight,
                bias,
                output_gradient,
                groups,
                silu,
            ),
        }
    }

    fn self_attention(ctx: &Context, qkv: FloatTensor<Self>, heads: usize) -> FloatTensor<Self> {
        match Attention::new(ctx, &qkv, heads, false) {
            Some(kernel) => kernel.forward(ctx, into_contiguous(qkv)),
            None => reference::self_attention::<Self>(qkv, heads),
        }
    }

    fn self_attention_gradient(
        ctx: &Context,
        qkv: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        heads: usize,
    ) -> FloatTensor<Self> {
        match Attention::new(ctx, &qkv, heads, true) {
            Some(kernel) => {
                kernel.backward(ctx, into_contiguous(qkv), into_contiguous(output_gradient))
            }
            None => reference::self_attention_gradient::<Self>(qkv, output_gradient, heads),
        }
    }

    fn quad_firsts(ctx: &Context, numbers: FloatTensor<Self>) -> FloatTensor<Self> {
        QuadProbe::firsts(ctx, into_contiguous(numbers))
    }

    fn adam(
        ctx: &Context,
        params: FloatTensor<Self>,
        m: FloatTensor<Self>,
        v: FloatTensor<Self>,
        ema: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        norm: FloatTensor<Self>,
        coefficients: AdamCoefficients,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    ) {
        if !fits(ctx) {
            return adam::reference::<Self>([params, m, v, ema], gradient, norm, coefficients)
                .into();
        }
        let state = [params, m, v, ema].map(into_contiguous);
        AdamShader::updated(ctx, state, into_contiguous(gradient), norm, coefficients).into()
    }

    fn gaussian(
        ctx: &Context,
        anchor: FloatTensor<Self>,
        noise: Gaussians,
        shape: [usize; 4],
    ) -> FloatTensor<Self> {
        if !fits(ctx) {
            return gaussian_reference::<Self>(anchor, noise, shape);
        }
        noise::gaussian(ctx, anchor, noise, shape)
    }

    fn q_sample(
        ctx: &Context,
        x0: FloatTensor<Self>,
        factors: FloatTensor<Self>,
        noise: Gaussians,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        if !fits(ctx) {
            return q_sample_reference::<Self>(x0, factors, noise);
        }
        noise::q_sample(ctx, into_contiguous(x0), into_contiguous(factors), noise)
    }
}
