//! Measures an adapter's roofline: the most arithmetic (multiply-adds in registers) and the most memory traffic (bytes
//! copied) that it does in a second. The bench compares the kernels with these two limits.

use std::fmt::Write;

use burn::tensor::Tensor;
use burn_wgpu::SourceTemplate;

use super::{Context, ROW, Shader, dims, empty, in_rows, launch, on_gpu, template};

/// Invocations of a workgroup.
const INVOCATIONS: usize = 64;
/// The number of `vec4` sums that the multiply-adds go to in turn. Two of them are eight sums that do not wait for each
/// other, and few enough for the registers of a CPU that imitates a GPU: with 16 the measurement is half as fast there.
const REGISTERS: usize = 2;
/// Multiply-adds of each register in a round.
const UNROLLED: usize = 8;
/// Rounds of an invocation.
const ROUNDS: usize = 256;

/// A kernel that does one thing as fast as the adapter can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Roofline {
    /// Multiply-adds in registers (`shaders/roofline/fma.wgsl`).
    MultiplyAdds,
    /// Copying from one buffer to another (`shaders/roofline/copy.wgsl`).
    Copy,
}

impl Roofline {
    /// The shader's text.
    pub fn source(self) -> SourceTemplate {
        let invocations = ("invocations", INVOCATIONS.to_string());
        match self {
            Self::MultiplyAdds => {
                let mut registers = String::new();
                let mut sums = String::new();
                for i in 0..REGISTERS {
                    let _ = writeln!(registers, "var r{i} = vec4<f32>({i}.0);");
                }
                for _ in 0..UNROLLED {
                    for i in 0..REGISTERS {
                        let _ = writeln!(sums, "r{i} = fma(r{i}, k, k);");
                    }
                }
                let all: Vec<String> = (0..REGISTERS).map(|i| format!("r{i}")).collect();
                template(
                    include_str!("../../../shaders/roofline/fma.wgsl"),
                    [
                        invocations,
                        ("rounds", ROUNDS.to_string()),
                        ("registers", registers),
                        ("sums", sums),
                        ("total", all.join(" + ")),
                    ],
                )
            }
            Self::Copy => template(
                include_str!("../../../shaders/roofline/copy.wgsl"),
                [invocations, ("row", ROW.to_string())],
            ),
        }
    }

    /// Runs the kernel over a GPU's tensor and returns the amount of work: operations (a multiply-add counts as two), or
    /// bytes read and written. `None` if the tensor is not on a GPU that has room for the kernels.
    ///
    /// # Shapes
    /// `numbers`: `[N]`, N a multiple of 256 and, above 8,388,608, a multiple of that
    pub fn run(self, ctx: &Context, numbers: Tensor<1>) -> Option<usize> {
        let numbers = on_gpu(ctx, numbers)?;
        let [count] = dims(&numbers);
        let result = empty(&numbers, [count]);
        launch(
            ctx,
            Shader::Roofline(self),
            INVOCATIONS,
            in_rows(count / (4 * INVOCATIONS)),
            &[&numbers, &result],
        );
        Some(match self {
            Self::MultiplyAdds => count * ROUNDS * REGISTERS * UNROLLED * 2,
            Self::Copy => count * 4 * 2,
        })
    }
}
