//! `conv/loops.rs` with wasm's relaxed SIMD: its multiply-add is one instruction where the processor has one.
//!
//! A browser refuses a module that has an instruction it does not know, so these loops are a module of their own, some
//! kilobytes that `build.rs` compiles and `relaxed_simd.rs` carries. It works in the memory of the program that takes it
//! in, and has no memory, stack or data of its own.

#![no_std]

use core::arch::wasm32::{
    f32x4_relaxed_madd, f32x4_splat, v128, v128_load, v128_store,
};

#[path = "conv/loops.rs"]
mod loops;

use loops::{Band, Lanes, Strip, products, tiles};

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
        // SAFETY: the caller's.
        unsafe { v128_load(from.cast()) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's.
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
            /// # Safety
            /// That of the loop.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name(of: &$of) {
                // SAFETY: the caller's.
                unsafe { $loop(of) }
            }
        )*
    };
}

exports! {
    tiles_1_1 = tiles::<v128, 1, 1>, Strip;
    tiles_2_1 = tiles::<v128, 2, 1>, Strip;
    tiles_4_1 = tiles::<v128, 4, 1>, Strip;
    tiles_1_2 = tiles::<v128, 1, 2>, Strip;
    tiles_2_2 = tiles::<v128, 2, 2>, Strip;
    tiles_4_2 = tiles::<v128, 4, 2>, Strip;
    products_1 = products::<v128, 1>, Band;
    products_4 = products::<v128, 4>, Band;
}

#[panic_handler]
fn never(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
