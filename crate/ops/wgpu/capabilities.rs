//! What the adapter allows beyond plain WebGPU, asked once when the device is opened.

use std::cell::Cell;
use std::sync::OnceLock;

/// Goes into the shaders' texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Capabilities {
    /// Whether the kernels here fit the adapter ([`Capabilities::fit`]). Where not, burn's own do their work.
    pub kernels: bool,
    /// Four neighbouring invocations can pass registers to one another (WGSL's `quadBroadcast`).
    pub quads: bool,
    /// Most pixels × 4 channels of which a convolution's invocation holds the sums. With them it holds 4 × 4 weights and
    /// the pixels that it reads, or with quads a quarter of these: some 80 numbers with 14 pixels and quads, some 75 with
    /// 7 and none. A phone has registers for 64 (Mali) to 128 without having fewer invocations at a time.
    pub tile_pixels: usize,
    /// Registers lie in memory, there is no end of them, and larger tiles load less.
    pub many_registers: bool,
    /// There is 16-bit arithmetic (`shader-f16`): weights that do not change are kept so, and products of four channels
    /// added up so, before 32 bits take over.
    pub f16: bool,
    /// Into how many parts a sum over the batch is divided, to keep all of the adapter busy.
    pub shares: usize,
}

static CAPABILITIES: OnceLock<Capabilities> = OnceLock::new();

thread_local! {
    static ASSUMED: Cell<Option<Capabilities>> = const { Cell::new(None) };
}

/// What a shader that uses quads has before its text, and among the parameters of `main`.
pub fn directives(quads: bool) -> (&'static str, &'static str) {
    // naga knows the functions and not the directive; browsers want it.
    let enable = if cfg!(target_arch = "wasm32") {
        "enable subgroups;"
    } else {
        ""
    };
    if quads {
        (enable, "@builtin(subgroup_invocation_id) lane: u32,")
    } else {
        ("", "")
    }
}

impl Capabilities {
    /// What every adapter has.
    pub const PLAIN: Self = Self {
        kernels: true,
        quads: false,
        f16: false,
        tile_pixels: 7,
        many_registers: false,
        shares: 16,
    };

    /// Whether an adapter with these limits has room for every kernel. WebGPU promises as much; compatibility modes and old
    /// drivers may not.
    ///
    /// * `invocations`: of a workgroup
    /// * `workgroup_bytes`: of memory that a workgroup shares
    /// * `buffers`: that a shader binds
    pub fn fit(invocations: u32, workgroup_bytes: u32, buffers: u32) -> bool {
        invocations >= 256 && workgroup_bytes >= 16 << 10 && buffers >= 8
    }

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
                shares: 4,
                ..plain
            },
            (false, true) => Self {
                tile_pixels: 14,
                ..plain
            },
            (false, false) => plain,
        }
    }

    /// From now on, for every device of this process. The first call counts.
    pub fn announce(self) {
        let _ = CAPABILITIES.set(self);
    }

    /// This thread's launches go by `assumed` from now on, so that tests reach the shaders of other adapters; `None`:
    /// by what was announced.
    pub fn assume(assumed: Option<Self>) {
        ASSUMED.set(assumed);
    }

    /// What was announced, or [`Capabilities::PLAIN`].
    pub fn announced() -> Self {
        CAPABILITIES.get().copied().unwrap_or(Self::PLAIN)
    }

    /// What is assumed or was announced.
    pub fn current() -> Self {
        ASSUMED.get().unwrap_or_else(Self::announced)
    }
}
