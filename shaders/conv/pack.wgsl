{{ enable }}
// Packs the weights of a convolution in the order in which conv.wgsl reads them, [tap][source channel][4 target
// channels], with zeros beyond the last channel. A tap's weight is the sum of the kernel's entries that meet the same
// source pixel.

@group(0) @binding(0) var<storage, read_write> weight: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<{{ weight_type }}>;

const SOURCE = {{ source }}u;
const TARGET = {{ target }}u;
// Channels counted in fours and rounded up.
const SOURCES = {{ sources }}u;
const TARGETS = {{ targets }}u;
const ENTRIES = {{ entries }}u;
const TAPS = {{ taps }}u;

// The entries of the kernel that a tap sums: bit e stands for entry e.
fn mask(tap: u32) -> u32 {
    {{ masks }}
}

// The weight of a tap between source channel s and target channel t.
fn entry(tap: u32, s: u32, t: u32) -> f32 {
    if (s >= SOURCE || t >= TARGET) {
        return 0.0;
    }
    let first = {{ first }};
    let entries = mask(tap);
    var sum = 0.0;
    for (var e = 0u; e < ENTRIES; e++) {
        if (((entries >> e) & 1u) == 1u) {
            sum += weight[first + e];
        }
    }
    return sum;
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= TAPS * SOURCES * 4u * TARGETS) {
        return;
    }
    let t = id.x % TARGETS * 4u;
    let s = id.x / TARGETS % (SOURCES * 4u);
    let tap = id.x / TARGETS / (SOURCES * 4u);
    packed[id.x] = {{ weight_type }}(vec4<f32>(
        entry(tap, s, t),
        entry(tap, s, t + 1u),
        entry(tap, s, t + 2u),
        entry(tap, s, t + 3u),
    ));
}
