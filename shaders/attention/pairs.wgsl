// Self-attention of one head over the tokens of an image, forward or its gradient. A workgroup computes one image and
// keeps the matrix of all pairs of tokens in workgroup memory. An invocation holds a tile of {{ tile }} × {{ tile }} pairs
// in registers; crate/ops/wgpu/attention/pairs.rs generates the unrolled loops over it.

// [B, N, 3C]: query, key and value of each token.
@group(0) @binding(0) var<storage, read_write> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;
{{ bindings }}

// N
const TOKENS = {{ tokens }}u;
// C/4
const WIDTH = {{ width }}u;
const SCALE = {{ scale }};
const INVOCATIONS = {{ invocations }}u;
// The number of tiles along one side of the matrix.
const TILES = {{ tiles }}u;
// The number of (tile of tokens, 4 channels) that the output is divided into.
const PARTS = TILES * WIDTH;

// [query][key]: first the scores query·key, then the attention map, and at last, in the gradient, the gradient of the
// scores.
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
    // The invocation's tile of the matrix. There are more invocations than tiles, so some have none.
    let rows = index / TILES * {{ tile }}u;
    let columns = index % TILES * {{ tile }}u;
    let has_tile = index < TILES * TILES;
    {{ tokens_of_tile }}
    if (has_tile) {
        {{ scores }}
    }
    workgroupBarrier();
    // Softmax, a row of the matrix for each of the first invocations; the maximum is subtracted so that exp stays finite.
    if (index < TOKENS) {
        let first = index * TOKENS;
        var maximum = pairs[first];
        for (var j = 1u; j < TOKENS; j++) {
            maximum = max(maximum, pairs[first + j]);
        }
        var sum = 0.0;
        for (var j = 0u; j < TOKENS; j++) {
            let p = exp((pairs[first + j] - maximum) * SCALE);
            pairs[first + j] = p;
            sum += p;
        }
        for (var j = 0u; j < TOKENS; j++) {
            pairs[first + j] /= sum;
        }
    }
    workgroupBarrier();
{{ body }}}
