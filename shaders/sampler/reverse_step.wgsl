// After a pass of the network: guidance, x0_hat, clipping, and the next x with its noise, as in
// crate/diffusion/reverse_step.rs; then the counter of passes is advanced. Images are [rows, {{ width }}].

// This pass's row of the table. Words 0 to 5 are the noise's stream (see row_gaussians), words 6 to 15 the factors in the
// order of crate/ops/wgpu/sampler_state.rs: x0 (of the output, of x_t), x_t, x0_hat, output, prev_x0, z, cfg_scale, and the
// two of ln σ² (of the output's second channel, constant).
@group(0) @binding(0) var<storage, read_write> numbers: array<u32, {{ words }}>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
// The network's output, [rows, CHANNELS, WIDTH]; a second channel says the variance. With guidance there are twice as many
// rows: those with class, then the same without.
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
// The x0_hat of the pass before, replaced by that of this pass.
@group(0) @binding(3) var<storage, read_write> prev_x0: array<f32>;
@group(0) @binding(4) var<storage, read_write> counter: array<u32, 1>;
{{ x_doubled_binding }}

const WIDTH = {{ width }}u;
const CHANNELS = {{ channels }}u;

{{ philox }}

fn factor(number: u32) -> f32 {
    return bitcast<f32>(numbers[6u + number]);
}

fn clamp_to_images(value: f32) -> f32 {
    return clamp(value, -1.0, 1.0);
}

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let rows = groups.y;
    let pair = group.x * {{ invocations }}u + index;
    if (pair == 0u && group.y == 0u) {
        counter[0] += 1u;
    }
    var z = vec2(0.0);
    if (factor(6u) != 0.0) {
        z = row_gaussians(group.y, pair);
    }
    for (var i = 0u; i < 2u; i++) {
        if (2u * pair + i < WIDTH) {
            let at = group.y * WIDTH + 2u * pair + i;
            let of_output = at + group.y * (CHANNELS - 1u) * WIDTH;
            let x_t = x[at];
            let model_output = {{ model_output }};
            let x0_hat = {{ clip }}(factor(0u) * model_output + factor(1u) * x_t);
            let next = factor(2u) * x_t + factor(3u) * x0_hat + factor(4u) * model_output + factor(5u) * prev_x0[at]
                + factor(6u) * {{ sigma }} * z[i];
            prev_x0[at] = x0_hat;
            x[at] = next;
            {{ store_doubled }}
        }
    }
}
