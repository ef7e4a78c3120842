// The bench's measurement of memory bandwidth: every value is read once and written once, and neighbouring invocations
// access neighbouring memory.

@group(0) @binding(0) var<storage, read_write> from_here: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> to_there: array<vec4<f32>>;

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let at = (group.y * {{ row }}u + group.x) * {{ invocations }}u + index;
    to_there[at] = from_here[at];
}
