//! The part of WebGPU that wgpu 30 leaves out in a browser, as a JavaScript object that the page hands in.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Adds to what wgpu asks of `navigator.gpu`. The page installs it before a device is opened; it
    ///
    /// - adds the feature `subgroups` to the device request, where the adapter has it: wgpu's web backend does not know
    ///   that feature (<https://github.com/gfx-rs/wgpu/issues/10146>);
    /// - makes compute pipelines with `createComputePipelineAsync` before they are launched, and hands them out when wgpu
    ///   asks for them: wgpu has no asynchronous creation (<https://github.com/gfx-rs/wgpu/issues/3794>).
    #[derive(Clone)]
    pub type WebGpuShims;

    /// Most lanes of a subgroup, if a device was opened with subgroups.
    #[wasm_bindgen(method, js_name = subgroupLanes)]
    pub fn subgroup_lanes(this: &WebGpuShims) -> Option<u32>;

    /// Compile the shaders with these texts, those that are not compiled yet. The promise is settled when these and all
    /// requested before are compiled or refused.
    #[wasm_bindgen(method)]
    pub fn compile(this: &WebGpuShims, texts: Vec<String>) -> Promise;

    /// Settled when all that was requested so far is compiled or refused.
    #[wasm_bindgen(method)]
    pub fn settled(this: &WebGpuShims) -> Promise;

    /// Leave `navigator.gpu` as it was. The device that was opened meanwhile keeps its pipelines.
    #[wasm_bindgen(method)]
    pub fn restore(this: &WebGpuShims);
}
