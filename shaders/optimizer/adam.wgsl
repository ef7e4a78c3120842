// One update of Adam with decoupled weight decay (Loshchilov & Hutter 2019), clipping of the gradient's norm and the moving
// average of the weights, in place (crate/training/optimizer.rs). Once a loss or a gradient's norm was not finite, this and
// all later updates change nothing.

@group(0) @binding(0) var<storage, read_write> params: array<f32>;
@group(0) @binding(1) var<storage, read_write> m: array<f32>;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> ema: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;
// The step's measurements: its loss, the losses of its images, and last the L2 norm of the gradient.
@group(0) @binding(5) var<storage, read_write> metrics: array<f32>;
// The numbers of AdamCoefficients (crate/ops/adam.rs), in its order.
@group(0) @binding(6) var<storage, read_write> coefficients: array<f32, {{ coefficients }}>;
// 1 once a measurement was not finite, 0 before.
@group(0) @binding(7) var<storage, read_write> stopped: array<f32, 1>;

// Whether x is neither NaN nor infinite. It tests the bits, because a compiler may assume that every number is finite.
fn finite(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let last = arrayLength(&metrics) - 1u;
    // What stands between the two are the losses of the images, whose mean the first is: it is not finite if one of them is not.
    let all_finite = finite(metrics[0]) && finite(metrics[last]);
    // Other invocations may read `stopped` before or after this write. That makes no difference in this update: each has
    // looked at the measurements itself.
    if (id.x == 0u && !all_finite) {
        stopped[0] = 1.0;
    }
    if (!all_finite || stopped[0] != 0.0) {
        return;
    }
    let beta1 = coefficients[0];
    let beta2 = coefficients[1];
    let max_norm = coefficients[2];
    let one_minus_beta1 = coefficients[3];
    let one_minus_beta2 = coefficients[4];
    let bias_correction2_sqrt = coefficients[5];
    let eps = coefficients[6];
    let decay_factor = coefficients[7];
    let step_size = coefficients[8];
    let ema_decay = coefficients[9];
    let one_minus_ema_decay = coefficients[10];
    // As PyTorch's clip_grad_norm_, 1e-6 included. A `max_norm` of 0 means no clipping.
    let scale = select(1.0, min(max_norm / (metrics[last] + 1e-6), 1.0), max_norm > 0.0);
    for (var i = id.x; i < arrayLength(&gradient); i += groups.x * {{ invocations }}u) {
        let g = gradient[i] * scale;
        let next_m = m[i] * beta1 + g * one_minus_beta1;
        let next_v = v[i] * beta2 + g * g * one_minus_beta2;
        let p = params[i] * decay_factor - next_m / (sqrt(next_v) / bias_correction2_sqrt + eps) * step_size;
        m[i] = next_m;
        v[i] = next_v;
        params[i] = p;
        ema[i] = ema[i] * ema_decay + p * one_minus_ema_decay;
    }
}
