// x_t = √ᾱ·x_0 + √(1−ᾱ)·ε (Ho et al. 2020, eq. 4), each row (image) with its own ᾱ and ε; x_t and ε are written,
// [rows, {{ width }}]. An invocation makes two values of a row.

// The noise's stream, see row_gaussians.
@group(0) @binding(0) var<storage, read_write> numbers: array<u32, 6>;
@group(0) @binding(1) var<storage, read_write> x0: array<f32>;
// √ᾱ and √(1−ᾱ) of each row.
@group(0) @binding(2) var<storage, read_write> factors: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> x_t: array<f32>;
@group(0) @binding(4) var<storage, read_write> eps: array<f32>;

const WIDTH = {{ width }}u;

{{ philox }}

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let pair = group.x * {{ invocations }}u + index;
    let factor = factors[group.y];
    let z = row_gaussians(group.y, pair);
    for (var i = 0u; i < 2u; i++) {
        let at = group.y * WIDTH + 2u * pair + i;
        if (2u * pair + i < WIDTH) {
            eps[at] = z[i];
            x_t[at] = factor.x * x0[at] + factor.y * z[i];
        }
    }
}
