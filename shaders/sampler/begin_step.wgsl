// Before a pass of the network: copies the pass's row of the table to `numbers`, where reverse_step.wgsl reads it, and computes
// the network's embedding for the pass, SiLU(time + class). A workgroup computes one image's embedding.

// The passes done.
@group(0) @binding(0) var<storage, read_write> counter: array<u32, 1>;
// The rows of all passes, [passes, WORDS], as crate/ops/wgpu/sampler_state.rs lays them out.
@group(0) @binding(1) var<storage, read_write> table: array<u32>;
// The time embedding of every pass, [passes, WIDTH].
@group(0) @binding(2) var<storage, read_write> times: array<f32>;
// The class embedding of every image, [images, WIDTH].
@group(0) @binding(3) var<storage, read_write> classes: array<f32>;
// This pass's row of the table.
@group(0) @binding(4) var<storage, read_write> numbers: array<u32, {{ words }}>;
// [images, WIDTH]
@group(0) @binding(5) var<storage, read_write> embedding: array<f32>;

const WORDS = {{ words }}u;
const WIDTH = {{ width }}u;

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let done = counter[0];
    if (group.x == 0u && index < WORDS) {
        numbers[index] = table[done * WORDS + index];
    }
    for (var i = index; i < WIDTH; i += {{ invocations }}u) {
        let at = group.x * WIDTH + i;
        let sum = times[done * WIDTH + i] + classes[at];
        // SiLU
        embedding[at] = sum / (1.0 + exp(-sum));
    }
}
