//! Generates `shaders/conv/conv.wgsl`, whose loops over taps and over the pixels of an invocation are unrolled here.

use std::cmp::Reverse;
use std::fmt::Write;

use burn_wgpu::SourceTemplate;
use cpu_kernels::plan::{Pass, Plan};

use super::super::{COMPONENTS, element_type, load_body, quad_directives, template};
use super::pack::{f16_directive, weight_type};
use super::source::{column_indices, equal_part, load_row, source_columns, source_line};
use super::{Sizes, first_tap, passes_per_launch, which_pass};
use crate::ops::Capabilities;

/// The most columns of a tile; 14 and 7 divide the image widths 28, 14 and 7.
const MAX_COLUMNS: usize = 14;
/// The most invocations of a workgroup.
const INVOCATIONS: usize = 128;

/// `shaders/conv/conv.wgsl` for one pass of a convolution, or for all four passes of an upsampling one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConvShader {
    pub sizes: Sizes,
    /// The number of the pass, the first of a launch that has four.
    pub pass: usize,
    /// The bias, if there is one.
    pub bias: Option<Bias>,
    /// Whether a tensor of the output's shape is added.
    pub addend: bool,
    /// Whether the weights are 16 bits. The products are then added up in 16 bits over four channels and one row of taps.
    pub half: bool,
    pub capabilities: Capabilities,
}

/// How many rows a bias has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bias {
    /// One row for all images.
    Shared,
    /// A row for each image.
    PerImage,
}

/// The tile of pixels, [rows, columns], whose sums an invocation keeps in registers.
fn tile(pass: &Pass, capabilities: Capabilities) -> [usize; 2] {
    let cols = equal_part(pass.cols.size, capabilities.tile_pixels.min(MAX_COLUMNS));
    [
        equal_part(pass.rows.size, capabilities.tile_pixels / cols),
        cols,
    ]
}

/// The generated parts of the shader, in the order of the template.
#[derive(Default)]
struct Unrolled {
    /// The columns to load, and the registers of the sums.
    registers: String,
    /// The lines of the source that a row of taps reads.
    lines: String,
    /// The loads of the source's pixels.
    loads: String,
    /// The multiply-adds.
    sums: String,
    /// The stores of the sums.
    stores: String,
}

impl Unrolled {
    /// The text for a tile of [rows, cols] pixels; `target` counts the target's channels in fours.
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
            registers: column_indices(plan, pass, source_columns, quads),
            ..Self::default()
        };
        for y in 0..rows {
            text.lines += &source_line(plan, pass, y, &format!("(row + {y}u)"), "tap_row");
            text.loads.push_str(&load_row(
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
                    let _ = writeln!(text.loads, "var half_sum_{y}_{x} = vec4<f16>(0.0h);");
                }
            }
            let _ = writeln!(
                text.stores,
                "if (row + {y}u < ROWS) {{ let line = (image * TARGET_HEIGHT + (row + {y}u) * {}u + {}u + row_offset) \
                 * TARGET_WIDTH;",
                pass.rows.step, pass.rows.start
            );
            for x in 0..cols {
                let _ = writeln!(text.registers, "var sum_{y}_{x} = first;");
                let _ = writeln!(
                    text.stores,
                    "if (column + {x}u < COLUMNS) \
                     {{ store(line + (column + {x}u) * {}u + {}u + column_offset, channel, sum_{y}_{x}); }}",
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
                        let (sum, factor) = if half {
                            ("half_sum", "half")
                        } else {
                            ("sum", "x")
                        };
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
                    let _ = writeln!(text.sums, "sum_{y}_{x} += vec4<f32>(half_sum_{y}_{x});");
                }
            }
        }
        text
    }
}

impl ConvShader {
    /// The workgroup's size, [channels in fours, tiles]: the one that leaves the fewest lanes of the adapter idle, and of
    /// several such sizes the largest.
    pub fn workgroup(&self, tiles: usize) -> [usize; 2] {
        let [_, target] = self.sizes.fours();
        let lanes = if self.capabilities.many_registers {
            4
        } else {
            32
        };
        let lanes_used = |channels: usize, group_tiles: usize| {
            let groups = target.div_ceil(channels) * tiles.div_ceil(group_tiles);
            groups * (channels * group_tiles).next_multiple_of(lanes)
        };
        // The four invocations of a quad need the same pixels, so channels come in fours.
        let step = target.next_power_of_two().min(4);
        let most = target.next_multiple_of(step).min(16);
        (step..=most)
            .step_by(step)
            .flat_map(|channels| {
                (1..=INVOCATIONS / channels).map(move |group_tiles| [channels, group_tiles])
            })
            .min_by_key(|&[channels, group_tiles]| {
                (
                    lanes_used(channels, group_tiles),
                    Reverse([channels * group_tiles, channels]),
                )
            })
            .expect("there is at least one size")
    }

    /// The number of tiles that a pass divides an image into.
    pub fn tiles(pass: &Pass, capabilities: Capabilities) -> usize {
        let [rows, cols] = tile(pass, capabilities);
        pass.rows.size.div_ceil(rows) * pass.cols.size.div_ceil(cols)
    }

    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        let plan = self.sizes.plan();
        let pass = &plan.passes[self.pass];
        let [source, target] = self.sizes.fours();
        let tiles = Self::tiles(pass, self.capabilities);
        let [workgroup_x, workgroup_y] = self.workgroup(tiles);
        let tile @ [tile_rows, tile_cols] = tile(pass, self.capabilities);
        // If a workgroup's channels are a multiple of four, the invocations of a quad have the same pixels.
        let quads = self.capabilities.quads && workgroup_x.is_multiple_of(4);
        let text = Unrolled::new(&plan, pass, tile, target, quads, self.half);
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
                        element_type(channels)
                    ),
                    format!("let pixel = {pixel}; {}", load_body("bias", channels)),
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
                ("weight_type", weight_type(self.half).into()),
                ("lane", lane.into()),
                ("which_pass", which_pass(passes_per_launch(&plan))),
                ("tile_rows", tile_rows.to_string()),
                ("tile_cols", tile_cols.to_string()),
                ("source_type", element_type(self.sizes.source)),
                ("target_type", element_type(channels)),
                ("bias_binding", bias_binding),
                (
                    "addend_binding",
                    if_added(format!(
                        "@group(0) @binding(4) var<storage, read_write> addend: array<{}>;",
                        element_type(channels)
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
                ("load", load_body("source", self.sizes.source)),
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

#[cfg(test)]
mod tests {
    use super::super::Direction;
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
                let [channels, group_tiles] = shader.workgroup(tiles);
                assert!(channels * group_tiles <= INVOCATIONS, "{target}");
                assert!(fours <= 4 || channels.is_multiple_of(4), "{target}");
                let lanes =
                    fours.div_ceil(channels) * channels * tiles.div_ceil(group_tiles) * group_tiles;
                // With 28 × 28 pixels and a multiple of sixteen channels no lane is idle.
                if target.is_multiple_of(16) {
                    assert_eq!(lanes, fours * tiles, "{target}: {channels} × {group_tiles}");
                }
            }
        }
    }
}
