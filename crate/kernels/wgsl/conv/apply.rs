//! The texts of the convolution's shaders: their loops over taps and pixels, written out.

use std::collections::BTreeSet;
use std::fmt::Write;

use burn::backend::wgpu::SourceTemplate;
use ddpm_cpu::plan::{Pass, Plan};

use super::super::{element, load, template};
use super::{Direction, Sizes, first_tap, rows_of_taps};

/// Pixels of a row that an invocation holds: 28, 14 and 7 come out even.
const PIXELS: usize = 7;
/// Invocations of a workgroup.
const INVOCATIONS: usize = 64;

/// `shaders/conv.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Apply {
    pub sizes: Sizes,
    pub pass: usize,
    /// Rows of the bias: none, one for all, or one an image.
    pub bias: Option<Bias>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bias {
    Shared,
    EachImage,
}

/// Text of one invocation's work.
struct Text {
    registers: String,
    sums: String,
    stores: String,
}

impl Apply {
    fn text(&self, plan: &Plan) -> Text {
        let pass = &plan.passes[self.pass];
        let [source, target] = self.sizes.fours();
        let (mut registers, mut sums, mut stores) = (String::new(), String::new(), String::new());
        let rows = rows_of_taps(pass, first_tap(plan, self.pass));
        let offsets: BTreeSet<usize> = pass.taps.iter().map(|tap| tap.offset[1]).collect();
        let needed: BTreeSet<usize> = (0..PIXELS)
            .flat_map(|p| offsets.iter().map(move |x| p * pass.cols.stride + x))
            .collect();
        for x in &needed {
            let _ = writeln!(
                registers,
                "let column_{x} = i32(column * {}u) + {};\n    \
                 let inside_{x} = (column_{x} >= 0) & (column_{x} < WIDTH);\n    \
                 let at_{x} = u32(clamp(column_{x}, 0, WIDTH - 1));",
                pass.cols.stride,
                *x as isize - plan.padding as isize,
            );
        }
        for p in 0..PIXELS {
            let _ = writeln!(registers, "var sum_{p} = first;");
        }
        for (y, taps) in rows {
            let _ = writeln!(
                sums,
                "{{ let y = i32(row * {}u) + {};\n    if (y >= 0 && y < HEIGHT) {{\n    \
                 let line = (image * u32(HEIGHT) + u32(y)) * u32(WIDTH);\n    \
                 for (var c = 0u; c < SOURCE; c++) {{",
                pass.rows.stride,
                y as isize - plan.padding as isize,
            );
            for x in &needed {
                let _ = writeln!(
                    sums,
                    "let x_{x} = select(vec4(0.0), load(line + at_{x}, c), inside_{x});"
                );
            }
            for (x, tap) in taps {
                let _ = writeln!(
                    sums,
                    "{{ let w = ({}u + c * 4u) * {target}u + channel;",
                    tap * source * 4
                );
                for (lane, name) in ["x", "y", "z", "w"].iter().enumerate() {
                    let _ = writeln!(sums, "let w{lane} = weights[w + {}u];", lane * target);
                    for p in 0..PIXELS {
                        let from = p * pass.cols.stride + x;
                        let _ = writeln!(
                            sums,
                            "sum_{p} = fma(vec4(x_{from}.{name}), w{lane}, sum_{p});"
                        );
                    }
                }
                sums.push_str("}\n");
            }
            sums.push_str("} } }\n");
        }
        for p in 0..PIXELS {
            let at = format!(
                "line + (column + {p}u) * {}u + {}u",
                pass.cols.step, pass.cols.start
            );
            let _ = writeln!(
                stores,
                "if (column + {p}u < COLUMNS) {{ store({at}, channel, sum_{p}); }}"
            );
        }
        Text {
            registers,
            sums,
            stores,
        }
    }

    /// Workgroups of [channels, tiles].
    pub fn workgroup(&self) -> [usize; 2] {
        let [_, target] = self.sizes.fours();
        let channels = target.next_power_of_two().min(16);
        [channels, INVOCATIONS / channels]
    }

    pub fn tiles(pass: &Pass) -> usize {
        pass.rows.size * pass.cols.size.div_ceil(PIXELS)
    }

    pub fn source(&self) -> SourceTemplate {
        let plan = self.sizes.plan();
        let pass = &plan.passes[self.pass];
        let [source, target] = self.sizes.fours();
        let [workgroup_x, workgroup_y] = self.workgroup();
        let Text {
            registers,
            sums,
            stores,
        } = self.text(&plan);
        let channels = self.sizes.target;
        let store = if channels.is_multiple_of(4) {
            format!("output[pixel * {target}u + channel] = value;")
        } else {
            let mut text = String::from("let c = channel * 4u;\n");
            for (lane, name) in ["x", "y", "z", "w"].iter().enumerate() {
                let _ = writeln!(
                    text,
                    "    if (c + {lane}u < {channels}u) \
                     {{ output[pixel * {channels}u + c + {lane}u] = value.{name}; }}"
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
        template(
            include_str!("../../../../shaders/conv.wgsl"),
            [
                ("pixels", PIXELS.to_string()),
                ("source_type", element(self.sizes.source)),
                ("target_type", element(channels)),
                ("bias_binding", bias_binding),
                ("height", height.to_string()),
                ("width", width.to_string()),
                ("source", source.to_string()),
                ("target", target.to_string()),
                ("tiles", Self::tiles(pass).to_string()),
                ("tiles_a_row", pass.cols.size.div_ceil(PIXELS).to_string()),
                ("columns", pass.cols.size.to_string()),
                ("load", load("source", self.sizes.source)),
                ("store", store),
                ("bias", bias),
                ("workgroup_x", workgroup_x.to_string()),
                ("workgroup_y", workgroup_y.to_string()),
                ("registers", registers),
                ("sums", sums),
                ("stores", stores),
                ("target_height", target_height.to_string()),
                ("target_width", target_width.to_string()),
                ("row_step", pass.rows.step.to_string()),
                ("row_start", pass.rows.start.to_string()),
            ],
        )
    }
}

/// `shaders/conv_pack.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pack(pub Sizes);

impl Pack {
    pub fn source(&self) -> SourceTemplate {
        let Sizes { source, target, .. } = self.0;
        let entries = self.0.entries();
        let [sources, targets] = self.0.fours();
        let first = match self.0.direction {
            Direction::Forward => "(t * SOURCE + s) * ENTRIES",
            Direction::Backward => "(s * TARGET + t) * ENTRIES",
        };
        let mut masks = String::from("switch (tap) {\n");
        for (index, tap) in self.0.plan().taps().enumerate() {
            let mask: u32 = tap.entries.iter().map(|entry| 1 << entry).sum();
            let _ = writeln!(masks, "        case {index}u: {{ return {mask}u; }}");
        }
        masks.push_str("        default: { return 0u; }\n    }");
        template(
            include_str!("../../../../shaders/conv_pack.wgsl"),
            [
                ("source", source.to_string()),
                ("target", target.to_string()),
                ("sources", sources.to_string()),
                ("targets", targets.to_string()),
                ("entries", entries.to_string()),
                ("taps", self.0.taps().to_string()),
                ("first", first.into()),
                ("masks", masks),
            ],
        )
    }
}
