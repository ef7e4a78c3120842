//! What the adapter allows beyond plain WebGPU, asked once when the device is opened.

use std::cell::Cell;
use std::sync::OnceLock;

/// Goes into the shaders' texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Abilities {
    /// Four neighbouring invocations can pass registers to one another (WGSL's `quadBroadcast`).
    pub quads: bool,
    /// Most pixels × 4 channels that a convolution's invocation holds in registers: 14 and what goes with them fit a
    /// phone's.
    pub tile_pixels: usize,
    /// Registers lie in memory, there is no end of them, and larger tiles load less.
    pub many_registers: bool,
    /// There is 16-bit arithmetic (`shader-f16`): weights that do not change are kept so, and products of four channels
    /// added up so, before 32 bits take over.
    pub f16: bool,
    /// Into how many parts a sum over the batch is divided, to keep all of the adapter busy.
    pub shares: usize,
}

static ABILITIES: OnceLock<Abilities> = OnceLock::new();

thread_local! {
    static ASSUMED: Cell<Option<Abilities>> = const { Cell::new(None) };
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

impl Abilities {
    /// A subgroup of no more lanes is a SIMD register of a CPU: a program that imitates a GPU.
    const CPU_LANES: u32 = 8;

    /// What every adapter has.
    pub const PLAIN: Self = Self {
        quads: false,
        f16: false,
        tile_pixels: 14,
        many_registers: false,
        shares: 16,
    };

    /// * `quads`: see [`Abilities::quads`]
    /// * `most_lanes`: of a subgroup, 0 if unknown
    /// * `f16`: see [`Abilities::f16`]
    pub fn new(quads: bool, most_lanes: u32, f16: bool) -> Self {
        if (1..=Self::CPU_LANES).contains(&most_lanes) {
            Self {
                quads,
                f16,
                tile_pixels: 28,
                many_registers: true,
                shares: 4,
            }
        } else {
            Self {
                quads,
                f16,
                ..Self::PLAIN
            }
        }
    }

    /// From now on, for every device of this process. The first call counts.
    pub fn announce(self) {
        let _ = ABILITIES.set(self);
    }

    /// This thread's launches go by `assumed` from now on, so that tests reach the shaders of other adapters; `None`:
    /// by what was announced.
    pub fn assume(assumed: Option<Self>) {
        ASSUMED.set(assumed);
    }

    /// What was announced, or [`Abilities::PLAIN`].
    pub fn announced() -> Self {
        ABILITIES.get().copied().unwrap_or(Self::PLAIN)
    }

    /// What is assumed or was announced.
    pub fn current() -> Self {
        ASSUMED.get().unwrap_or_else(Self::announced)
    }
}
