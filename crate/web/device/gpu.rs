//! The browser's GPU.

use super::Opened;
use crate::runtime;
use crate::ops::Capabilities;
use crate::web::canvas::GpuShare;
use crate::web::protocol::DeviceInfo;
use crate::web::panic;

/// What the page uses of a GPU beside tensors.
pub struct Gpu {
    /// What a canvas needs to paint from its tensors; `None` where frames are copied.
    pub share: Option<GpuShare>,
    /// To hear when it is done.
    pub queue: wgpu::Queue,
    /// Bytes of the largest array that its shaders take.
    pub largest_array: u64,
}

pub async fn open(chosen: DeviceInfo, shared: bool) -> Result<Opened, String> {
    let (device, setup) = runtime::open_webgpu().await?;
    // We never let go of it ourselves, so whatever the reason is, it is a loss.
    setup.device.set_device_lost_callback(|reason, message| {
        panic::crash(&format!("The GPU device was lost ({reason:?}): {message}"));
    });
    let mut info = chosen;
    let mut fact = |name: &str, value: String| info.facts.push((name.into(), value));
    let frames = if shared {
        "painted from the tensor's buffer"
    } else {
        "copied"
    };
    fact("Frames", frames.into());
    let capabilities = Capabilities::current();
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
    Ok(Opened {
        device,
        gpu: Some(Gpu {
            queue: setup.queue.clone(),
            largest_array: setup.device.limits().max_storage_buffer_binding_size,
            share: shared.then(|| GpuShare::new(setup)),
        }),
        info,
    })
}
