//! The adapter's properties that decide which kernels run and how their shaders are written.

/// Properties of a GPU adapter beyond what every WebGPU adapter has. [`Runtime`](crate::runtime::Runtime) determines them
/// once, when it opens the device, and the shaders' texts depend on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Capabilities {
    /// Whether this project's kernels fit the adapter ([`Capabilities::fit`]). Where they do not, burn's own kernels do
    /// the work.
    pub kernels: bool,
    /// Whether four neighbouring invocations can pass registers to one another (WGSL's `quadBroadcast`).
    pub quads: bool,
    /// The largest number of pixels (of four channels each) whose sums an invocation of the convolution keeps in
    /// registers. It also keeps 4 × 4 weights and the pixels that it reads (a quarter of these where there are quads):
    /// about 80 numbers with 14 pixels and quads, 75 with 7 pixels and none. A phone's GPU has registers for 64 (Mali) to
    /// 128 numbers before it has to run fewer invocations at a time.
    pub tile_pixels: usize,
    /// Whether the adapter is software whose registers lie in memory. Their number then has no limit, and larger tiles
    /// load less.
    pub many_registers: bool,
    /// Whether the adapter has 16-bit arithmetic (`shader-f16`). Weights that do not change are then stored in 16 bits, and the
    /// products of four channels are summed in 16 bits before 32 bits take over.
    pub f16: bool,
    /// The number of parts into which a sum over the batch is divided, so that all of the adapter's cores are busy.
    pub batch_parts: usize,
}

impl Capabilities {
    /// The capabilities that every WebGPU adapter has.
    pub const PLAIN: Self = Self {
        kernels: true,
        quads: false,
        f16: false,
        tile_pixels: 7,
        many_registers: false,
        batch_parts: 16,
    };

    /// Whether an adapter with these limits has room for every kernel. WebGPU promises as much; compatibility modes and
    /// old drivers may not.
    ///
    /// * `invocations`: the most invocations of a workgroup
    /// * `workgroup_bytes`: the memory that a workgroup shares
    /// * `buffers`: the most storage buffers that a shader binds
    pub fn fit(invocations: u32, workgroup_bytes: u32, buffers: u32) -> bool {
        invocations >= 256 && workgroup_bytes >= 16 << 10 && buffers >= 8
    }

    /// The capabilities that follow from three facts about an adapter.
    ///
    /// * `quads`: see [`Capabilities::quads`]
    /// * `software`: the adapter is a program that imitates a GPU
    /// * `f16`: see [`Capabilities::f16`]
    pub fn new(quads: bool, software: bool, f16: bool) -> Self {
        let plain = Self {
            quads,
            f16,
            ..Self::PLAIN
        };
        match (software, quads) {
            (true, _) => Self {
                tile_pixels: 28,
                many_registers: true,
                batch_parts: 4,
                ..plain
            },
            (false, true) => Self {
                tile_pixels: 14,
                ..plain
            },
            (false, false) => plain,
        }
    }
}
