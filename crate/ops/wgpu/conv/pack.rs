//! Generates `shaders/conv/pack.wgsl`, which rearranges a convolution's weights for `shaders/conv/conv.wgsl`.

use std::fmt::Write;

use burn_wgpu::SourceTemplate;

use super::super::template;
use super::{Direction, Sizes};

/// `shaders/conv/pack.wgsl`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PackShader {
    /// The convolution; of its image size nothing is used.
    pub sizes: Sizes,
    /// Whether the packed weights are 16 bits.
    pub half: bool,
}

impl PackShader {
    /// The shader's text.
    pub fn source(&self) -> SourceTemplate {
        let sizes = &self.sizes;
        let Sizes { source, target, .. } = *sizes;
        let entries = sizes.entries();
        let [sources, targets] = sizes.fours();
        let first = match sizes.direction {
            Direction::Forward => "(t * SOURCE + s) * ENTRIES",
            Direction::Backward => "(s * TARGET + t) * ENTRIES",
        };
        let mut masks = String::from("switch (tap) {\n");
        for (index, tap) in sizes.plan().taps().enumerate() {
            let mask: u32 = tap.entries.iter().map(|entry| 1 << entry).sum();
            let _ = writeln!(masks, "        case {index}u: {{ return {mask}u; }}");
        }
        masks.push_str("        default: { return 0u; }\n    }");
        template(
            include_str!("../../../../shaders/conv/pack.wgsl"),
            [
                ("source", source.to_string()),
                ("target", target.to_string()),
                ("sources", sources.to_string()),
                ("targets", targets.to_string()),
                ("entries", entries.to_string()),
                ("taps", sizes.taps().to_string()),
                ("enable", f16_directive(self.half).into()),
                ("weight_type", weight_type(self.half).into()),
                ("first", first.into()),
                ("masks", masks),
            ],
        )
    }
}

/// The directive at the head of a shader that uses 16-bit numbers.
pub fn f16_directive(half: bool) -> &'static str {
    if half { "enable f16;\n" } else { "" }
}

/// The WGSL type of four weights.
pub fn weight_type(half: bool) -> &'static str {
    if half { "vec4<f16>" } else { "vec4<f32>" }
}
