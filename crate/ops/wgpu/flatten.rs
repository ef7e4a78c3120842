//! Many buffers out of one and back, a few at a launch: parameters out of the flat buffer, gradients into it.

use std::fmt::Write;

use burn::tensor::Tensor;
use burn_wgpu::{CubeTensor, SourceTemplate};

use super::{Context, ROW, Shader, dims, empty, from_gpu, in_rows, launch, on_gpu, template};

const INVOCATIONS: usize = 256;
/// Pieces of a launch: with the flat buffer as many as every adapter binds.
const TOGETHER: usize = 7;

/// `shaders/flatten/flatten.wgsl`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FlattenShader {
    /// Where the first piece lies in the flat buffer; the others follow.
    first: usize,
    lengths: Vec<usize>,
    /// Whether the pieces are read.
    flatten: bool,
}

impl FlattenShader {
    pub fn source(&self) -> SourceTemplate {
        let (mut bindings, mut cases) = (String::new(), String::new());
        let mut begin = 0;
        for (index, length) in self.lengths.iter().enumerate() {
            let _ = writeln!(
                bindings,
                "@group(0) @binding({}) var<storage, read_write> piece_{index}: array<f32>;",
                index + 1
            );
            let end = begin + length;
            let (here, there) = (
                format!("piece_{index}[at - {begin}u]"),
                format!("flat[{}u + at]", self.first),
            );
            let (to, from) = if self.flatten {
                (there, here)
            } else {
                (here, there)
            };
            let _ = writeln!(cases, "if (at < {end}u) {{ {to} = {from}; return; }}");
            begin = end;
        }
        template(
            include_str!("../../../shaders/flatten/flatten.wgsl"),
            [
                ("bindings", bindings),
                ("cases", cases),
                ("invocations", INVOCATIONS.to_string()),
                ("row", ROW.to_string()),
            ],
        )
    }

    fn run(self, ctx: &Context, flat: &CubeTensor, pieces: &[CubeTensor]) {
        let length: usize = self.lengths.iter().sum();
        let mut buffers = vec![flat];
        buffers.extend(pieces);
        launch(
            ctx,
            Shader::Flatten(self),
            INVOCATIONS,
            in_rows(length.div_ceil(INVOCATIONS)),
            &buffers,
        );
    }
}

/// `flat` cut into pieces of `lengths`, all of it. `None` where it is not on a GPU.
pub fn unflatten(ctx: &Context, flat: Tensor<1>, lengths: &[usize]) -> Option<Vec<Tensor<1>>> {
    let flat = on_gpu(ctx, flat)?;
    let mut pieces = Vec::with_capacity(lengths.len());
    let mut first = 0;
    for lengths in lengths.chunks(TOGETHER) {
        let group: Vec<CubeTensor> = lengths.iter().map(|&n| empty(&flat, [n])).collect();
        let shader = FlattenShader {
            first,
            lengths: lengths.to_vec(),
            flatten: false,
        };
        shader.run(ctx, &flat, &group);
        first += lengths.iter().sum::<usize>();
        pieces.extend(group.into_iter().map(from_gpu));
    }
    Some(pieces)
}

/// The pieces one after another in one buffer. `None` where they are not on a GPU.
pub fn flatten(ctx: &Context, pieces: &[Tensor<1>]) -> Option<Tensor<1>> {
    let pieces: Vec<CubeTensor> = pieces
        .iter()
        .map(|piece| on_gpu(ctx, piece.clone()))
        .collect::<Option<_>>()?;
    let flat = empty(pieces.first()?, [pieces.iter().map(length).sum()]);
    flatten_into(ctx, &flat, &pieces);
    Some(from_gpu(flat))
}

fn length(piece: &CubeTensor) -> usize {
    dims::<1>(piece)[0]
}

/// The same in a buffer that is there.
pub fn flatten_into(ctx: &Context, flat: &CubeTensor, pieces: &[CubeTensor]) {
    let mut first = 0;
    let mut rest = pieces;
    while !rest.is_empty() {
        let (group, others) = rest.split_at(bindable(rest));
        let lengths: Vec<usize> = group.iter().map(length).collect();
        let next = first + lengths.iter().sum::<usize>();
        let shader = FlattenShader {
            first,
            lengths,
            flatten: true,
        };
        shader.run(ctx, flat, group);
        (first, rest) = (next, others);
    }
}

/// How many of the first pieces one launch takes: WebGPU does not let a buffer be bound twice, and two parameters that are
/// only ever added have one gradient.
fn bindable(pieces: &[CubeTensor]) -> usize {
    let same = |a: &CubeTensor, b: &CubeTensor| {
        std::ptr::eq(a.handle.memory.descriptor(), b.handle.memory.descriptor())
    };
    let most = pieces.len().min(TOGETHER);
    (1..most)
        .find(|&n| pieces[..n].iter().any(|before| same(before, &pieces[n])))
        .unwrap_or(most)
}
