//! The kernels' gradients, compared with central differences of the kernels themselves.

use burn::tensor::Tensor;
use ddpm::ops::{Geometry, conv, group_norm};
use ddpm::runtime::Runtime;

use super::ops::{attention_of_parts, gaussian, with_gradients};
use super::read;

/// The gradients of convolutions, GroupNorm and attention.
pub async fn gradients_agree_with_differences(runtime: &Runtime) {
    let device = runtime.device();
    let step = 1e-2;
    for geometry in [
        Geometry::Pointwise,
        Geometry::Same,
        Geometry::Halving,
        Geometry::Doubling,
    ] {
        let k = geometry.kernel();
        let [h, w] = geometry.output([3, 5]);
        let inputs = (
            gaussian(1, [2, 3, 5, 3], device),
            gaussian(2, [5, 3, k, k], device),
            gaussian(3, [2, 5], device),
        );
        let dy = gaussian(4, [2, h, w, 5], device);
        let f = |x, w, b| conv(runtime.context(), x, w, b, geometry);
        differences_agree(&format!("{geometry:?}"), inputs, dy, step, f).await;
    }
    for with_silu in [false, true] {
        let inputs = (
            gaussian(5, [2, 3, 3, 6], device),
            gaussian(6, [6], device),
            gaussian(7, [6], device),
        );
        let dy = gaussian(8, [2, 3, 3, 6], device);
        let f = |x, w, b| group_norm(runtime.context(), x, w, b, 2, with_silu);
        differences_agree(&format!("norm, SiLU {with_silu}"), inputs, dy, step, f).await;
    }
    let shape = [2, 9, 8];
    let inputs = (
        gaussian(9, shape, device),
        gaussian(10, shape, device),
        gaussian(14, shape, device),
    );
    let dy = gaussian(15, [2, 9, 1, 8], device);
    differences_agree("attention", inputs, dy, step, |q, k, v| {
        attention_of_parts(runtime.context(), q, k, v, 1)
    })
    .await;
}

/// Compares the derivative d/dh Σ f(input + h·direction)·dy at h = 0 with (f(step) − f(−step))/(2·step), for one random
/// direction of each input.
async fn differences_agree<const A: usize, const B: usize, const C: usize>(
    what: &str,
    inputs: (Tensor<A>, Tensor<B>, Tensor<C>),
    dy: Tensor<4>,
    step: f64,
    f: impl Fn(Tensor<A>, Tensor<B>, Tensor<C>) -> Tensor<4>,
) {
    let device = dy.device();
    let (a, b, c) = inputs.clone();
    let directions = (
        gaussian(11, a.dims(), &device),
        gaussian(12, b.dims(), &device),
        gaussian(13, c.dims(), &device),
    );
    let [_, da, db, dc] = with_gradients(inputs, dy.clone(), &f).await;
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let expected = [
        dot(&da, &read(directions.0.clone()).await),
        dot(&db, &read(directions.1.clone()).await),
        dot(&dc, &read(directions.2.clone()).await),
    ];
    for (which, expected) in expected.into_iter().enumerate() {
        let mut sides = [0.0; 2];
        for (side, sign) in sides.iter_mut().zip([step, -step]) {
            let along = |index: usize| if index == which { sign } else { 0.0 };
            let y = f(
                a.clone() + directions.0.clone() * along(0),
                b.clone() + directions.1.clone() * along(1),
                c.clone() + directions.2.clone() * along(2),
            );
            *side = read((y * dy.clone()).sum().unsqueeze::<1>()).await[0];
        }
        let found = (sides[0] - sides[1]) / (2.0 * step as f32);
        let bound = 0.02 * (1.0 + expected.abs());
        assert!(
            (found - expected).abs() < bound,
            "{what}, input {which}: differences give {found}, the gradient {expected}"
        );
    }
}
