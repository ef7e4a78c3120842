{{ enable }}
// Convolution of channels-last images, or the gradient of its input: one pass of a plan (crate/cpu_kernels/plan.rs
// explains plans), or all four passes of an upsampling convolution.
//
// An invocation holds a tile of {{ tile_rows }} × {{ tile_cols }} pixels × 4 output channels in registers. Neighbouring
// invocations take the next 4 channels of the same pixels, so that they read the same part of the image and neighbouring
// weights. If the adapter has quads, each of the four invocations of one loads a quarter of a row of the image and
// broadcasts it to the others. crate/ops/wgpu/conv/apply.rs generates the unrolled loops over columns, because indices
// into registers must be constants.

@group(0) @binding(0) var<storage, read_write> source: array<{{ source_type }}>;
// [tap][source channel][4 target channels]
@group(0) @binding(1) var<storage, read_write> weights: array<{{ weight_type }}>;
@group(0) @binding(2) var<storage, read_write> output: array<{{ target_type }}>;
{{ bias_binding }}
{{ addend_binding }}

const HEIGHT = {{ height }};
const WIDTH = {{ width }};
// Channels of the source and of the target, counted in fours and rounded up.
const SOURCE = {{ source }}u;
const TARGET = {{ target }}u;
const TILES = {{ tiles }}u;
const TILES_A_ROW = {{ tiles_a_row }}u;
// Rows and columns of the target in this pass.
const ROWS = {{ rows }}u;
const COLUMNS = {{ columns }}u;
const TARGET_HEIGHT = {{ target_height }}u;
const TARGET_WIDTH = {{ target_width }}u;

fn load(pixel: u32, channel: u32) -> vec4<f32> {
    {{ load }}
}

fn store(pixel: u32, channel: u32, value: vec4<f32>) {
    {{ store }}
}

fn bias_of(image: u32, channel: u32) -> vec4<f32> {
    {{ bias }}
}

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
    {{ lane }}
) {
    // Invocations beyond the last channel or tile compute that one once more and only skip the store, because all four of a
    // quad must stay active.
    let own_channel = group.x * {{ workgroup_x }}u + local % {{ workgroup_x }}u;
    let own_tile = group.y * {{ workgroup_y }}u + local / {{ workgroup_x }}u;
    let in_range = own_channel < TARGET && own_tile < TILES;
    let channel = min(own_channel, TARGET - 1u);
    let tile = min(own_tile, TILES - 1u);
    {{ which_pass }}
    let image = outer_index;
    let row = tile / TILES_A_ROW * {{ tile_rows }}u;
    let column = tile % TILES_A_ROW * {{ tile_cols }}u;
    let first = bias_of(image, channel);
    {{ registers }}
    for (var tap_row = 0u; tap_row < {{ tap_rows }}u; tap_row++) {
        {{ lines }}
        for (var c = 0u; c < SOURCE; c++) {
            {{ loads }}
            let w = (({{ first_tap }}u + pass_in_launch * {{ tap_rows }}u * {{ tap_cols }}u + tap_row * {{ tap_cols }}u) * SOURCE + c) * 4u * TARGET + channel;
            {{ sums }}
        }
    }
    if (!in_range) {
        return;
    }
    {{ stores }}
}
