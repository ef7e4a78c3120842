//! Generates `shaders/conv/weight_gradient.wgsl` and `shaders/conv/weight_gradient_sum.wgsl`, the gradient of a
//! convolution's weight.

use std::fmt::Write;

use burn_wgpu::SourceTemplate;
use cpu_kernels::plan::Pass;

use super::super::{COMPONENTS, element_type, load_body, quad_directives, template};
use super::source::{column_indices, equal_part, load_row, source_columns, source_line};
use super::{Sizes, first_tap, passes_per_launch, which_pass};
use crate::ops::Capabilities;

/// The most invocations of a workgroup.
const INVOCATIONS: usize = 64;
/// The most columns of an image in one round of the unrolled loop. With 14 the code is larger than a CPU's instruction
/// cache.
const MAX_COLUMNS: usize = 7;

/// `shaders/conv/weight_gradient.wgsl` for one pass of a convolution, or for all four passes of an upsampling one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WeightGradientShader {
    pub sizes: Sizes,
    /// The number of the pass, the first of a launch that has four.
    pub pass: usize,
    pub capabilities: Capabilities,
}

impl WeightGradientShader {
    /// The number of source channels of an invocation, counted in fours.
    fn source_fours(&self) -> usize {
        let [source, _] = self.sizes.fours();
        if source.is_multiple_of(2) { 2 } else { 1 }
    }

    /// The number of target channels, counted in fours. With quads it is rounded up to a multiple of 4, so that all
    /// invocations of a quad have the same source channels.
    fn targets_padded(&self) -> usize {
        let [_, target] = self.sizes.fours();
        if self.quads() {
            target.next_multiple_of(4)
        } else {
            target
        }
    }

    /// Whether invocations load through quads. With at most 4 target channels each source channel has one invocation, so
    /// there is none to share its loads with.
    fn quads(&self) -> bool {
        self.capabilities.quads && self.sizes.target > 4
    }

    /// The number of rows of the kernel whose sums an invocation keeps in registers.
    fn kernel_rows(&self, pass: &Pass) -> usize {
        if self.capabilities.many_registers {
            pass.rows.tap_count()
        } else {
            1
        }
    }

    /// The number of matrices of source channels × 4 target channels, one for each invocation.
    fn matrices(&self) -> usize {
        let [source, _] = self.sizes.fours();
        source / self.source_fours() * self.targets_padded()
    }

    /// Invocations of a workgroup.
    pub fn workgroup(&self) -> usize {
        self.matrices().min(INVOCATIONS)
    }

    /// The numbers of workgroups along the first two axes of the launch.
    pub fn workgroups(&self, pass: &Pass) -> [usize; 2] {
        [
            self.matrices().div_ceil(self.workgroup()),
            pass.rows.tap_count() / self.kernel_rows(pass),
        ]
    }

    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        let plan = self.sizes.plan();
        let pass = &plan.passes[self.pass];
        let [source, target] = self.sizes.fours();
        let (source_fours, kernel_rows) = (self.source_fours(), self.kernel_rows(pass));
        let quads = self.quads();
        let taps = pass.cols.tap_count();
        let width = equal_part(pass.cols.size, MAX_COLUMNS);
        let source_width = source_columns(pass, width);
        let (mut registers, mut lines, mut stores) = (String::new(), String::new(), String::new());
        let mut products = column_indices(&plan, pass, source_width, quads);
        for p in 0..width {
            let _ = writeln!(
                products,
                "let g_{p} = select(vec4(0.0), load_gradient(target_line + min(column + {p}u, COLUMNS - 1u) \
                 * {}u + {}u + column_offset, t), column + {p}u < COLUMNS);",
                pass.cols.step, pass.cols.start
            );
        }
        for r in 0..kernel_rows {
            lines += &source_line(&plan, pass, r, "row", &format!("tap_row + {r}u"));
            products.push_str("{\n");
            for s in 0..source_fours {
                products.push_str(&load_row(
                    s,
                    source_width,
                    quads,
                    |at| format!("load(line_{r} + {at}, s + {s}u)"),
                    &format!("inside_row_{r}"),
                ));
            }
            let sums = (0..source_fours).flat_map(|s| (0..taps).map(move |tap| (s, tap)));
            // The loop over pixels is the outer one, so that consecutive additions go to different sums and do not wait for each
            // other.
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
        let launch_passes = passes_per_launch(&plan);
        template(
            include_str!("../../../../shaders/conv/weight_gradient.wgsl"),
            [
                ("enable", enable.into()),
                ("lane", lane.into()),
                ("which_pass", which_pass(launch_passes)),
                ("passes", launch_passes.to_string()),
                ("invocations", self.workgroup().to_string()),
                ("source_fours", source_fours.to_string()),
                ("targets_padded", self.targets_padded().to_string()),
                ("columns_at_once", width.to_string()),
                ("source_type", element_type(self.sizes.source)),
                ("target_type", element_type(self.sizes.target)),
                ("height", height.to_string()),
                ("width", width_of_source.to_string()),
                ("source", source.to_string()),
                ("target", target.to_string()),
                ("rows", pass.rows.size.to_string()),
                ("columns", pass.cols.size.to_string()),
                ("load", load_body("source", self.sizes.source)),
                ("load_gradient", load_body("gradient", self.sizes.target)),
                ("target_size", gradient_size.to_string()),
                ("registers", registers),
                ("lines", lines),
                ("kernel_rows", kernel_rows.to_string()),
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
    /// The shader's text.
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
