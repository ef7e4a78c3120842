// Between a pass of the network and reverse_step.wgsl: keeps x_t, x0_hat and eps_hat of the pass as bytes, four pixels a word.
// An invocation keeps one word of each. A pass whose frame is not kept changes nothing.

// The passes done.
@group(0) @binding(0) var<storage, read_write> counter: array<u32, 1>;
// The rows of all passes, [passes, COLUMNS]: the frame's place among those kept or NOT_KEPT, the number of places, and the
// factors of x0_hat (of the output, of x_t), of eps_hat (the same), cfg_scale, as crate/ops/wgpu/frames.rs lays them out.
@group(0) @binding(1) var<storage, read_write> table: array<u32>;
// [rows, WIDTH]
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
// {{ about_output }}
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
// [3, rows, places, WORDS]: x_t, x0_hat, eps_hat.
@group(0) @binding(4) var<storage, read_write> frames: array<u32>;
{{ eps_hat_binding }}

const WIDTH = {{ width }}u;
const WORDS = {{ words }}u;
const COLUMNS = {{ columns }}u;
const CHANNELS = {{ channels }}u;
const NOT_KEPT = 0xffffffffu;
// eps_hat is kept from -EPS_RANGE to EPS_RANGE.
const EPS_RANGE = {{ eps_range }};

// As to_bytes in crate/images.rs.
fn greys(values: vec3<f32>) -> vec3<u32> {
    return vec3<u32>(floor((clamp(values, vec3(-1.0), vec3(1.0)) + 1.0) * 127.5 + 0.5));
}

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let rows = groups.y;
    let numbers = counter[0] * COLUMNS;
    let place = table[numbers];
    let places = table[numbers + 1u];
    let word = group.x * {{ invocations }}u + index;
    if (place == NOT_KEPT || word >= WORDS) {
        return;
    }
    var packed = vec3(0u);
    for (var i = 0u; i < 4u; i++) {
        let at = group.y * WIDTH + 4u * word + i;
        let of_output = at + group.y * (CHANNELS - 1u) * WIDTH;
        let x_t = x[at];
        {{ estimates }}
        packed |= greys(vec3(x_t, x0_hat, eps_hat / EPS_RANGE)) << vec3(8u * i);
    }
    let plane = rows * places * WORDS;
    let to = (group.y * places + place) * WORDS + word;
    frames[to] = packed.x;
    frames[plane + to] = packed.y;
    frames[2u * plane + to] = packed.z;
}
