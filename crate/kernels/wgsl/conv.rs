//! Launching the convolution's shaders, and the parts of their text that are loops written out.

use std::collections::BTreeSet;
use std::fmt::Write;

use burn::backend::wgpu::{CubeTensor, SourceTemplate};
use ddpm_cpu::plan::{Pass, Plan};

use super::super::Geometry;
use super::{Shader, dims, element, empty, launch, load, template};

/// Pixels of a row that an invocation holds: 28, 14 and 7 come out even.
const PIXELS: usize = 7;
/// Invocations of a workgroup.
const INVOCATIONS: usize = 64;
/// Shares of the batch whose gradients are summed apart, to keep a GPU busy.
const SHARES: usize = 16;

/// The convolution itself, or the gradient of its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Direction {
    Forward,
    Backward,
}

/// A convolution's sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Sizes {
    geometry: Geometry,
    direction: Direction,
    /// [H, W] of the convolution's input.
    input: [usize; 2],
    /// Channels read and written.
    source: usize,
    target: usize,
}

impl Sizes {
    fn plan(&self) -> Plan {
        match self.direction {
            Direction::Forward => Plan::forward(self.geometry, self.input),
            Direction::Backward => Plan::backward(self.geometry, self.input),
        }
    }

    fn entries(&self) -> usize {
        self.geometry.kernel().pow(2)
    }

    fn taps(&self) -> usize {
        self.plan().taps().count()
    }

    /// Channels in fours, rounded up.
    fn fours(&self) -> [usize; 2] {
        [self.source, self.target].map(|channels| channels.div_ceil(4))
    }
}

/// A pass's taps by rows: (row offset, [(column offset, index of the tap)]).
fn rows_of_taps(pass: &Pass, first: usize) -> Vec<(usize, Vec<(usize, usize)>)> {
    let mut rows: Vec<(usize, Vec<_>)> = Vec::new();
    for (index, tap) in pass.taps.iter().enumerate() {
        let [y, x] = tap.offset;
        match rows.last_mut() {
            Some((row, taps)) if *row == y => taps.push((x, first + index)),
            _ => rows.push((y, vec![(x, first + index)])),
        }
    }
    rows
}

/// Number of the first tap of a pass among those of all passes.
fn first_tap(plan: &Plan, pass: usize) -> usize {
    plan.passes[..pass].iter().map(|p| p.taps.len()).sum()
}

/// `shaders/conv.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Apply {
    sizes: Sizes,
    pass: usize,
    /// Rows of the bias: none, one for all, or one an image.
    bias: Option<Bias>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Bias {
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
    fn workgroup(&self) -> [usize; 2] {
        let [_, target] = self.sizes.fours();
        let channels = target.next_power_of_two().min(16);
        [channels, INVOCATIONS / channels]
    }

    fn tiles(pass: &Pass) -> usize {
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
            include_str!("../../../shaders/conv.wgsl"),
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
pub struct Pack(Sizes);

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
            include_str!("../../../shaders/conv_pack.wgsl"),
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

/// `shaders/conv_weights.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WeightParts {
    sizes: Sizes,
    pass: usize,
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
            include_str!("../../../shaders/conv_weights.wgsl"),
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
pub struct WeightSum(Sizes);

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
            include_str!("../../../shaders/conv_weights_sum.wgsl"),
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

fn apply(
    sizes: Sizes,
    source: CubeTensor,
    weight: CubeTensor,
    bias: Option<CubeTensor>,
) -> CubeTensor {
    let plan = sizes.plan();
    let [batch, ..] = dims::<4>(&source);
    let [sources, targets] = sizes.fours();
    let vectors = plan.taps().count() * sources * 4 * targets;
    let packed = empty(&source, [vectors * 4]);
    launch(
        Shader::Pack(Pack(sizes)),
        [64, 1],
        [vectors.div_ceil(64), 1, 1],
        &[&weight, &packed],
    );
    let [height, width] = plan.target;
    let output = empty(&source, [batch, height, width, sizes.target]);
    let rows = bias.as_ref().map(|bias| match dims::<2>(bias) {
        [1, _] => Bias::Shared,
        _ => Bias::EachImage,
    });
    let mut buffers = vec![&source, &packed, &output];
    buffers.extend(bias.as_ref());
    for (index, pass) in plan.passes.iter().enumerate() {
        // An odd edge of 1 has no odd pixels.
        if Apply::tiles(pass) == 0 {
            continue;
        }
        let shader = Apply {
            sizes,
            pass: index,
            bias: rows,
        };
        let [x, y] = shader.workgroup();
        let workgroups = [targets.div_ceil(x), Apply::tiles(pass).div_ceil(y), batch];
        launch(
            Shader::Apply(shader),
            [x as u32, y as u32],
            workgroups,
            &buffers,
        );
    }
    output
}

/// See [`super::super::conv`]; all contiguous.
pub fn output(
    x: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    geometry: Geometry,
) -> CubeTensor {
    let [_, height, width, source] = dims(&x);
    let [target, ..] = dims::<4>(&weight);
    let sizes = Sizes {
        geometry,
        direction: Direction::Forward,
        input: [height, width],
        source,
        target,
    };
    apply(sizes, x, weight, Some(bias))
}

/// Gradient of the input of [H, W] = `input`; all contiguous.
pub fn input_gradient(
    weight: CubeTensor,
    dy: CubeTensor,
    geometry: Geometry,
    input: [usize; 2],
) -> CubeTensor {
    let [source, target, ..] = dims::<4>(&weight);
    let sizes = Sizes {
        geometry,
        direction: Direction::Backward,
        input,
        source,
        target,
    };
    apply(sizes, dy, weight, None)
}

/// Gradient of the weight; all contiguous.
pub fn weight_gradient(x: CubeTensor, dy: CubeTensor, geometry: Geometry) -> CubeTensor {
    let [batch, height, width, source] = dims(&x);
    let [.., target] = dims::<4>(&dy);
    let sizes = Sizes {
        geometry,
        direction: Direction::Forward,
        input: [height, width],
        source,
        target,
    };
    let plan = sizes.plan();
    let [sources, targets] = sizes.fours();
    let shares = batch.min(SHARES);
    let parts = empty(
        &x,
        [shares * plan.taps().count() * sources * 4 * targets * 4],
    );
    for (index, pass) in plan.passes.iter().enumerate() {
        let rows = rows_of_taps(pass, 0).len();
        launch(
            Shader::WeightParts(WeightParts { sizes, pass: index }),
            [64, 1],
            [(sources * targets).div_ceil(64), rows, shares],
            &[&x, &dy, &parts],
        );
    }
    let edge = geometry.kernel();
    let gradient = empty(&x, [target, source, edge, edge]);
    launch(
        Shader::WeightSum(WeightSum(sizes)),
        [64, 1],
        [(source * targets).div_ceil(64), 1, 1],
        &[&parts, &gradient],
    );
    gradient
}
