// The gradient of a convolution's weights in PyTorch's layout, [out, in, k, k], from the partial sums of
// weight_gradient.wgsl: each entry of the kernel is summed over shards, and over the taps that contain the entry.

@group(0) @binding(0) var<storage, read_write> parts: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;

const SOURCE = {{ source }}u;
const TARGET = {{ target }}u;
// Channels counted in fours and rounded up.
const SOURCES = {{ sources }}u;
const TARGETS = {{ targets }}u;
const ENTRIES = {{ entries }}u;
const TAPS = {{ taps }}u;

// A tap's gradient for source channel s and target channels 4t … 4t + 3: the sum over shards.
fn total(tap: u32, s: u32, t: u32) -> vec4<f32> {
    let size = TAPS * SOURCES * 4u * TARGETS;
    let shards = arrayLength(&parts) / size;
    var sum = vec4(0.0);
    for (var shard = 0u; shard < shards; shard++) {
        sum += parts[shard * size + (tap * SOURCES * 4u + s) * TARGETS + t];
    }
    return sum;
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= SOURCE * TARGETS) {
        return;
    }
    let t = id.x % TARGETS;
    let s = id.x / TARGETS;
    {{ sums }}
    for (var lane = 0u; lane < 4u; lane++) {
        let o = t * 4u + lane;
        if (o < TARGET) {
            let first = (o * SOURCE + s) * ENTRIES;
            {{ stores }}
        }
    }
}
