//! Generates and launches `shaders/attention/online.wgsl`, whose loops over the channels of a head are unrolled here, so that
//! a token's vectors lie in registers.

use std::fmt::Write;

use burn_wgpu::{CubeTensor, SourceTemplate};

use super::super::{Context, Shader, dims, empty, fits, launch, template};

/// Invocations of a workgroup, each with a token.
const INVOCATIONS: usize = 64;
/// The most tokens in a workgroup's memory at a time.
const MAX_TILE: usize = 16;
/// The most numbers of a tile: two tiles take 8 kB of the 16 kB that WebGPU promises.
const TILE_NUMBERS: usize = 1024;
/// The largest number of channels of a head, that of the preset `base` with one head. An invocation has up to four vectors of
/// so many channels; those for which a GPU has no registers its compiler keeps in memory, which is slower.
const MAX_DEPTH: usize = 128;

/// `shaders/attention/online.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OnlineAttentionShader {
    tokens: usize,
    heads: usize,
    /// D, the number of channels of a head.
    depth: usize,
    launch: Launch,
}

/// What a launch computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Launch {
    /// The output.
    Forward,
    /// The gradient of the queries, and for each query the two numbers that the next launch needs: ln Σ exp of its scores,
    /// and Σ over its channels of output·(gradient of the output).
    Queries,
    /// The gradients of the keys and the values.
    Keys,
}

impl OnlineAttentionShader {
    /// The shader for such a `qkv`, [B, N, 3C]. `None` if the channels of a head are not a multiple of 4 or too many, or the
    /// adapter has no room for the kernels.
    pub fn new(ctx: &Context, qkv: &CubeTensor, heads: usize) -> Option<Self> {
        let [_, tokens, width] = dims(qkv);
        let depth = width / 3 / heads;
        let fits = fits(ctx) && depth.is_multiple_of(4) && depth <= MAX_DEPTH;
        fits.then_some(Self {
            tokens,
            heads,
            depth,
            launch: Launch::Forward,
        })
    }

    /// The number of tokens in a workgroup's memory at a time.
    fn tile(&self) -> usize {
        MAX_TILE.min(TILE_NUMBERS / self.depth)
    }

    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        let depth = self.depth / 4;
        // A statement for each vector of a head.
        let each = |text: &dyn Fn(usize) -> String| -> String {
            (0..depth).fold(String::new(), |mut all, c| {
                let _ = writeln!(all, "{}", text(c));
                all
            })
        };
        // A vector of a head in registers, from a buffer.
        let vector = |name: &str, buffer: &str, index: &str| {
            format!("let {name}_at = {index};\n")
                + &each(&|c| format!("let {name}_{c} = {buffer}[{name}_at + {c}u];"))
        };
        let zero = |name: &str| each(&|c| format!("var {name}_{c} = vec4(0.0);"));
        let dot = |left: &str, tile: &str| -> String {
            let terms: Vec<_> = (0..depth)
                .map(|c| format!("dot({left}_{c}, {tile}[j * DEPTH + {c}u])"))
                .collect();
            terms.join(" + ")
        };
        let add = |name: &str, factor: &str, tile: &str| {
            each(&|c| {
                format!("{name}_{c} = fma(vec4({factor}), {tile}[j * DEPTH + {c}u], {name}_{c});")
            })
        };
        let store = |buffer: &str, index: &str, value: &dyn Fn(usize) -> String| {
            format!("let {buffer}_at = {index};\n")
                + &each(&|c| format!("{buffer}[{buffer}_at + {c}u] = {};", value(c)))
        };
        // The tokens of the image, a tile at a time: `tile_a` and `tile_b` are loaded by `a` and `b`, expressions of a token
        // `other` and a vector `c`; then `text` is for each token j of the tile.
        let through = |a: &str, b: &str, load: &str, text: &str| {
            format!(
                "for (var first = 0u; first < TOKENS; first += TILE) {{\n\
                 workgroupBarrier();\n\
                 for (var i = index; i < TILE * DEPTH; i += INVOCATIONS) {{\n\
                 let other = min(first + i / DEPTH, TOKENS - 1u); let c = i % DEPTH;\n\
                 tile_a[i] = {a}; tile_b[i] = {b};\n}}\n\
                 {load}\
                 workgroupBarrier();\n\
                 for (var j = 0u; j < min(TILE, TOKENS - first); j++) {{\n{text}}}\n}}\n"
            )
        };
        let keys_and_values = [
            "qkv[at(image, head, other, 1u) + c]",
            "qkv[at(image, head, other, 2u) + c]",
        ];
        // Softmax and output of the query in registers: `maximum`, `sum`, and `output_c` before the division by `sum`.
        let forward = || {
            let rescaled = each(&|c| format!("sum_{c} *= correction;"));
            vector("query", "qkv", "at(image, head, token, 0u)")
                + "var maximum = -3.0e38; var total = 0.0;\n"
                + &zero("sum")
                + &through(
                    keys_and_values[0],
                    keys_and_values[1],
                    "",
                    &format!(
                        "let score = ({}) * SCALE;\n\
                         if (score > maximum) {{\n\
                         let correction = exp(maximum - score);\n\
                         maximum = score; total *= correction;\n{rescaled}}}\n\
                         let p = exp(score - maximum);\n\
                         total += p;\n{}",
                        dot("query", "tile_a"),
                        add("sum", "p", "tile_b"),
                    ),
                )
        };
        let (bindings, arrays, body) = match self.launch {
            Launch::Forward => {
                let stored = store("output", "at_output(image, head, token)", &|c| {
                    format!("sum_{c} / total")
                });
                (
                    "@group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;",
                    "",
                    forward() + &format!("if (is_token) {{\n{stored}}}\n"),
                )
            }
            Launch::Queries => {
                let terms: Vec<_> = (0..depth)
                    .map(|c| format!("dot(sum_{c}, dy_{c})"))
                    .collect();
                let stored = store("gradient", "at(image, head, token, 0u)", &|c| {
                    format!("dquery_{c}")
                });
                (
                    "@group(0) @binding(1) var<storage, read_write> gradient: array<vec4<f32>>;\n\
                     @group(0) @binding(2) var<storage, read_write> dy: array<vec4<f32>>;\n\
                     // [B, heads, N]: ln Σ exp(scores), and Σ output·dy.\n\
                     @group(0) @binding(3) var<storage, read_write> rows: array<vec2<f32>>;",
                    "",
                    forward()
                        + &vector("dy", "dy", "at_output(image, head, token)")
                        + &format!("let row_sum = ({}) / total;\n", terms.join(" + "))
                        + "let ln_total = maximum + log(total);\n"
                        + &zero("dquery")
                        + &through(
                            keys_and_values[0],
                            keys_and_values[1],
                            "",
                            &format!(
                                "let p = exp(({}) * SCALE - ln_total);\n\
                                 let dscore = p * ({} - row_sum) * SCALE;\n{}",
                                dot("query", "tile_a"),
                                dot("dy", "tile_b"),
                                add("dquery", "dscore", "tile_a"),
                            ),
                        )
                        + &format!(
                            "if (is_token) {{\n{stored}rows[(image * HEADS + head) * TOKENS + token] = \
                             vec2(ln_total, row_sum);\n}}\n"
                        ),
                )
            }
            Launch::Keys => {
                let key = store("gradient", "at(image, head, token, 1u)", &|c| {
                    format!("dkey_{c}")
                });
                let value =
                    each(&|c| format!("gradient[gradient_at + WIDTH + {c}u] = dvalue_{c};"));
                (
                    "@group(0) @binding(1) var<storage, read_write> gradient: array<vec4<f32>>;\n\
                     @group(0) @binding(2) var<storage, read_write> dy: array<vec4<f32>>;\n\
                     @group(0) @binding(3) var<storage, read_write> rows: array<vec2<f32>>;",
                    "var<workgroup> tile_rows: array<vec2<f32>, TILE>;",
                    vector("key", "qkv", "at(image, head, token, 1u)")
                        + &vector("value", "qkv", "at(image, head, token, 2u)")
                        + &zero("dkey")
                        + &zero("dvalue")
                        + &through(
                            "qkv[at(image, head, other, 0u) + c]",
                            "dy[at_output(image, head, other) + c]",
                            "if (index < TILE) {\n\
                             let other = min(first + index, TOKENS - 1u);\n\
                             tile_rows[index] = rows[(image * HEADS + head) * TOKENS + other];\n}\n",
                            &format!(
                                "let p = exp(({}) * SCALE - tile_rows[j].x);\n\
                                 let dscore = p * ({} - tile_rows[j].y) * SCALE;\n{}{}",
                                dot("key", "tile_a"),
                                dot("value", "tile_b"),
                                add("dkey", "dscore", "tile_a"),
                                add("dvalue", "p", "tile_b"),
                            ),
                        )
                        + &format!("if (is_token) {{\n{key}{value}}}\n"),
                )
            }
        };
        template(
            include_str!("../../../../shaders/attention/online.wgsl"),
            [
                ("bindings", bindings.into()),
                ("workgroup_arrays", arrays.into()),
                ("tokens", self.tokens.to_string()),
                ("heads", self.heads.to_string()),
                ("depth", depth.to_string()),
                ("scale", format!("{:?}", 1.0 / (self.depth as f32).sqrt())),
                ("invocations", INVOCATIONS.to_string()),
                ("tile", self.tile().to_string()),
                ("body", body),
            ],
        )
    }

    fn launch(&self, ctx: &Context, part: Launch, buffers: &[&CubeTensor]) {
        let [batch, ..] = dims::<3>(buffers[0]);
        let shader = Self {
            launch: part,
            ..self.clone()
        };
        let workgroups = [self.tokens.div_ceil(INVOCATIONS), self.heads, batch];
        launch(
            ctx,
            Shader::OnlineAttention(shader),
            INVOCATIONS,
            workgroups,
            buffers,
        );
    }

    /// The attention of every image, see [`crate::ops::self_attention`].
    ///
    /// # Shapes
    /// `qkv`: [B, N, 3C] → [B, N, C]
    pub fn forward(&self, ctx: &Context, qkv: CubeTensor) -> CubeTensor {
        let [batch, tokens, _] = dims(&qkv);
        let output = empty(&qkv, [batch, tokens, self.heads * self.depth]);
        self.launch(ctx, Launch::Forward, &[&qkv, &output]);
        output
    }

    /// The gradient with respect to `qkv`.
    ///
    /// # Shapes
    /// * `qkv` and the result: [B, N, 3C]
    /// * `dy`, the gradient with respect to the output: [B, N, C]
    pub fn backward(&self, ctx: &Context, qkv: CubeTensor, dy: CubeTensor) -> CubeTensor {
        let shape @ [batch, tokens, _] = dims::<3>(&qkv);
        let gradient = empty(&qkv, shape);
        let rows = empty(&qkv, [batch, self.heads, tokens, 2]);
        let buffers = [&qkv, &gradient, &dy, &rows];
        self.launch(ctx, Launch::Queries, &buffers);
        self.launch(ctx, Launch::Keys, &buffers);
        gradient
    }
}
