{{ enable }}
// The gradient of a convolution's weights as partial sums, one for each shard of the batch, which
// weight_gradient_sum.wgsl adds up: one pass of the forward plan (crate/cpu_kernels/plan.rs), or all four passes of an
// upsampling convolution.
//
// An invocation holds the sums of {{ source_fours }} × 4 source channels and 4 target channels for all taps of
// {{ kernel_rows }} rows of the kernel, and adds source·gradientᵀ over the pixels of its shard's images, {{ columns_at_once }}
// columns at a time.
// Neighbouring invocations take the next 4 target channels, so that they need the same part of the source: if the adapter
// has quads, each of the four invocations of one loads a quarter and broadcasts it to the others.

@group(0) @binding(0) var<storage, read_write> source: array<{{ source_type }}>;
@group(0) @binding(1) var<storage, read_write> gradient: array<{{ target_type }}>;
// [shard][tap][source channel][4 target channels]
@group(0) @binding(2) var<storage, read_write> parts: array<vec4<f32>>;

const HEIGHT = {{ height }};
const WIDTH = {{ width }};
// Channels of the source and of the target, counted in fours and rounded up.
const SOURCE = {{ source }}u;
const TARGET = {{ target }}u;
// Rows and columns of the target in this pass.
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
    // Loop bounds and branches depend on the workgroup's id only, so that the compiler can prove them uniform, which quad
    // operations require.
    let id = group.x * {{ invocations }}u + local;
    // Invocations beyond the last channel compute that one once more and only skip the store, because all four of a quad
    // must stay active.
    let in_range = id < SOURCE / {{ source_fours }}u * {{ targets_padded }}u && id % {{ targets_padded }}u < TARGET;
    let t = min(id % {{ targets_padded }}u, TARGET - 1u);
    let s = min(id / {{ targets_padded }}u, SOURCE / {{ source_fours }}u - 1u) * {{ source_fours }}u;
    let tap_row = group.y * {{ kernel_rows }}u;
    {{ which_pass }}
    let shard = outer_index;
    let images = arrayLength(&gradient) / ({{ target_size }}u);
    {{ registers }}
    for (var image = shard; image < images; image += groups.z / {{ passes }}u) {
        for (var row = 0u; row < ROWS; row++) {
            {{ lines }}
            let target_line = (image * {{ target_height }}u + row * {{ row_step }}u + {{ row_start }}u + row_offset) * {{ target_width }}u;
            for (var column = 0u; column < COLUMNS; column += {{ columns_at_once }}u) {
                {{ products }}
            }
        }
    }
    if (!in_range) {
        return;
    }
    let first = (shard * {{ taps }}u + {{ first_tap }}u + pass_in_launch * {{ pass_taps }}u + tap_row * {{ tap_cols }}u) * SOURCE * 4u;
    {{ stores }}
}
