// Self-attention of several heads over the tokens of an image, forward or one of the launches of its gradient, without the
// matrix of all pairs of tokens. An invocation computes one token, whose vectors it keeps in registers, and goes through
// the other tokens a tile at a time, which the workgroup has loaded into its memory. The softmax is taken on the way: the
// sums are scaled anew whenever a larger score is met (Milakov & Gimelshein 2018, "Online normalizer calculation for
// softmax"; Dao et al. 2022, "FlashAttention"). crate/ops/wgpu/attention/online.rs generates the loops over the channels.

// [B, N, 3C]: query, key and value of each token, each of them head by head.
@group(0) @binding(0) var<storage, read_write> qkv: array<vec4<f32>>;
{{ bindings }}

// N
const TOKENS = {{ tokens }}u;
const HEADS = {{ heads }}u;
// The number of vectors of a head, D/4.
const DEPTH = {{ depth }}u;
// C/4
const WIDTH = HEADS * DEPTH;
const SCALE = {{ scale }};
const INVOCATIONS = {{ invocations }}u;
// The tokens that are in the workgroup's memory at a time.
const TILE = {{ tile }}u;

// Two vectors of each token of the tile: keys and values for a query, queries and gradients for a key.
var<workgroup> tile_a: array<vec4<f32>, TILE * DEPTH>;
var<workgroup> tile_b: array<vec4<f32>, TILE * DEPTH>;
{{ workgroup_arrays }}

// The index in qkv of a head's part of a token's query (part 0), key (1) or value (2).
fn at(image: u32, head: u32, token: u32, part: u32) -> u32 {
    return ((image * TOKENS + token) * 3u + part) * WIDTH + head * DEPTH;
}

// The index of a head's part of a token of the output or of its gradient, [B, N, C].
fn at_output(image: u32, head: u32, token: u32) -> u32 {
    return (image * TOKENS + token) * WIDTH + head * DEPTH;
}

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let head = group.y;
    let image = group.z;
    // Invocations beyond the last token compute it once more and store nothing: all have to reach the barriers.
    let is_token = group.x * INVOCATIONS + index < TOKENS;
    let token = min(group.x * INVOCATIONS + index, TOKENS - 1u);
{{ body }}}
