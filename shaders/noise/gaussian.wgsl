// Standard Gaussian noise, [rows, {{ width }}]; an invocation makes two numbers of a row.

// The noise's stream, see row_gaussians.
@group(0) @binding(0) var<storage, read_write> numbers: array<u32, 6>;
@group(0) @binding(1) var<storage, read_write> noise: array<f32>;

const WIDTH = {{ width }}u;

{{ philox }}

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let pair = group.x * {{ invocations }}u + index;
    let at = 2u * pair;
    if (at >= WIDTH) {
        return;
    }
    let z = row_gaussians(group.y, pair);
    noise[group.y * WIDTH + at] = z.x;
    if (at + 1u < WIDTH) {
        noise[group.y * WIDTH + at + 1u] = z.y;
    }
}
