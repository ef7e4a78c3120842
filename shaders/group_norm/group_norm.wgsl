{{ enable }}
// Group normalisation and, if the layer has it, SiLU. A workgroup computes one group of one image. An invocation has
// {{ vector }} of the group's channels and keeps its {{ pixels_per_invocation }} pixels in registers, so that every value is read only once;
// crate/ops/wgpu/norm.rs generates the unrolled loops over them.

@group(0) @binding(0) var<storage, read_write> images: array<{{ type }}>;
@group(0) @binding(1) var<storage, read_write> weight: array<{{ type }}>;
@group(0) @binding(2) var<storage, read_write> bias: array<{{ type }}>;
@group(0) @binding(3) var<storage, read_write> output: array<{{ type }}>;
{{ bindings }}

// Pixels of an image, channels of a group and channels of an image, the latter two counted in vectors.
const PIXELS = {{ pixels }}u;
const WIDTH = {{ width }}u;
const CHANNELS = {{ channels }}u;
const EPS = {{ eps }};
// Values in a group.
const COUNT = {{ count }};
// Pixels that a workgroup reads at a time, a power of two.
const LANES = {{ lanes }}u;

{{ sums }}
// The sum of a vector's components.
fn horizontal(value: {{ type }}) -> f32 {
    return {{ horizontal }};
}

fn silu(z: {{ type }}) -> {{ type }} {
    return z / (1.0 + exp(-z));
}

// The derivative of silu.
fn silu_slope(z: {{ type }}) -> {{ type }} {
    let sigmoid = 1.0 / (1.0 + exp(-z));
    return sigmoid * (1.0 + z * (1.0 - sigmoid));
}

@compute @workgroup_size({{ workgroup }}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
    {{ lane }}
) {
    let channel = group.x * WIDTH + index / LANES;
    let pixel = index % LANES;
    let first = group.y * PIXELS * CHANNELS + channel;
    let inside = {{ inside }};
    {{ load }}
    let mean = total(index, horizontal({{ sum }})) / COUNT;
    {{ centre }}
    let inverse = inverseSqrt(total(index, horizontal({{ squares }})) / COUNT + EPS);
{{ body }}}
