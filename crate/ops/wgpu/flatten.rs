//! Launches `shaders/flatten/flatten.wgsl`, which copies a flat buffer into its parts (parameters) or parts into a flat
//! buffer (gradients), several parts at a launch.

use std::fmt::Write;

use burn::tensor::Tensor;
use burn_wgpu::{CubeTensor, SourceTemplate};

use super::{Context, ROW, Shader, dims, empty, from_gpu, in_rows, launch, on_gpu, template};

/// Invocations of a workgroup.
const INVOCATIONS: usize = 256;
/// The most parts of a launch: with the flat buffer they are 8, the number of storage buffers that every WebGPU adapter
/// binds.
const PARTS_PER_LAUNCH: usize = 7;

/// `shaders/flatten/flatten.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FlattenShader {
    /// The offset of the first part in the flat buffer; the others follow it.
    first: usize,
    /// The number of values of each part.
    lengths: Vec<usize>,
    /// Whether parts are copied into the flat buffer, rather than out of it.
    flatten: bool,
}

impl FlattenShader {
    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        let (mut bindings, mut cases) = (String::new(), String::new());
        let mut begin = 0;
        for (index, length) in self.lengths.iter().enumerate() {
            let _ = writeln!(
                bindings,
                "@group(0) @binding({}) var<storage, read_write> part_{index}: array<f32>;",
                index + 1
            );
            let end = begin + length;
            let (here, there) = (
                format!("part_{index}[at - {begin}u]"),
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

    fn launch(self, ctx: &Context, flat: &CubeTensor, parts: &[CubeTensor]) {
        let length: usize = self.lengths.iter().sum();
        let mut buffers = vec![flat];
        buffers.extend(parts);
        launch(
            ctx,
            Shader::Flatten(self),
            INVOCATIONS,
            in_rows(length.div_ceil(INVOCATIONS)),
            &buffers,
        );
    }
}

/// See [`crate::ops::unflatten`]. `None` if `flat` is not on a GPU that has room for the kernels.
pub fn unflatten(ctx: &Context, flat: Tensor<1>, lengths: &[usize]) -> Option<Vec<Tensor<1>>> {
    let flat = on_gpu(ctx, flat)?;
    let mut parts = Vec::with_capacity(lengths.len());
    let mut first = 0;
    for lengths in lengths.chunks(PARTS_PER_LAUNCH) {
        let group: Vec<CubeTensor> = lengths.iter().map(|&n| empty(&flat, [n])).collect();
        let shader = FlattenShader {
            first,
            lengths: lengths.to_vec(),
            flatten: false,
        };
        shader.launch(ctx, &flat, &group);
        first += lengths.iter().sum::<usize>();
        parts.extend(group.into_iter().map(from_gpu));
    }
    Some(parts)
}

/// See [`crate::ops::flatten`]. `None` if a part is not on a GPU that has room for the kernels.
pub fn flatten(ctx: &Context, parts: &[Tensor<1>]) -> Option<Tensor<1>> {
    let parts: Vec<CubeTensor> = parts
        .iter()
        .map(|part| on_gpu(ctx, part.clone()))
        .collect::<Option<_>>()?;
    let flat = empty(parts.first()?, [parts.iter().map(length).sum()]);
    flatten_into(ctx, &flat, &parts);
    Some(from_gpu(flat))
}

fn length(part: &CubeTensor) -> usize {
    dims::<1>(part)[0]
}

/// Copies the parts one after another into the existing buffer `flat`, from its beginning on.
pub fn flatten_into(ctx: &Context, flat: &CubeTensor, parts: &[CubeTensor]) {
    let mut first = 0;
    let mut rest = parts;
    while !rest.is_empty() {
        let (group, others) = rest.split_at(bindable(rest));
        let lengths: Vec<usize> = group.iter().map(length).collect();
        let next = first + lengths.iter().sum::<usize>();
        let shader = FlattenShader {
            first,
            lengths,
            flatten: true,
        };
        shader.launch(ctx, flat, group);
        (first, rest) = (next, others);
    }
}

/// The number of leading parts that one launch can bind. WebGPU does not let a buffer be bound twice, and it may occur
/// twice: two parameters that are only ever added to each other have the same gradient.
fn bindable(parts: &[CubeTensor]) -> usize {
    let same = |a: &CubeTensor, b: &CubeTensor| {
        std::ptr::eq(a.handle.memory.descriptor(), b.handle.memory.descriptor())
    };
    let most = parts.len().min(PARTS_PER_LAUNCH);
    (1..most)
        .find(|&n| parts[..n].iter().any(|before| same(before, &parts[n])))
        .unwrap_or(most)
}
