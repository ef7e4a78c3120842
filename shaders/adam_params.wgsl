// The parameters and their moving average from Adam's moments: the second half of an update.

@group(0) @binding(0) var<storage, read_write> params: array<f32>;
@group(0) @binding(1) var<storage, read_write> ema: array<f32>;
@group(0) @binding(2) var<storage, read_write> m: array<f32>;
@group(0) @binding(3) var<storage, read_write> v: array<f32>;
@group(0) @binding(4) var<storage, read_write> coefficients: array<f32, {{ coefficients }}>;
@group(0) @binding(5) var<storage, read_write> next_params: array<f32>;
@group(0) @binding(6) var<storage, read_write> next_ema: array<f32>;

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let root = coefficients[5];
    let eps = coefficients[6];
    let keep = coefficients[7];
    let rate = coefficients[8];
    let decay = coefficients[9];
    let fresh = coefficients[10];
    for (var i = id.x; i < arrayLength(&params); i += groups.x * {{ invocations }}u) {
        let p = params[i] * keep - m[i] / (sqrt(v[i]) / root + eps) * rate;
        next_params[i] = p;
        next_ema[i] = ema[i] * decay + p * fresh;
    }
}
