{{ enable }}
// The gradient of a convolution's weights, before the last sum: one pass of the forward plan, or all of a doubling's.
//
// One invocation holds, for {{ sources_held }} × 4 source channels and 4 target channels, the matrices of all taps of
// {{ rows_held }} rows of the kernel, and adds source·gradientᵀ over the pixels of a share of the images, {{ width_held }} columns at a
// time. Neighbouring invocations take the next 4 target channels, so that they need the same part of the
// source: where there are quads, each loads a quarter and they pass it around.

@group(0) @binding(0) var<storage, read_write> source: array<{{ source_type }}>;
@group(0) @binding(1) var<storage, read_write> gradient: array<{{ target_type }}>;
// [share][tap][source channel][4 target channels]
@group(0) @binding(2) var<storage, read_write> parts: array<vec4<f32>>;

const HEIGHT = {{ height }};
const WIDTH = {{ width }};
const SOURCE = {{ source }}u;
const TARGET = {{ target }}u;
const ROWS = {{ rows }}u;
const COLUMNS = {{ columns }}u;

fn load(pixel: u32, channel: u32) -> vec4<f32> {
    {{ load }}
}

fn load_gradient(pixel: u32, channel: u32) -> vec4<f32> {
    {{ load_gradient }}
}

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
    @builtin(num_workgroups) groups: vec3<u32>,
    {{ lane }}
) {
    // Nothing that the compiler must know to be uniform comes from the invocation's own place.
    let id = group.x * {{ invocations }}u + local;
    // Nobody leaves before the end: a quad works together.
    let wanted = id < SOURCE / {{ sources_held }}u * {{ targets_padded }}u && id % {{ targets_padded }}u < TARGET;
    let t = min(id % {{ targets_padded }}u, TARGET - 1u);
    let s = min(id / {{ targets_padded }}u, SOURCE / {{ sources_held }}u - 1u) * {{ sources_held }}u;
    let tap_row = group.y * {{ rows_held }}u;
    {{ which_pass }}
    let share = rest;
    let images = arrayLength(&gradient) / ({{ target_size }}u);
    {{ registers }}
    for (var image = share; image < images; image += groups.z / {{ passes }}u) {
        for (var row = 0u; row < ROWS; row++) {
            {{ lines }}
            let target_line = (image * {{ target_height }}u + row * {{ row_step }}u + {{ row_start }}u + below) * {{ target_width }}u;
            for (var column = 0u; column < COLUMNS; column += {{ width_held }}u) {
                {{ products }}
            }
        }
    }
    if (!wanted) {
        return;
    }
    let first = (share * {{ taps }}u + {{ first_tap }}u + part * {{ pass_taps }}u + tap_row * {{ tap_cols }}u) * SOURCE * 4u;
    {{ stores }}
}
