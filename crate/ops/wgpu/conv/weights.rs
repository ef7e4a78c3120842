//! The texts of the shaders that make the gradient of the weights.

use std::fmt::Write;

use burn_wgpu::SourceTemplate;
use cpu_kernels::plan::Pass;

use super::super::{COMPONENTS, element, load, quad_directives, template};
use super::apply::{columns, line, part, row, source_columns};
use super::{Sizes, first_tap, passes_a_launch, which_pass};
use crate::ops::Capabilities;

/// Most invocations of a workgroup.
const INVOCATIONS: usize = 64;
/// Most columns of an image that are gone through at a time, written out. With 14 the text is more than a CPU's
/// instruction cache holds.
const WIDEST: usize = 7;

/// `shaders/conv/weight_gradient.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WeightGradientShader {
    pub sizes: Sizes,
    pub pass: usize,
    pub capabilities: Capabilities,
}

impl WeightGradientShader {
    /// Source channels of an invocation, in fours.
    fn sources_held(&self) -> usize {
        let [source, _] = self.sizes.fours();
        if source.is_multiple_of(2) { 2 } else { 1 }
    }

    /// Target channels in fours, with those added that let no quad have two source channels.
    fn targets_padded(&self) -> usize {
        let [_, target] = self.sizes.fours();
        if self.quads() {
            target.next_multiple_of(4)
        } else {
            target
        }
    }

    /// One target channel has one invocation for each source channel: nobody to share with.
    fn quads(&self) -> bool {
        self.capabilities.quads && self.sizes.target > 4
    }

    /// Rows of the kernel that an invocation holds.
    fn rows_held(&self, pass: &Pass) -> usize {
        if self.capabilities.many_registers {
            pass.rows.tap_count()
        } else {
            1
        }
    }

    fn matrices(&self) -> usize {
        let [source, _] = self.sizes.fours();
        source / self.sources_held() * self.targets_padded()
    }

    /// Invocations of a workgroup.
    pub fn workgroup(&self) -> usize {
        self.matrices().min(INVOCATIONS)
    }

    /// Workgroups along the first two axes.
    pub fn workgroups(&self, pass: &Pass) -> [usize; 2] {
        [
            self.matrices().div_ceil(self.workgroup()),
            pass.rows.tap_count() / self.rows_held(pass),
        ]
    }

    pub fn source(&self) -> SourceTemplate {
        let plan = self.sizes.plan();
        let pass = &plan.passes[self.pass];
        let [source, target] = self.sizes.fours();
        let (held, rows_held, quads) = (self.sources_held(), self.rows_held(pass), self.quads());
        let taps = pass.cols.tap_count();
        let width = part(pass.cols.size, WIDEST);
        let source_width = source_columns(pass, width);
        let (mut registers, mut lines, mut stores) = (String::new(), String::new(), String::new());
        let mut products = columns(&plan, pass, source_width, quads);
        for p in 0..width {
            let _ = writeln!(
                products,
                "let g_{p} = select(vec4(0.0), load_gradient(target_line + min(column + {p}u, COLUMNS - 1u) \
                 * {}u + {}u + right, t), column + {p}u < COLUMNS);",
                pass.cols.step, pass.cols.start
            );
        }
        for r in 0..rows_held {
            lines += &line(&plan, pass, r, "row", &format!("tap_row + {r}u"));
            products.push_str("{\n");
            for s in 0..held {
                products.push_str(&row(
                    s,
                    source_width,
                    quads,
                    |at| format!("load(line_{r} + {at}, s + {s}u)"),
                    &format!("inside_row_{r}"),
                ));
            }
            let sums = (0..held).flat_map(|s| (0..taps).map(move |tap| (s, tap)));
            // Pixels outermost: an addition need not wait for the one before it.
            for p in 0..width {
                for (s, tap) in sums.clone() {
                    for (lane, component) in COMPONENTS.iter().enumerate() {
                        let sum = format!("sum_{r}_{s}_{tap}_{lane}");
                        let _ = writeln!(
                            products,
                            "{sum} = fma(vec4(x_{s}_{}.{component}), g_{p}, {sum});",
                            p * pass.cols.stride + tap
                        );
                    }
                }
            }
            products.push_str("}\n");
            for (s, tap) in sums {
                for lane in 0..4 {
                    let _ = writeln!(registers, "var sum_{r}_{s}_{tap}_{lane} = vec4(0.0);");
                    let _ = writeln!(
                        stores,
                        "parts[(first + {}u * SOURCE + (s + {s}u) * 4u + {lane}u) * TARGET + t] = \
                         sum_{r}_{s}_{tap}_{lane};",
                        4 * (r * taps + tap)
                    );
                }
            }
        }
        let [height, width_of_source] = plan.source;
        let [target_height, target_width] = plan.target;
        let gradient_size = match self.sizes.target {
            channels if channels.is_multiple_of(4) => target_height * target_width * target,
            channels => target_height * target_width * channels,
        };
        let (enable, lane) = quad_directives(quads);
        let together = passes_a_launch(&plan);
        template(
            include_str!("../../../../shaders/conv/weight_gradient.wgsl"),
            [
                ("enable", enable.into()),
                ("lane", lane.into()),
                ("which_pass", which_pass(together)),
                ("passes", together.to_string()),
                ("invocations", self.workgroup().to_string()),
                ("sources_held", held.to_string()),
                ("targets_padded", self.targets_padded().to_string()),
                ("width_held", width.to_string()),
                ("source_type", element(self.sizes.source)),
                ("target_type", element(self.sizes.target)),
                ("height", height.to_string()),
                ("width", width_of_source.to_string()),
                ("source", source.to_string()),
                ("target", target.to_string()),
                ("rows", pass.rows.size.to_string()),
                ("columns", pass.cols.size.to_string()),
                ("load", load("source", self.sizes.source)),
                ("load_gradient", load("gradient", self.sizes.target)),
                ("target_size", gradient_size.to_string()),
                ("registers", registers),
                ("lines", lines),
                ("rows_held", rows_held.to_string()),
                ("target_height", target_height.to_string()),
                ("target_width", target_width.to_string()),
                ("row_step", pass.rows.step.to_string()),
                ("row_start", pass.rows.start.to_string()),
                ("products", products),
                ("taps", self.sizes.taps().to_string()),
                ("first_tap", first_tap(&plan, self.pass).to_string()),
                ("tap_cols", taps.to_string()),
                ("pass_taps", pass.taps.len().to_string()),
                ("stores", stores),
            ],
        )
    }
}

/// `shaders/conv/weight_gradient_sum.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WeightGradientSumShader(pub Sizes);

impl WeightGradientSumShader {
    pub fn source(&self) -> SourceTemplate {
        let [sources, targets] = self.0.fours();
        let (mut sums, mut stores) = (String::new(), String::new());
        for entry in 0..self.0.entries() {
            let _ = writeln!(sums, "var sum_{entry} = vec4(0.0);");
            let _ = writeln!(stores, "gradient[first + {entry}u] = sum_{entry}[lane];");
        }
        for (index, tap) in self.0.plan().taps().enumerate() {
            let _ = writeln!(sums, "{{ let part = total({index}u, s, t);");
            for entry in &tap.entries {
                let _ = writeln!(sums, "sum_{entry} += part;");
            }
            sums.push_str("}\n");
        }
        template(
            include_str!("../../../../shaders/conv/weight_gradient_sum.wgsl"),
            [
                ("source", self.0.source.to_string()),
                ("target", self.0.target.to_string()),
                ("sources", sources.to_string()),
                ("targets", targets.to_string()),
                ("entries", self.0.entries().to_string()),
                ("taps", self.0.taps().to_string()),
                ("sums", sums),
                ("stores", stores),
            ],
        )
    }
}
