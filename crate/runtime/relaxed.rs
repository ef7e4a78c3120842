//! Takes the CPU kernels' relaxed SIMD into this program, where the browser has it.

use cpu_kernels::relaxed_simd::{EXPORTS, MODULE, in_use, use_from};
use js_sys::WebAssembly::{Instance, Module, Table, validate};
use js_sys::{Function, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// Use relaxed SIMD if the browser knows it. What stands in the way is no reason to stop: the kernels do without.
pub fn take_in() {
    if !in_use() {
        let _ = instantiate();
    }
}

fn instantiate() -> Result<(), JsValue> {
    // In memory of JavaScript's own: a module may not be made from a view of what may still grow.
    let bytes = Uint8Array::new_from_slice(MODULE);
    if !validate(&bytes)? {
        return Ok(());
    }
    let env = Object::new();
    Reflect::set(&env, &"memory".into(), &wasm_bindgen::memory())?;
    let imports = Object::new();
    Reflect::set(&imports, &"env".into(), &env)?;
    let exports = Instance::new(&Module::new(&bytes)?, &imports)?.exports();
    // All of them before the first is put anywhere.
    let functions: Vec<Function> = EXPORTS
        .iter()
        .map(|&name| Reflect::get(&exports, &name.into())?.dyn_into())
        .collect::<Result<_, JsValue>>()?;
    let table: Table = wasm_bindgen::function_table().dyn_into()?;
    let first = table.grow(functions.len() as u32)?;
    for (place, function) in (first..).zip(&functions) {
        table.set(place, function)?;
    }
    // SAFETY: they stand there, in order, and nobody else knows of these places.
    unsafe { use_from(first as usize) };
    Ok(())
}
