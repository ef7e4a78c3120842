{{ enable }}
// Are four neighbouring invocations a quad? WGSL leaves it open; every adapter known does so.

@group(0) @binding(0) var<storage, read_write> numbers: array<f32>;
@group(0) @binding(1) var<storage, read_write> firsts: array<f32>;

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(local_invocation_index) index: u32, {{ lane }}) {
    firsts[index] = select(-1.0, quadBroadcast(numbers[index], 0u), (lane & 3u) == (index & 3u));
}
