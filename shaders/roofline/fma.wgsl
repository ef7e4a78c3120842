// The bench's measure of arithmetic: nothing but multiply-adds in registers, {{ rounds }} rounds of them an invocation.

@group(0) @binding(0) var<storage, read_write> start: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> sums: array<vec4<f32>>;

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let at = group.x * {{ invocations }}u + index;
    // Unknown to the compiler, and such that the sums stay finite.
    let k = start[at];
    {{ registers }}
    for (var round = 0u; round < {{ rounds }}u; round++) {
        {{ sums }}
    }
    sums[at] = {{ total }};
}
