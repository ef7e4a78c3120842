// The beginning of a reverse step: the numbers of step `counter` and the network's embedding for it. A workgroup is an
// image.

@group(0) @binding(0) var<storage, read_write> counter: array<u32, 1>;
// [steps, WORDS]
@group(0) @binding(1) var<storage, read_write> table: array<u32>;
// What t adds to the embedding, [steps, WIDTH].
@group(0) @binding(2) var<storage, read_write> times: array<f32>;
// What the class adds, [images, WIDTH].
@group(0) @binding(3) var<storage, read_write> classes: array<f32>;
@group(0) @binding(4) var<storage, read_write> now: array<u32, {{ words }}>;
@group(0) @binding(5) var<storage, read_write> embedding: array<f32>;

const WORDS = {{ words }}u;
const WIDTH = {{ width }}u;

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let step = counter[0];
    if (group.x == 0u && index < WORDS) {
        now[index] = table[step * WORDS + index];
    }
    for (var i = index; i < WIDTH; i += {{ invocations }}u) {
        let at = group.x * WIDTH + i;
        let sum = times[step * WIDTH + i] + classes[at];
        // SiLU
        embedding[at] = sum / (1.0 + exp(-sum));
    }
}
