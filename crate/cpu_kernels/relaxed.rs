//! The loops of `conv/loops.rs` compiled with WebAssembly's relaxed SIMD, whose multiply-add becomes one instruction on
//! processors that have one.
//!
//! A browser refuses a module with an instruction that it does not know. These loops are therefore a WebAssembly module
//! of their own, of a few kilobytes, which `build.rs` compiles and `relaxed_simd.rs` embeds in the program. The module
//! imports the program's memory and has no memory, stack or data of its own.

#![no_std]

use core::arch::wasm32::{f32x4_relaxed_madd, f32x4_splat, v128, v128_load, v128_store};

#[path = "conv/loops.rs"]
mod loops;

use loops::{Band, Lanes, Strip, convolve_tiles, sum_products};

impl Lanes for v128 {
    #[inline(always)]
    fn count() -> usize {
        4
    }

    #[inline(always)]
    fn splat(value: f32) -> Self {
        f32x4_splat(value)
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller of `load` promises that four floats can be read from here.
        unsafe { v128_load(from.cast()) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller of `store` promises that four floats can be written here.
        unsafe { v128_store(to.cast(), self) }
    }

    #[inline(always)]
    fn mul_add(self, b: Self, c: Self) -> Self {
        f32x4_relaxed_madd(self, b, c)
    }
}

macro_rules! exports {
    ($($name:ident = $loop:expr, $of:ty;)*) => {
        $(
            /// The loop with the number of pixels, the stride or the number of channels that its name says.
            ///
            /// # Safety
            /// That of the loop in `conv/loops.rs`.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name(of: &$of) {
                // SAFETY: the caller promises what the loop needs.
                unsafe { $loop(of) }
            }
        )*
    };
}

exports! {
    tiles_1_1 = convolve_tiles::<v128, 1, 1>, Strip;
    tiles_2_1 = convolve_tiles::<v128, 2, 1>, Strip;
    tiles_4_1 = convolve_tiles::<v128, 4, 1>, Strip;
    tiles_1_2 = convolve_tiles::<v128, 1, 2>, Strip;
    tiles_2_2 = convolve_tiles::<v128, 2, 2>, Strip;
    tiles_4_2 = convolve_tiles::<v128, 4, 2>, Strip;
    tiles_1_8 = convolve_tiles::<v128, 1, 8>, Strip;
    tiles_2_8 = convolve_tiles::<v128, 2, 8>, Strip;
    tiles_4_8 = convolve_tiles::<v128, 4, 8>, Strip;
    products_1 = sum_products::<v128, 1>, Band;
    products_4 = sum_products::<v128, 4>, Band;
}

/// Required by `no_std`. The loops cannot panic, so it is never called.
#[panic_handler]
fn never(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
