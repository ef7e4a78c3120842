//! The texts of the shaders that make the gradient of the weights.

use std::fmt::Write;

use burn::backend::wgpu::SourceTemplate;

use super::super::{element, load, template};
use super::{Sizes, first_tap, rows_of_taps};

/// `shaders/conv_weights.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WeightParts {
    pub sizes: Sizes,
    pub pass: usize,
}

impl WeightParts {
    pub fn source(&self) -> SourceTemplate {
        let plan = self.sizes.plan();
        let pass = &plan.passes[self.pass];
        let [source, target] = self.sizes.fours();
        let rows = rows_of_taps(pass, first_tap(&plan, self.pass));
        // All rows have the same columns: a plan is a product of its two axes.
        let columns: Vec<usize> = rows[0].1.iter().map(|&(x, _)| x).collect();
        let padding = plan.padding as isize;
        let by_row = |value: &dyn Fn(usize) -> String| -> String {
            let cases: Vec<_> = (0..rows.len()).map(value).collect();
            format!("array<i32, {}>({})[row_tap]", cases.len(), cases.join(", "))
        };
        let (mut registers, mut products, mut stores) =
            (String::new(), String::new(), String::new());
        for (tap, &x) in columns.iter().enumerate() {
            for lane in 0..4 {
                let _ = writeln!(registers, "var sum_{tap}_{lane} = vec4(0.0);");
            }
            let _ = writeln!(
                products,
                "{{ let x = i32(column * {}u) + {};\n    \
                 let v = select(vec4(0.0), load(line + u32(clamp(x, 0, WIDTH - 1)), s), \
                 (x >= 0) & (x < WIDTH));",
                pass.cols.stride,
                x as isize - padding,
            );
            for (lane, name) in ["x", "y", "z", "w"].iter().enumerate() {
                let _ = writeln!(
                    products,
                    "sum_{tap}_{lane} = fma(vec4(v.{name}), g, sum_{tap}_{lane});"
                );
            }
            products.push_str("}\n");
            let index = by_row(&|row| rows[row].1[tap].1.to_string());
            let _ = writeln!(
                stores,
                "{{ let at = ((share * {}u + u32({index})) * SOURCE * 4u + s * 4u) * TARGET + t;",
                self.sizes.taps()
            );
            for lane in 0..4 {
                let _ = writeln!(stores, "parts[at + {lane}u * TARGET] = sum_{tap}_{lane};");
            }
            stores.push_str("}\n");
        }
        let offset = by_row(&|row| (rows[row].0 as isize - padding).to_string());
        let [height, width] = plan.source;
        let [target_height, target_width] = plan.target;
        let gradient_size = match self.sizes.target {
            channels if channels.is_multiple_of(4) => target_height * target_width * target,
            channels => target_height * target_width * channels,
        };
        template(
            include_str!("../../../../shaders/conv_weights.wgsl"),
            [
                ("source_type", element(self.sizes.source)),
                ("target_type", element(self.sizes.target)),
                ("height", height.to_string()),
                ("width", width.to_string()),
                ("source", source.to_string()),
                ("target", target.to_string()),
                ("rows", pass.rows.size.to_string()),
                ("columns", pass.cols.size.to_string()),
                ("load", load("source", self.sizes.source)),
                ("load_gradient", load("gradient", self.sizes.target)),
                ("target_size", gradient_size.to_string()),
                ("registers", registers),
                ("row_stride", pass.rows.stride.to_string()),
                ("row_offset", offset),
                ("target_height", target_height.to_string()),
                ("target_width", target_width.to_string()),
                ("row_step", pass.rows.step.to_string()),
                ("row_start", pass.rows.start.to_string()),
                ("col_step", pass.cols.step.to_string()),
                ("col_start", pass.cols.start.to_string()),
                ("products", products),
                ("stores", stores),
            ],
        )
    }
}

/// `shaders/conv_weights_sum.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WeightSum(pub Sizes);

impl WeightSum {
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
            include_str!("../../../../shaders/conv_weights_sum.wgsl"),
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
