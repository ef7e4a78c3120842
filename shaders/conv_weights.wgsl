// The gradient of a convolution's weights, before the last sum: one pass of the forward plan.
//
// One invocation holds the 4×4 matrices (source channels × target channels) of all taps of one row of the
// kernel, and adds source·gradientᵀ over the pixels of a share of the images.

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

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    if (id.x >= SOURCE * TARGET) {
        return;
    }
    let t = id.x % TARGET;
    let s = id.x / TARGET;
    let row_tap = id.y;
    let share = id.z;
    let images = arrayLength(&gradient) / ({{ target_size }}u);
    {{ registers }}
    for (var image = share; image < images; image += groups.z) {
        for (var row = 0u; row < ROWS; row++) {
            let y = i32(row * {{ row_stride }}u) + {{ row_offset }};
            if (y >= 0 && y < HEIGHT) {
                let line = (image * u32(HEIGHT) + u32(y)) * u32(WIDTH);
                let target_line = (image * {{ target_height }}u + row * {{ row_step }}u + {{ row_start }}u) * {{ target_width }}u;
                for (var column = 0u; column < COLUMNS; column++) {
                    let g = load_gradient(target_line + column * {{ col_step }}u + {{ col_start }}u, t);
                    {{ products }}
                }
            }
        }
    }
    {{ stores }}
}
