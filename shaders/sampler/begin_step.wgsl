// The beginning of a reverse step: copies the numbers of step `counter` from the table to where reverse_step.wgsl reads
// them, and computes the network's embedding for the step, SiLU(time + class). A workgroup computes one image's embedding.

@group(0) @binding(0) var<storage, read_write> counter: array<u32, 1>;
// The numbers of every step, [steps, WORDS], as crate/ops/wgpu/sampler_state.rs lays them out.
@group(0) @binding(1) var<storage, read_write> table: array<u32>;
// The time embedding of every step, [steps, WIDTH].
@group(0) @binding(2) var<storage, read_write> times: array<f32>;
// The class embedding of every image, [images, WIDTH].
@group(0) @binding(3) var<storage, read_write> classes: array<f32>;
// The numbers of this step.
@group(0) @binding(4) var<storage, read_write> current_step: array<u32, {{ words }}>;
// [images, WIDTH]
@group(0) @binding(5) var<storage, read_write> embedding: array<f32>;

const WORDS = {{ words }}u;
const WIDTH = {{ width }}u;

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let step = counter[0];
    if (group.x == 0u && index < WORDS) {
        current_step[index] = table[step * WORDS + index];
    }
    for (var i = index; i < WIDTH; i += {{ invocations }}u) {
        let at = group.x * WIDTH + i;
        let sum = times[step * WIDTH + i] + classes[at];
        // SiLU
        embedding[at] = sum / (1.0 + exp(-sum));
    }
}
