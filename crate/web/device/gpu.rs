//! The browser's GPU.

use std::rc::Rc;

use burn::tensor::Device;
use wasm_bindgen_futures::JsFuture;

use super::{Frames, GpuAccess, OpenDevice};
use crate::runtime::{Runtime, WebGpuShims, open_webgpu};
use crate::web::event_loop::now;
use crate::web::host::{LocalFuture, ShaderCompiler, SubmissionQueue};
use crate::web::panic;
use crate::web::protocol::DeviceInfo;

/// Open the GPU. The device is never given back, so whatever the reason of its loss, the page is told of a crash.
///
/// # Errors
/// As [`open_webgpu`].
pub async fn open(
    chosen: DeviceInfo,
    shared: bool,
    shims: WebGpuShims,
) -> Result<(OpenDevice, Frames), String> {
    let (runtime, setup) = open_webgpu(&shims).await?;
    setup.device.set_device_lost_callback(|reason, message| {
        panic::crash(&format!("The GPU device was lost ({reason:?}): {message}"));
    });
    let queue = Queue {
        device: runtime.device().clone(),
        queue: setup.queue.clone(),
    };
    let opened = OpenDevice {
        info: described(chosen, shared, &runtime),
        runtime,
        gpu: Some(GpuAccess {
            queue: Rc::new(queue),
            shaders: Rc::new(shims),
            largest_array: setup.device.limits().max_storage_buffer_binding_size,
        }),
    };
    let frames = if shared {
        Frames::Shared(setup)
    } else {
        Frames::Copied
    };
    Ok((opened, frames))
}

/// The facts of the device panel.
fn described(chosen: DeviceInfo, shared: bool, runtime: &Runtime) -> DeviceInfo {
    let mut info = chosen;
    let mut fact = |name: &str, value: String| info.facts.push((name.into(), value));
    let frames = if shared {
        "painted from the tensor's buffer"
    } else {
        "copied"
    };
    fact("Frames", frames.into());
    let capabilities = runtime.context().capabilities();
    let sharing = if capabilities.quads {
        "shared by quads of invocations"
    } else {
        "each invocation for itself (no subgroups)"
    };
    let pixels = capabilities.tile_pixels;
    fact("Kernels", format!("tiles of {pixels} pixels, {sharing}"));
    let weights = if capabilities.f16 {
        "16 bits when drawing, 32 when training"
    } else {
        "32 bits"
    };
    fact("Weights and products", weights.into());
    info
}

/// burn's device and the WebGPU queue behind it.
struct Queue {
    device: Device,
    queue: wgpu::Queue,
}

impl SubmissionQueue for Queue {
    fn submit(&self) -> Result<LocalFuture<'static, Option<f64>>, String> {
        self.device.flush().map_err(|error| format!("{error:?}"))?;
        let (done, wait) = async_channel::bounded(1);
        self.queue.on_submitted_work_done(move || {
            let _ = done.try_send(now());
        });
        Ok(Box::pin(async move { wait.recv().await.ok() }))
    }
}

impl ShaderCompiler for WebGpuShims {
    fn compile(&self, texts: Vec<String>) -> LocalFuture<'_, ()> {
        finished(WebGpuShims::compile(self, texts))
    }

    fn settled(&self) -> LocalFuture<'_, ()> {
        finished(WebGpuShims::settled(self))
    }
}

/// Ready when the promise is settled, whichever way.
fn finished(promise: js_sys::Promise) -> LocalFuture<'static, ()> {
    Box::pin(async move {
        let _ = JsFuture::from(promise).await;
    })
}
