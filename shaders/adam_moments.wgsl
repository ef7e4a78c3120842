// Adam's moments from the gradient, clipped by its norm: the first half of an update (crate/trainer/optimizer.rs).

@group(0) @binding(0) var<storage, read_write> m: array<f32>;
@group(0) @binding(1) var<storage, read_write> v: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;
// One number: the L2 norm of the gradient.
@group(0) @binding(3) var<storage, read_write> norm: array<f32>;
// See crate/kernels/adam.rs.
@group(0) @binding(4) var<storage, read_write> coefficients: array<f32, {{ coefficients }}>;
@group(0) @binding(5) var<storage, read_write> next_m: array<f32>;
@group(0) @binding(6) var<storage, read_write> next_v: array<f32>;

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let beta1 = coefficients[0];
    let beta2 = coefficients[1];
    let most = coefficients[2];
    let rest1 = coefficients[3];
    let rest2 = coefficients[4];
    // 1e-6 as in PyTorch; no clipping: `most` is 0.
    let scale = select(1.0, min(most / (norm[0] + 1e-6), 1.0), most > 0.0);
    for (var i = id.x; i < arrayLength(&gradient); i += groups.x * {{ invocations }}u) {
        let g = gradient[i] * scale;
        next_m[i] = m[i] * beta1 + g * rest1;
        next_v[i] = v[i] * beta2 + g * g * rest2;
    }
}
