//! Launching `shaders/attention/attention.wgsl`.

use std::fmt::Write;

use burn_wgpu::{CubeTensor, SourceTemplate};

use super::{Context, Shader, dims, empty, fits, launch, template};

/// Tokens of a tile: 49 come out even.
const TILE: usize = 7;
const INVOCATIONS: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttentionShader {
    tokens: usize,
    channels: usize,
    backward: bool,
}

/// Which way a sum over a matrix of pairs goes.
#[derive(Clone, Copy)]
enum Along {
    /// For each query, over the keys.
    Keys,
    /// For each key, over the queries.
    Queries,
}

impl AttentionShader {
    /// None if the pairs of tokens do not fit a workgroup or the adapter's are too small, or channels do not come in fours.
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

    fn tiles(&self) -> usize {
        self.tokens.div_ceil(TILE)
    }

    pub fn source(&self) -> SourceTemplate {
        let (bindings, body) = if self.backward {
            (
                "@group(0) @binding(2) var<storage, read_write> gradient: array<vec4<f32>>;\n\
                 // [tile of keys][query]: Σ p·dp\n\
                 var<workgroup> row_parts: array<f32, TILES * TOKENS>;\n\
                 fn dy(image: u32, token: u32, c: u32) -> vec4<f32> {\n    \
                 return gradient[(image * TOKENS + token) * WIDTH + c];\n}",
                include_str!("../../../shaders/attention/backward.wgsl"),
            )
        } else {
            ("", include_str!("../../../shaders/attention/forward.wgsl"))
        };
        let lines = |text: &dyn Fn(usize) -> String| -> String { (0..TILE).map(text).collect() };
        let tokens_of_tile = lines(&|i| {
            format!(
                "let row_{i} = min(rows + {i}u, TOKENS - 1u);\n    \
                 let column_{i} = min(columns + {i}u, TOKENS - 1u);\n    "
            )
        });
        let zeros = cells(|i, j| format!("var pair_{i}_{j} = 0.0;"));
        let products = zeros.clone()
            + &products("query", "key")
            + &cells(|i, j| format!("pairs[row_{i} * TOKENS + column_{j}] = pair_{i}_{j};"));
        let attention_gradient = self::products("dy", "value")
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
        let products_gradient = lines(&|i| {
            format!(
                "var row_sum_{i} = 0.0;\n\
                 for (var t = 0u; t < TILES; t++) {{ row_sum_{i} += row_parts[t * TOKENS + row_{i}]; }}\n"
            )
        }) + &cells(|i, j| {
            // Once for each pair: not those of a tile that hangs over the edge.
            format!(
                "if (rows + {i}u < TOKENS && columns + {j}u < TOKENS) {{ \
                 pairs[row_{i} * TOKENS + column_{j}] *= (pair_{i}_{j} - row_sum_{i}) * SCALE; }}"
            )
        });
        let body = body
            .replace("{{ mix }}", &mix(Along::Keys, "value", "WIDTH", 0))
            .replace("{{ values }}", &mix(Along::Queries, "dy", "3u * WIDTH", 2))
            .replace(
                "{{ queries_and_keys }}",
                &(mix(Along::Keys, "key", "3u * WIDTH", 0)
                    + &mix(Along::Queries, "query", "3u * WIDTH", 1)),
            )
            .replace("{{ zeros }}", &zeros)
            .replace("{{ attention_gradient }}", &attention_gradient)
            .replace("{{ products_gradient }}", &products_gradient)
            .replace("{{ tile }}", &TILE.to_string());
        template(
            include_str!("../../../shaders/attention/attention.wgsl"),
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
                ("products", products),
            ],
        )
    }

    fn launch(self, ctx: &Context, batch: usize, buffers: &[&CubeTensor]) {
        launch(
            ctx,
            Shader::Attention(self),
            INVOCATIONS,
            [batch, 1, 1],
            buffers,
        );
    }

    /// [B, N, 3C] → [B, N, C].
    pub fn forward(self, ctx: &Context, qkv: CubeTensor) -> CubeTensor {
        let [batch, tokens, _] = dims(&qkv);
        let output = empty(&qkv, [batch, tokens, self.channels]);
        self.launch(ctx, batch, &[&qkv, &output]);
        output
    }

    /// Gradient of qkv from that of the output.
    pub fn backward(self, ctx: &Context, qkv: CubeTensor, dy: CubeTensor) -> CubeTensor {
        let shape @ [batch, ..] = dims::<3>(&qkv);
        let gradient = empty(&qkv, shape);
        self.launch(ctx, batch, &[&qkv, &gradient, &dy]);
        gradient
    }
}

/// A line for each pair of a tile.
fn cells(line: impl Fn(usize, usize) -> String) -> String {
    let mut text = String::new();
    for i in 0..TILE {
        for j in 0..TILE {
            let _ = writeln!(text, "{}", line(i, j));
        }
    }
    text
}

/// left(row i)·right(column j), added to pair_i_j.
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

/// For a tile of tokens and 4 channels: Σ pairs·`of`, to part `part` of rows of `stride` of the output.
fn mix(along: Along, of: &str, stride: &str, part: usize) -> String {
    let mut text = String::from("{\n");
    for i in 0..TILE {
        let _ = writeln!(
            text,
            "let token_{i} = min(tokens + {i}u, TOKENS - 1u); var mixed_{i} = vec4(0.0);"
        );
    }
    let _ = writeln!(
        text,
        "for (var other = 0u; other < TOKENS; other++) {{ let term = {of}(image, other, c);"
    );
    for i in 0..TILE {
        let pair = match along {
            Along::Keys => format!("token_{i} * TOKENS + other"),
            Along::Queries => format!("other * TOKENS + token_{i}"),
        };
        let _ = writeln!(
            text,
            "mixed_{i} = fma(vec4(pairs[{pair}]), term, mixed_{i});"
        );
    }
    text.push_str("}\n");
    for i in 0..TILE {
        let _ = writeln!(
            text,
            "output[(image * TOKENS + token_{i}) * {stride} + {part}u * WIDTH + c] = mixed_{i};"
        );
    }
    text + "}\n"
}
