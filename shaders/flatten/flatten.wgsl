// Copies a few tensors (part_0, part_1, …) out of one flat buffer, or into it; an invocation copies one value.

@group(0) @binding(0) var<storage, read_write> flat: array<f32>;
{{ bindings }}

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let at = (group.y * {{ row }}u + group.x) * {{ invocations }}u + index;
    {{ cases }}
}
