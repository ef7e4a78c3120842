//! Loads the relaxed-SIMD version of the CPU kernels, a WebAssembly module of its own, into this program if the browser
//! supports it. It cannot be part of the program itself, which would then not start in a browser without relaxed SIMD.

use cpu_kernels::relaxed_simd::{EXPORTS, MODULE, in_use, use_from};
use js_sys::WebAssembly::{Instance, Module, Table, validate};
use js_sys::{Function, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// Lets the CPU kernels use relaxed SIMD from now on, if the browser supports it. Errors are ignored, because the kernels
/// also work without.
pub fn load() {
    if !in_use() {
        let _ = instantiate();
    }
}

/// Instantiates the module on this program's memory and puts its functions into this program's table.
fn instantiate() -> Result<(), JsValue> {
    // The bytes are copied into memory of JavaScript's: a module may not be made from a view of a memory that can grow.
    let bytes = Uint8Array::new_from_slice(MODULE);
    if !validate(&bytes)? {
        return Ok(());
    }
    let env = Object::new();
    Reflect::set(&env, &"memory".into(), &wasm_bindgen::memory())?;
    let imports = Object::new();
    Reflect::set(&imports, &"env".into(), &env)?;
    let exports = Instance::new(&Module::new(&bytes)?, &imports)?.exports();
    // All functions are looked up before the table is changed, so that a missing one changes nothing.
    let functions: Vec<Function> = EXPORTS
        .iter()
        .map(|&name| Reflect::get(&exports, &name.into())?.dyn_into())
        .collect::<Result<_, JsValue>>()?;
    let table: Table = wasm_bindgen::function_table().dyn_into()?;
    let first = table.grow(functions.len() as u32)?;
    for (place, function) in (first..).zip(&functions) {
        table.set(place, function)?;
    }
    // SAFETY: the functions are in the table from `first` on, in the order of `EXPORTS`, and no other code writes to these
    // entries.
    unsafe { use_from(first as usize) };
    Ok(())
}
