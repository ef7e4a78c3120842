//! The extension for the wgpu backend: which shader does what, and burn's own operators where none fits.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::{CubeBackend, into_contiguous};

use super::super::adam::{self, AdamCoefficients};
use super::super::noise::{gaussian_reference, q_sample_reference};
use super::super::{Gaussians, Geometry, Kernels, reference};
use super::adam::Adam;
use super::attention::Attention;
use super::norm::{self, Norm};
use super::quad_probe::Quads;
use super::{conv, noise, ours};

impl Kernels for CubeBackend {
    fn conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !ours() {
            return reference::conv::<Self>(x, weight, bias, geometry);
        }
        conv::output(
            into_contiguous(x),
            into_contiguous(weight),
            into_contiguous(bias),
            geometry,
        )
    }

    fn conv_prepare(weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self> {
        if !ours() {
            return weight;
        }
        conv::prepare(into_contiguous(weight), geometry)
    }

    fn conv_prepared(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !ours() {
            return reference::conv::<Self>(x, weight, bias, geometry);
        }
        conv::prepared(
            into_contiguous(x),
            weight,
            into_contiguous(bias),
            None,
            geometry,
        )
    }

    fn conv_added(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        addend: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !ours() {
            return Self::float_add(Self::conv(x, weight, bias, geometry), addend);
        }
        let addend = Some(into_contiguous(addend));
        conv::prepared(
            into_contiguous(x),
            weight,
            into_contiguous(bias),
            addend,
            geometry,
        )
    }

    fn conv_input_gradient(
        weight: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
        input: [usize; 2],
    ) -> FloatTensor<Self> {
        if !ours() {
            return reference::conv_input_gradient::<Self>(
                weight,
                output_gradient,
                geometry,
                input,
            );
        }
        conv::input_gradient(
            into_contiguous(weight),
            into_contiguous(output_gradient),
            geometry,
            input,
        )
    }

    fn conv_weight_gradient(
        x: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        if !ours() {
            return reference::conv_weight_gradient::<Self>(x, output_gradient, geometry);
        }
        conv::weight_gradient(
            into_contiguous(x),
            into_contiguous(output_gradient),
            geometry,
        )
    }

    fn pixel_sums(x: FloatTensor<Self>) -> FloatTensor<Self> {
        if !ours() {
            return reference::pixel_sums::<Self>(x);
        }
        norm::pixel_sums(into_contiguous(x))
    }

    fn group_norm(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> FloatTensor<Self> {
        match Norm::new(&x, groups, silu, false) {
            Some(shader) => shader.forward(
                into_contiguous(x),
                into_contiguous(weight),
                into_contiguous(bias),
            ),
            None => reference::group_norm::<Self>(x, weight, bias, groups, silu),
        }
    }

    fn group_norm_gradients(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
        groups: usize,
        silu: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        match Norm::new(&x, groups, silu, true) {
            Some(shader) => shader.backward(
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

    fn self_attention(qkv: FloatTensor<Self>) -> FloatTensor<Self> {
        match Attention::new(&qkv, false) {
            Some(shader) => shader.forward(into_contiguous(qkv)),
            None => reference::attention::<Self>(qkv, reference::broadcast_product::<Self>),
        }
    }

    fn self_attention_gradient(
        qkv: FloatTensor<Self>,
        output_gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        match Attention::new(&qkv, true) {
            Some(shader) => shader.backward(into_contiguous(qkv), into_contiguous(output_gradient)),
            None => reference::attention_gradient::<Self>(
                qkv,
                output_gradient,
                reference::broadcast_product::<Self>,
            ),
        }
    }

    fn quad_firsts(numbers: FloatTensor<Self>) -> FloatTensor<Self> {
        Quads::firsts(into_contiguous(numbers))
    }

    fn adam(
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
        if !ours() {
            return adam::reference::<Self>([params, m, v, ema], gradient, norm, coefficients)
                .into();
        }
        let state = [params, m, v, ema].map(into_contiguous);
        Adam::updated(state, into_contiguous(gradient), norm, coefficients).into()
    }

    fn gaussian(
        anchor: FloatTensor<Self>,
        noise: Gaussians,
        shape: [usize; 4],
    ) -> FloatTensor<Self> {
        if !ours() {
            return gaussian_reference::<Self>(anchor, noise, shape);
        }
        noise::gaussian(anchor, noise, shape)
    }

    fn q_sample(
        x0: FloatTensor<Self>,
        rates: FloatTensor<Self>,
        noise: Gaussians,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        if !ours() {
            return q_sample_reference::<Self>(x0, rates, noise);
        }
        noise::q_sample(into_contiguous(x0), into_contiguous(rates), noise)
    }
}
