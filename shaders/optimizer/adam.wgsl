// One update of Adam with decoupled weight decay, clipping and the moving average, in place (crate/training/optimizer.rs).
// Nothing is done once a loss or a gradient's norm was not finite.

@group(0) @binding(0) var<storage, read_write> params: array<f32>;
@group(0) @binding(1) var<storage, read_write> m: array<f32>;
@group(0) @binding(2) var<storage, read_write> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> ema: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;
// What the step was found to be; the last is the L2 norm of the gradient.
@group(0) @binding(5) var<storage, read_write> metrics: array<f32>;
// See crate/ops/adam.rs.
@group(0) @binding(6) var<storage, read_write> coefficients: array<f32, {{ coefficients }}>;
// Not 0 once something was not finite.
@group(0) @binding(7) var<storage, read_write> stopped: array<f32, 1>;

// Compilers may take for granted that all numbers are finite; of bits they may not.
fn finite(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let last = arrayLength(&metrics) - 1u;
    var sound = true;
    for (var i = 0u; i <= last; i += 1u) {
        sound = sound && finite(metrics[i]);
    }
    // The others may see it before or after: they know by themselves.
    if (id.x == 0u && !sound) {
        stopped[0] = 1.0;
    }
    if (!sound || stopped[0] != 0.0) {
        return;
    }
    let beta1 = coefficients[0];
    let beta2 = coefficients[1];
    let most = coefficients[2];
    let rest1 = coefficients[3];
    let rest2 = coefficients[4];
    let root = coefficients[5];
    let eps = coefficients[6];
    let keep = coefficients[7];
    let rate = coefficients[8];
    let decay = coefficients[9];
    let fresh = coefficients[10];
    // 1e-6 as in PyTorch; no clipping: `most` is 0.
    let scale = select(1.0, min(most / (metrics[last] + 1e-6), 1.0), most > 0.0);
    for (var i = id.x; i < arrayLength(&gradient); i += groups.x * {{ invocations }}u) {
        let g = gradient[i] * scale;
        let next_m = m[i] * beta1 + g * rest1;
        let next_v = v[i] * beta2 + g * g * rest2;
        let p = params[i] * keep - next_m / (sqrt(next_v) / root + eps) * rate;
        m[i] = next_m;
        v[i] = next_v;
        params[i] = p;
        ema[i] = ema[i] * decay + p * fresh;
    }
}
