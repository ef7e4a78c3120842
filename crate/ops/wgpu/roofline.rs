//! What an adapter can do at best: multiply-adds in registers, bytes copied. For the bench, which compares the kernels
//! with it.

use std::fmt::Write;

use burn::tensor::Tensor;
use burn_wgpu::SourceTemplate;

use super::{Context, ROW, Shader, dims, empty, in_rows, launch, on_gpu, template};

const INVOCATIONS: usize = 64;
/// `vec4` that are added to in turn. Eight sums that do not wait for each other, and few enough for the registers of a CPU
/// that imitates a GPU: with 16 it is half as fast.
const REGISTERS: usize = 2;
/// Multiply-adds of each in a round.
const UNROLLED: usize = 8;
const ROUNDS: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Roofline {
    MultiplyAdds,
    Copy,
}

impl Roofline {
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

    /// Run over the numbers of a GPU's tensor, a multiple of 256 of them, and past 8,388,608 a multiple of that. Gives
    /// the operations that it took, a multiply-add as two, or the bytes read and written; `None` on another device.
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
