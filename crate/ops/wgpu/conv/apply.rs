//! The texts of the convolution's shaders: their loops over taps and pixels, written out.

use std::cmp::Reverse;
use std::fmt::Write;

use burn_wgpu::SourceTemplate;
use cpu_kernels::plan::{Pass, Plan};

use super::super::{COMPONENTS, element, load, quad_directives, template};
use super::{Direction, Sizes, first_tap, passes_a_launch, which_pass};
use crate::ops::Capabilities;

/// Most columns held at a time: 28, 14 and 7 come out even.
const WIDEST: usize = 14;
/// Most invocations of a workgroup.
const INVOCATIONS: usize = 128;

/// `shaders/conv/conv.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConvShader {
    pub sizes: Sizes,
    pub pass: usize,
    /// Rows of the bias: none, one for all, or one an image.
    pub bias: Option<Bias>,
    /// Whether something of the output's shape is added.
    pub addend: bool,
    /// Whether the weights are 16 bits, and with them the products and their first sums.
    pub half: bool,
    pub capabilities: Capabilities,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bias {
    Shared,
    EachImage,
}

/// `size` in the fewest equal parts of at most `most`: that of one, at least 1.
pub fn part(size: usize, most: usize) -> usize {
    size.div_ceil(size.div_ceil(most).max(1)).max(1)
}

/// [rows, columns] of the pixels that an invocation holds.
fn tile(pass: &Pass, capabilities: Capabilities) -> [usize; 2] {
    let cols = part(pass.cols.size, capabilities.tile_pixels.min(WIDEST));
    [part(pass.rows.size, capabilities.tile_pixels / cols), cols]
}

/// Text of one invocation's work, in the order of the template.
#[derive(Default)]
struct Text {
    registers: String,
    lines: String,
    loads: String,
    sums: String,
    stores: String,
}

/// Columns of the source that so many of a pass's columns read.
pub fn source_columns(pass: &Pass, cols: usize) -> usize {
    (cols - 1) * pass.cols.stride + pass.cols.tap_count()
}

/// Where an invocation loads from, for a tile that begins at `column`: all columns of the source, or with quads
/// every fourth.
pub fn columns(plan: &Plan, pass: &Pass, columns: usize, quads: bool) -> String {
    let mut text = String::new();
    for i in 0..loads(columns, quads) {
        let own = if quads {
            format!("{}u + (lane & 3u)", 4 * i)
        } else {
            format!("{i}u")
        };
        let _ = writeln!(
            text,
            "let column_{i} = i32(column * {}u + {own} + right) + {};\n    \
             let inside_{i} = (column_{i} >= 0) & (column_{i} < WIDTH);\n    \
             let at_{i} = u32(clamp(column_{i}, 0, WIDTH - 1));",
            pass.cols.stride,
            pass.cols.first_tap() as isize - plan.padding as isize,
        );
    }
    text
}

/// Which line of the source the row `row` of a pass reads with the row `tap` of taps, both text, and whether it is
/// inside: line_`name` and inside_row_`name`.
pub fn line(plan: &Plan, pass: &Pass, name: usize, row: &str, tap: &str) -> String {
    format!(
        "let y_{name} = i32({row} * {}u + {tap} + below) + {};\n    \
         let inside_row_{name} = (y_{name} >= 0) & (y_{name} < HEIGHT);\n    \
         let line_{name} = (image * u32(HEIGHT) + u32(clamp(y_{name}, 0, HEIGHT - 1))) * u32(WIDTH);\n",
        pass.rows.stride,
        pass.rows.first_tap() as isize - plan.padding as isize,
    )
}

fn loads(columns: usize, quads: bool) -> usize {
    if quads { columns.div_ceil(4) } else { columns }
}

/// Registers x_`name`_0 … of a row of the source, zeros outside; `load` gives the text that loads a column.
pub fn row(
    name: usize,
    columns: usize,
    quads: bool,
    load: impl Fn(String) -> String,
    inside: &str,
) -> String {
    let mut text = String::new();
    let prefix = if quads { "quarter" } else { "x" };
    for i in 0..loads(columns, quads) {
        let _ = writeln!(
            text,
            "let {prefix}_{name}_{i} = select(vec4(0.0), {}, inside_{i} & {inside});",
            load(format!("at_{i}"))
        );
    }
    if quads {
        for x in 0..columns {
            let _ = writeln!(
                text,
                "let x_{name}_{x} = quadBroadcast(quarter_{name}_{}, {}u);",
                x / 4,
                x % 4
            );
        }
    }
    text
}

impl Text {
    fn new(
        plan: &Plan,
        pass: &Pass,
        [rows, cols]: [usize; 2],
        target: usize,
        quads: bool,
        half: bool,
    ) -> Self {
        let source_columns = source_columns(pass, cols);
        let mut text = Self {
            registers: columns(plan, pass, source_columns, quads),
            ..Self::default()
        };
        for y in 0..rows {
            text.lines += &line(plan, pass, y, &format!("(row + {y}u)"), "tap_row");
            text.loads.push_str(&row(
                y,
                source_columns,
                quads,
                |at| format!("load(line_{y} + {at}, c)"),
                &format!("inside_row_{y}"),
            ));
            if half {
                for x in 0..source_columns {
                    let _ = writeln!(text.loads, "let half_{y}_{x} = vec4<f16>(x_{y}_{x});");
                }
                for x in 0..cols {
                    let _ = writeln!(text.loads, "var part_{y}_{x} = vec4<f16>(0.0h);");
                }
            }
            let _ = writeln!(
                text.stores,
                "if (row + {y}u < ROWS) {{ let line = (image * TARGET_HEIGHT + (row + {y}u) * {}u + {}u + below) \
                 * TARGET_WIDTH;",
                pass.rows.step, pass.rows.start
            );
            for x in 0..cols {
                let _ = writeln!(text.registers, "var sum_{y}_{x} = first;");
                let _ = writeln!(
                    text.stores,
                    "if (column + {x}u < COLUMNS) \
                     {{ store(line + (column + {x}u) * {}u + {}u + right, channel, sum_{y}_{x}); }}",
                    pass.cols.step, pass.cols.start
                );
            }
            text.stores.push_str("}\n");
        }
        for tap in 0..pass.cols.tap_count() {
            text.sums.push_str("{\n");
            for lane in 0..4 {
                let skip = if tap == 0 {
                    String::new()
                } else {
                    format!("{}u * SOURCE + ", 4 * tap * target)
                };
                let _ = writeln!(
                    text.sums,
                    "let w{lane} = weights[w + {skip}{}u];",
                    lane * target
                );
            }
            for (lane, component) in COMPONENTS.iter().enumerate() {
                for y in 0..rows {
                    for x in 0..cols {
                        let column = x * pass.cols.stride + tap;
                        let (sum, factor) = if half { ("part", "half") } else { ("sum", "x") };
                        let _ = writeln!(
                            text.sums,
                            "{sum}_{y}_{x} = fma(vec4({factor}_{y}_{column}.{component}), w{lane}, {sum}_{y}_{x});",
                        );
                    }
                }
            }
            text.sums.push_str("}\n");
        }
        if half {
            for y in 0..rows {
                for x in 0..cols {
                    let _ = writeln!(text.sums, "sum_{y}_{x} += vec4<f32>(part_{y}_{x});");
                }
            }
        }
        text
    }
}

impl ConvShader {
    /// [channels, tiles] of a workgroup: so many that the fewest lanes have nothing to do, and of those the most.
    pub fn workgroup(&self, tiles: usize) -> [usize; 2] {
        let [_, target] = self.sizes.fours();
        let lanes = if self.capabilities.many_registers {
            4
        } else {
            32
        };
        let busy = |channels: usize, held: usize| {
            let groups = target.div_ceil(channels) * tiles.div_ceil(held);
            groups * (channels * held).next_multiple_of(lanes)
        };
        // Quads want channels by four.
        let step = target.next_power_of_two().min(4);
        let most = target.next_multiple_of(step).min(16);
        (step..=most)
            .step_by(step)
            .flat_map(|channels| (1..=INVOCATIONS / channels).map(move |held| [channels, held]))
            .min_by_key(|&[channels, held]| {
                (busy(channels, held), Reverse([channels * held, channels]))
            })
            .expect("one at least")
    }

    pub fn tiles(pass: &Pass, capabilities: Capabilities) -> usize {
        let [rows, cols] = tile(pass, capabilities);
        pass.rows.size.div_ceil(rows) * pass.cols.size.div_ceil(cols)
    }

    pub fn source(&self) -> SourceTemplate {
        let plan = self.sizes.plan();
        let pass = &plan.passes[self.pass];
        let [source, target] = self.sizes.fours();
        let tiles = Self::tiles(pass, self.capabilities);
        let [workgroup_x, workgroup_y] = self.workgroup(tiles);
        let tile @ [tile_rows, tile_cols] = tile(pass, self.capabilities);
        // All of a quad have the same pixels where the channels fill it.
        let quads = self.capabilities.quads && workgroup_x.is_multiple_of(4);
        let text = Text::new(&plan, pass, tile, target, quads, self.half);
        let channels = self.sizes.target;
        let if_added = |text: String| if self.addend { text } else { String::new() };
        let added = |at: &str| if_added(format!(" + addend[{at}]"));
        let store = if channels.is_multiple_of(4) {
            let at = format!("pixel * {target}u + channel");
            format!("output[{at}] = value{};", added(&at))
        } else {
            let mut text = String::from("let c = channel * 4u;\n");
            for (lane, name) in COMPONENTS.iter().enumerate() {
                let at = format!("pixel * {channels}u + c + {lane}u");
                let _ = writeln!(
                    text,
                    "    if (c + {lane}u < {channels}u) {{ output[{at}] = value.{name}{}; }}",
                    added(&at)
                );
            }
            text
        };
        let (bias_binding, bias) = match self.bias {
            None => (String::new(), "return vec4(0.0);".to_owned()),
            Some(rows) => {
                let pixel = if rows == Bias::Shared { "0u" } else { "image" };
                (
                    format!(
                        "@group(0) @binding(3) var<storage, read_write> bias: array<{}>;",
                        element(channels)
                    ),
                    format!("let pixel = {pixel}; {}", load("bias", channels)),
                )
            }
        };
        let [height, width] = plan.source;
        let [target_height, target_width] = plan.target;
        let (enable, lane) = quad_directives(quads);
        template(
            include_str!("../../../../shaders/conv/conv.wgsl"),
            [
                ("enable", format!("{}{enable}", f16_directive(self.half))),
                ("weight_type", vector_of(self.half).into()),
                ("lane", lane.into()),
                ("which_pass", which_pass(passes_a_launch(&plan))),
                ("tile_rows", tile_rows.to_string()),
                ("tile_cols", tile_cols.to_string()),
                ("source_type", element(self.sizes.source)),
                ("target_type", element(channels)),
                ("bias_binding", bias_binding),
                (
                    "addend_binding",
                    if_added(format!(
                        "@group(0) @binding(4) var<storage, read_write> addend: array<{}>;",
                        element(channels)
                    )),
                ),
                ("height", height.to_string()),
                ("width", width.to_string()),
                ("target_height", target_height.to_string()),
                ("target_width", target_width.to_string()),
                ("source", source.to_string()),
                ("target", target.to_string()),
                ("tiles", tiles.to_string()),
                (
                    "tiles_a_row",
                    pass.cols.size.div_ceil(tile_cols).to_string(),
                ),
                ("rows", pass.rows.size.to_string()),
                ("columns", pass.cols.size.to_string()),
                ("load", load("source", self.sizes.source)),
                ("store", store),
                ("bias", bias),
                ("invocations", (workgroup_x * workgroup_y).to_string()),
                ("workgroup_x", workgroup_x.to_string()),
                ("workgroup_y", workgroup_y.to_string()),
                ("tap_rows", pass.rows.tap_count().to_string()),
                ("tap_cols", pass.cols.tap_count().to_string()),
                ("first_tap", first_tap(&plan, self.pass).to_string()),
                ("registers", text.registers),
                ("lines", text.lines),
                ("loads", text.loads),
                ("sums", text.sums),
                ("stores", text.stores),
            ],
        )
    }
}

/// `shaders/conv/pack.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PackShader {
    pub sizes: Sizes,
    /// Whether to 16 bits.
    pub half: bool,
}

/// What a shader that uses 16 bits begins with.
fn f16_directive(half: bool) -> &'static str {
    if half { "enable f16;\n" } else { "" }
}

/// Four weights.
fn vector_of(half: bool) -> &'static str {
    if half { "vec4<f16>" } else { "vec4<f32>" }
}

impl PackShader {
    pub fn source(&self) -> SourceTemplate {
        let sizes = &self.sizes;
        let Sizes { source, target, .. } = *sizes;
        let entries = sizes.entries();
        let [sources, targets] = sizes.fours();
        let first = match sizes.direction {
            Direction::Forward => "(t * SOURCE + s) * ENTRIES",
            Direction::Backward => "(s * TARGET + t) * ENTRIES",
        };
        let mut masks = String::from("switch (tap) {\n");
        for (index, tap) in sizes.plan().taps().enumerate() {
            let mask: u32 = tap.entries.iter().map(|entry| 1 << entry).sum();
            let _ = writeln!(masks, "        case {index}u: {{ return {mask}u; }}");
        }
        masks.push_str("        default: { return 0u; }\n    }");
        template(
            include_str!("../../../../shaders/conv/pack.wgsl"),
            [
                ("source", source.to_string()),
                ("target", target.to_string()),
                ("sources", sources.to_string()),
                ("targets", targets.to_string()),
                ("entries", entries.to_string()),
                ("taps", sizes.taps().to_string()),
                ("enable", f16_directive(self.half).into()),
                ("weight_type", vector_of(self.half).into()),
                ("first", first.into()),
                ("masks", masks),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Geometry;

    #[test]
    fn a_workgroup_leaves_as_few_lanes_idle_as_can_be() {
        for target in [1, 3, 4, 8, 12, 24, 32, 48, 64, 96, 128, 192] {
            for capabilities in [Capabilities::PLAIN, Capabilities::new(true, true, false)] {
                let shader = ConvShader {
                    sizes: Sizes {
                        geometry: Geometry::Same,
                        direction: Direction::Forward,
                        input: [28, 28],
                        source: 32,
                        target,
                    },
                    pass: 0,
                    bias: None,
                    addend: false,
                    half: false,
                    capabilities,
                };
                let fours = target.div_ceil(4);
                let tiles = ConvShader::tiles(&shader.sizes.plan().passes[0], capabilities);
                let [channels, held] = shader.workgroup(tiles);
                assert!(channels * held <= INVOCATIONS, "{target}");
                assert!(fours <= 4 || channels.is_multiple_of(4), "{target}");
                let lanes = fours.div_ceil(channels) * channels * tiles.div_ceil(held) * held;
                // Of 28 × 28 pixels and channels by sixteen, none.
                if target.is_multiple_of(16) {
                    assert_eq!(lanes, fours * tiles, "{target}: {channels} × {held}");
                }
            }
        }
    }
}
