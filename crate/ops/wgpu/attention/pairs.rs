//! Generates and launches `shaders/attention/pairs.wgsl`, whose loops over a tile of pairs of tokens are unrolled here.

use std::fmt::Write;

use burn_wgpu::{CubeTensor, SourceTemplate};

use super::super::{Context, Shader, dims, empty, fits, launch, template};

/// The number of tokens along a tile's edge; 7 divides the 49 tokens of a 7×7 image.
const TILE: usize = 7;
/// Invocations of a workgroup.
const INVOCATIONS: usize = 64;

/// `shaders/attention/pairs.wgsl`, forward or backward.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PairsShader {
    tokens: usize,
    /// C, a third of the width of qkv.
    channels: usize,
    backward: bool,
}

/// The index of the matrix of pairs, `[query][key]`, that a sum runs over.
#[derive(Clone, Copy)]
enum SumOver {
    /// For each query the sum over the keys.
    Keys,
    /// For each key the sum over the queries.
    Queries,
}

impl PairsShader {
    /// The shader for such a `qkv`, [B, N, 3C]. `None` if the pairs of tokens do not fit into a workgroup, C is not a
    /// multiple of 4, or the adapter has no room for the kernels.
    pub fn new(ctx: &Context, qkv: &CubeTensor, backward: bool) -> Option<Self> {
        let [_, tokens, width] = dims(qkv);
        let shader = Self {
            tokens,
            channels: width / 3,
            backward,
        };
        let fits = fits(ctx) && shader.tiles().pow(2) <= INVOCATIONS;
        (fits && shader.channels.is_multiple_of(4)).then_some(shader)
    }

    /// The number of tiles along one side of the matrix of pairs.
    fn tiles(&self) -> usize {
        self.tokens.div_ceil(TILE)
    }

    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        let (bindings, body) = if self.backward {
            (
                "@group(0) @binding(2) var<storage, read_write> gradient: array<vec4<f32>>;\n\
                 // [tile of keys][query]: Σ p·dp\n\
                 var<workgroup> row_parts: array<f32, TILES * TOKENS>;\n\
                 fn dy(image: u32, token: u32, c: u32) -> vec4<f32> {\n    \
                 return gradient[(image * TOKENS + token) * WIDTH + c];\n}",
                include_str!("../../../../shaders/attention/pairs_backward.wgsl"),
            )
        } else {
            (
                "",
                include_str!("../../../../shaders/attention/pairs_forward.wgsl"),
            )
        };
        let lines = |text: &dyn Fn(usize) -> String| -> String { (0..TILE).map(text).collect() };
        let tokens_of_tile = lines(&|i| {
            format!(
                "let row_{i} = min(rows + {i}u, TOKENS - 1u);\n    \
                 let column_{i} = min(columns + {i}u, TOKENS - 1u);\n    "
            )
        });
        let zeros = cells(|i, j| format!("var pair_{i}_{j} = 0.0;"));
        let scores = zeros.clone()
            + &products("query", "key")
            + &cells(|i, j| format!("pairs[row_{i} * TOKENS + column_{j}] = pair_{i}_{j};"));
        let map_gradient = products("dy", "value")
            + &lines(&|i| {
                let sum: Vec<_> = (0..TILE)
                    .map(|j| {
                        format!(
                            "select(0.0, pairs[row_{i} * TOKENS + column_{j}] * pair_{i}_{j}, \
                             columns + {j}u < TOKENS)"
                        )
                    })
                    .collect();
                format!(
                    "row_parts[columns / {TILE}u * TOKENS + row_{i}] = {};\n",
                    sum.join(" + ")
                )
            });
        let score_gradients = lines(&|i| {
            format!(
                "var row_sum_{i} = 0.0;\n\
                 for (var t = 0u; t < TILES; t++) {{ row_sum_{i} += row_parts[t * TOKENS + row_{i}]; }}\n"
            )
        }) + &cells(|i, j| {
            // Each pair is multiplied once: a tile that extends beyond the last token leaves out the pairs that it repeats.
            format!(
                "if (rows + {i}u < TOKENS && columns + {j}u < TOKENS) {{ \
                 pairs[row_{i} * TOKENS + column_{j}] *= (pair_{i}_{j} - row_sum_{i}) * SCALE; }}"
            )
        });
        let body = body
            .replace(
                "{{ weighted_values }}",
                &weighted_sum(SumOver::Keys, "value", "WIDTH", 0),
            )
            .replace(
                "{{ value_gradients }}",
                &weighted_sum(SumOver::Queries, "dy", "3u * WIDTH", 2),
            )
            .replace(
                "{{ query_and_key_gradients }}",
                &(weighted_sum(SumOver::Keys, "key", "3u * WIDTH", 0)
                    + &weighted_sum(SumOver::Queries, "query", "3u * WIDTH", 1)),
            )
            .replace("{{ zeros }}", &zeros)
            .replace("{{ map_gradient }}", &map_gradient)
            .replace("{{ score_gradients }}", &score_gradients)
            .replace("{{ tile }}", &TILE.to_string());
        template(
            include_str!("../../../../shaders/attention/pairs.wgsl"),
            [
                ("bindings", bindings.into()),
                ("body", body),
                ("tile", TILE.to_string()),
                ("tokens", self.tokens.to_string()),
                ("width", (self.channels / 4).to_string()),
                (
                    "scale",
                    format!("{:?}", 1.0 / (self.channels as f32).sqrt()),
                ),
                ("invocations", INVOCATIONS.to_string()),
                ("tiles", self.tiles().to_string()),
                ("tokens_of_tile", tokens_of_tile),
                ("scores", scores),
            ],
        )
    }

    fn launch(self, ctx: &Context, batch: usize, buffers: &[&CubeTensor]) {
        launch(
            ctx,
            Shader::PairsAttention(self),
            INVOCATIONS,
            [batch, 1, 1],
            buffers,
        );
    }

    /// The attention of every image, see [`crate::ops::self_attention`].
    ///
    /// # Shapes
    /// `qkv`: [B, N, 3C] → [B, N, C]
    pub fn forward(self, ctx: &Context, qkv: CubeTensor) -> CubeTensor {
        let [batch, tokens, _] = dims(&qkv);
        let output = empty(&qkv, [batch, tokens, self.channels]);
        self.launch(ctx, batch, &[&qkv, &output]);
        output
    }

    /// The gradient with respect to `qkv`.
    ///
    /// # Shapes
    /// * `qkv` and the result: [B, N, 3C]
    /// * `dy`, the gradient with respect to the output: [B, N, C]
    pub fn backward(self, ctx: &Context, qkv: CubeTensor, dy: CubeTensor) -> CubeTensor {
        let shape @ [batch, ..] = dims::<3>(&qkv);
        let gradient = empty(&qkv, shape);
        self.launch(ctx, batch, &[&qkv, &gradient, &dy]);
        gradient
    }
}

/// One line of text for each pair of a tile.
fn cells(line: impl Fn(usize, usize) -> String) -> String {
    let mut text = String::new();
    for i in 0..TILE {
        for j in 0..TILE {
            let _ = writeln!(text, "{}", line(i, j));
        }
    }
    text
}

/// Text that adds left(row i)·right(column j), summed over channels, to the register pair_i_j.
fn products(left: &str, right: &str) -> String {
    let mut text = String::from("for (var c = 0u; c < WIDTH; c++) {\n");
    for i in 0..TILE {
        let _ = writeln!(text, "let left_{i} = {left}(image, row_{i}, c);");
    }
    for j in 0..TILE {
        let _ = writeln!(text, "let right_{j} = {right}(image, column_{j}, c);");
    }
    text += &cells(|i, j| format!("pair_{i}_{j} += dot(left_{i}, right_{j});"));
    text + "}\n"
}

/// Text that computes Σ pairs·`of` for the tokens of a tile and 4 channels and stores it. A row of the output has `stride`
/// vectors; the sum goes to the row's part number `part`, each part being WIDTH vectors long.
fn weighted_sum(sum_over: SumOver, of: &str, stride: &str, part: usize) -> String {
    let mut text = String::from("{\n");
    for i in 0..TILE {
        let _ = writeln!(
            text,
            "let token_{i} = min(tokens + {i}u, TOKENS - 1u); var sum_{i} = vec4(0.0);"
        );
    }
    let _ = writeln!(
        text,
        "for (var other = 0u; other < TOKENS; other++) {{ let term = {of}(image, other, c);"
    );
    for i in 0..TILE {
        let pair = match sum_over {
            SumOver::Keys => format!("token_{i} * TOKENS + other"),
            SumOver::Queries => format!("other * TOKENS + token_{i}"),
        };
        let _ = writeln!(text, "sum_{i} = fma(vec4(pairs[{pair}]), term, sum_{i});");
    }
    text.push_str("}\n");
    for i in 0..TILE {
        let _ = writeln!(
            text,
            "output[(image * TOKENS + token_{i}) * {stride} + {part}u * WIDTH + c] = sum_{i};"
        );
    }
    text + "}\n"
}
