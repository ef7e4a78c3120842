// Convolution of channels-last images: one pass of a plan (see cpu/plan.rs), forward or for the
// gradient of the input.
//
// One invocation holds {{ pixels }} neighbouring pixels of a row × 4 output channels in registers. Neighbouring
// invocations take the next 4 channels of the same pixels, so that they read the same part of the image
// and neighbouring weights. The loops over taps and pixels are written out by crate/kernels/wgsl/conv.rs:
// indices into registers must be constants.

@group(0) @binding(0) var<storage, read_write> source: array<{{ source_type }}>;
// [tap][source channel][4 target channels]
@group(0) @binding(1) var<storage, read_write> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> output: array<{{ target_type }}>;
{{ bias_binding }}

const HEIGHT = {{ height }};
const WIDTH = {{ width }};
// Channels of the source and the target in fours, rounded up.
const SOURCE = {{ source }}u;
const TARGET = {{ target }}u;
const TILES = {{ tiles }}u;
const TILES_A_ROW = {{ tiles_a_row }}u;
const COLUMNS = {{ columns }}u;

fn load(pixel: u32, channel: u32) -> vec4<f32> {
    {{ load }}
}

fn store(pixel: u32, channel: u32, value: vec4<f32>) {
    {{ store }}
}

fn bias_of(image: u32, channel: u32) -> vec4<f32> {
    {{ bias }}
}

@compute @workgroup_size({{ workgroup_x }}, {{ workgroup_y }}, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let channel = group.x * {{ workgroup_x }}u + local.x;
    let tile = group.y * {{ workgroup_y }}u + local.y;
    let image = group.z;
    if (channel >= TARGET || tile >= TILES) {
        return;
    }
    let row = tile / TILES_A_ROW;
    let column = tile % TILES_A_ROW * {{ pixels }}u;
    let first = bias_of(image, channel);
    {{ registers }}
    {{ sums }}
    let line = (image * {{ target_height }}u + row * {{ row_step }}u + {{ row_start }}u) * {{ target_width }}u;
    {{ stores }}
}
