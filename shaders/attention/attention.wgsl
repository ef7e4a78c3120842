// Self-attention of one head over the tokens of an image, forward or for its gradient. A workgroup takes one
// image and keeps the matrix of all pairs of tokens to itself; what is written out is by
// crate/ops/wgpu/attention.rs. Tiles of {{ tile }} tokens are held in registers.

// [B, N, 3C]: query, key, value.
@group(0) @binding(0) var<storage, read_write> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;
{{ bindings }}

const TOKENS = {{ tokens }}u;
// C/4
const WIDTH = {{ width }}u;
const SCALE = {{ scale }};
const INVOCATIONS = {{ invocations }}u;
// Tiles along one side of the matrix.
const TILES = {{ tiles }}u;
const PARTS = TILES * WIDTH;

// [query][key]: first the products, then the attention, then in the gradient that of the products.
var<workgroup> pairs: array<f32, TOKENS * TOKENS>;

fn query(image: u32, token: u32, c: u32) -> vec4<f32> {
    return qkv[(image * TOKENS + token) * 3u * WIDTH + c];
}

fn key(image: u32, token: u32, c: u32) -> vec4<f32> {
    return query(image, token, WIDTH + c);
}

fn value(image: u32, token: u32, c: u32) -> vec4<f32> {
    return query(image, token, 2u * WIDTH + c);
}

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let image = group.x;
    // An invocation's tile of the matrix; those beyond the last have none.
    let rows = index / TILES * {{ tile }}u;
    let columns = index % TILES * {{ tile }}u;
    let tiled = index < TILES * TILES;
    {{ tokens_of_tile }}
    if (tiled) {
        {{ products }}
    }
    workgroupBarrier();
    if (index < TOKENS) {
        let first = index * TOKENS;
        var most = pairs[first];
        for (var j = 1u; j < TOKENS; j++) {
            most = max(most, pairs[first + j]);
        }
        var sum = 0.0;
        for (var j = 0u; j < TOKENS; j++) {
            let p = exp((pairs[first + j] - most) * SCALE);
            pairs[first + j] = p;
            sum += p;
        }
        for (var j = 0u; j < TOKENS; j++) {
            pairs[first + j] /= sum;
        }
    }
    workgroupBarrier();
{{ body }}}
