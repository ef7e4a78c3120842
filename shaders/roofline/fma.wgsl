// The bench's measurement of arithmetic: nothing but multiply-adds in registers, {{ rounds }} rounds of them in each
// invocation.

@group(0) @binding(0) var<storage, read_write> start: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> sums: array<vec4<f32>>;

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let at = group.x * {{ invocations }}u + index;
    // The factor is read from memory, so that the compiler cannot compute the sums beforehand. The bench chooses it so that
    // they stay finite.
    let k = start[at];
    {{ registers }}
    for (var round = 0u; round < {{ rounds }}u; round++) {
        {{ sums }}
    }
    sums[at] = {{ total }};
}
