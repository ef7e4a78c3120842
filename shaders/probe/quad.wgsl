{{ enable }}
// Tests whether invocations 4i … 4i + 3 of a workgroup are a quad, which the kernels rely on. WGSL does not promise it; all
// adapters known so far do it. `firsts` receives the number of the quad's first invocation, or −1 if the invocation's
// position in its quad is another one than its index says.

@group(0) @binding(0) var<storage, read_write> numbers: array<f32>;
@group(0) @binding(1) var<storage, read_write> firsts: array<f32>;

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(local_invocation_index) index: u32, {{ lane }}) {
    firsts[index] = select(-1.0, quadBroadcast(numbers[index], 0u), (lane & 3u) == (index & 3u));
}
