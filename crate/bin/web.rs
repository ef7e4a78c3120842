//! The page's wasm: what the library exports to JavaScript, and nothing else.

use ddpm as _;

#[cfg(target_arch = "wasm32")]
unsafe extern "C" {
    /// The linker's: runs the constructors of statics, of which cubecl has hundreds (crate `inventory`).
    fn __wasm_call_ctors();
}

/// Called by wasm-bindgen when the module starts.
fn main() {
    // Where nobody calls it, the linker takes the module for a command and has every export call it first: then
    // each object that crosses to JavaScript costs 3 ms, 0.7 s a forward pass.
    #[cfg(target_arch = "wasm32")]
    // SAFETY: called once, before anything else runs.
    unsafe {
        __wasm_call_ctors();
    }
}
