//! Which device the tensors live on: WebGPU where there is a real adapter, else the CPU.

use burn::tensor::Device;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::painter::GpuShare;
use super::protocol::DeviceInfo;
use super::report;
use crate::device;
use crate::kernels::Abilities;
use crate::unet::UNetConfig;

/// The device in use.
pub struct Opened {
    pub device: Device,
    /// What a canvas needs to paint from GPU tensors; `None` where frames are copied.
    pub share: Option<GpuShare>,
    /// Of a GPU, to hear when it is done.
    pub queue: Option<wgpu::Queue>,
    /// Bytes of the largest array that a GPU's shaders take.
    pub largest_array: Option<u64>,
    pub info: DeviceInfo,
}

impl Opened {
    /// The largest batch of this network that the device can take, if there is one.
    pub fn most_images(&self, unet: &UNetConfig) -> Option<u64> {
        let image = 4 * unet.largest_activation() as u64;
        self.largest_array.map(|bytes| bytes / image)
    }

    /// What there is to say once so many threads compute.
    pub fn info_with_threads(&self, threads: usize) -> DeviceInfo {
        let mut info = self.info.clone();
        info.name = cpu_name(threads);
        for (fact, value) in &mut info.facts {
            if fact == THREADS {
                *value = threads.to_string();
            }
        }
        info
    }
}

/// The fact that says how many compute.
const THREADS: &str = "Threads";

fn cpu_name(threads: usize) -> String {
    let threads = match threads {
        1 => "one thread".into(),
        more => format!("{more} threads"),
    };
    format!("CPU (WebAssembly SIMD, {threads})")
}

/// What the page may ask for with `?device=`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Auto,
    WebGpu,
    Cpu,
}

/// What the browser says of its adapter.
struct Adapter {
    name: String,
    /// A program that imitates a GPU: slower than our CPU backend by an order of magnitude.
    software: bool,
    facts: Vec<(String, String)>,
}

/// Open the device wished for (`auto`, `webgpu` or `cpu`), or the CPU where that cannot be. Frames
/// reach the canvas as `paint` says: `gpu`, `copy`, or `auto`, which copies from software only.
pub async fn open(wish: &str, paint: &str) -> Opened {
    let wish = match wish {
        "webgpu" => Wish::WebGpu,
        "cpu" => Wish::Cpu,
        _ => Wish::Auto,
    };
    if wish == Wish::Cpu {
        return cpu("You asked for the CPU with ?device=cpu.".into(), vec![]);
    }
    let adapter = match probe().await {
        Ok(adapter) => adapter,
        Err(why) => return cpu(format!("{why} The CPU is used instead."), vec![]),
    };
    if adapter.software && wish == Wish::Auto {
        let reason = format!(
            "WebGPU is there, but its adapter ({}) is software that imitates a GPU; the CPU \
             itself is much faster.",
            adapter.name
        );
        return cpu(reason, adapter.facts);
    }
    let (device, setup) = match device::open_webgpu().await {
        Ok(opened) => opened,
        Err(error) => {
            let reason = format!("WebGPU could not be opened ({error}). The CPU is used instead.");
            return cpu(reason, adapter.facts);
        }
    };
    // We never let go of it ourselves, so whatever the reason is, it is a loss.
    setup.device.set_device_lost_callback(|reason, message| {
        report::crash(&format!("The GPU device was lost ({reason:?}): {message}"));
    });
    let shared = match paint {
        "gpu" => true,
        "copy" => false,
        _ => !adapter.software,
    };
    let mut facts = adapter.facts;
    let frames = if shared {
        "painted from the tensor's buffer"
    } else {
        "copied"
    };
    facts.push(("Frames".into(), frames.into()));
    let abilities = Abilities::current();
    let kernels = format!(
        "tiles of {} pixels, {}",
        abilities.tile_pixels,
        if abilities.quads {
            "shared by quads of invocations"
        } else {
            "each invocation for itself (no subgroups)"
        }
    );
    facts.push(("Kernels".into(), kernels));
    let weights = if abilities.f16 {
        "16 bits when drawing, 32 when training"
    } else {
        "32 bits"
    };
    facts.push(("Weights and products".into(), weights.into()));
    Opened {
        device,
        queue: Some(setup.queue.clone()),
        largest_array: Some(setup.device.limits().max_storage_buffer_binding_size),
        share: shared.then(|| GpuShare::new(setup)),
        info: DeviceInfo {
            kind: "webgpu".into(),
            name: adapter.name,
            reason: if wish == Wish::WebGpu {
                "You asked for WebGPU with ?device=webgpu.".into()
            } else {
                "This browser offers a GPU through WebGPU.".into()
            },
            facts,
        },
    }
}

fn cpu(reason: String, mut facts: Vec<(String, String)>) -> Opened {
    let device = device::cpu();
    let simd = if ddpm_cpu::relaxed_simd::in_use() {
        "128 bits, relaxed: multiply and add in one"
    } else {
        "128 bits"
    };
    facts.push(("SIMD".into(), simd.into()));
    let isolated = get(&js_sys::global(), "crossOriginIsolated").is_some_and(|it| it.is_truthy());
    let threads = if isolated {
        "1"
    } else {
        "1; others may only help where the host isolates the page from other origins"
    };
    facts.push((THREADS.into(), threads.into()));
    Opened {
        device,
        share: None,
        queue: None,
        largest_array: None,
        info: DeviceInfo {
            kind: "cpu".into(),
            name: cpu_name(1),
            reason,
            facts,
        },
    }
}

/// Ask the browser for its adapter, without making a device.
async fn probe() -> Result<Adapter, String> {
    let none = || "This browser has no WebGPU.".to_owned();
    let gpu = get(&js_sys::global(), "navigator")
        .and_then(|navigator| get(&navigator, "gpu"))
        .ok_or_else(none)?;
    let request = get(&gpu, "requestAdapter")
        .and_then(|request| request.dyn_into::<Function>().ok())
        .ok_or_else(none)?;
    let promise = request
        .call0(&gpu)
        .ok()
        .and_then(|promise| promise.dyn_into::<Promise>().ok())
        .ok_or_else(none)?;
    let adapter = JsFuture::from(promise)
        .await
        .map_err(|error| format!("WebGPU failed to give an adapter ({error:?})."))?;
    if adapter.is_null() || adapter.is_undefined() {
        return Err("WebGPU is there, but it has no adapter for this machine.".into());
    }
    let info = get(&adapter, "info").unwrap_or(JsValue::UNDEFINED);
    let text = |key: &str| {
        get(&info, key)
            .and_then(|value| value.as_string())
            .filter(|value| !value.is_empty())
    };
    // The flag moved from the adapter to its info in the course of the specification.
    let flag =
        |of: &JsValue| get(of, "isFallbackAdapter").is_some_and(|fallback| fallback.is_truthy());
    let name = text("description")
        .or_else(|| match (text("vendor"), text("architecture")) {
            (Some(vendor), Some(architecture)) => Some(format!("{vendor} {architecture}")),
            (vendor, architecture) => vendor.or(architecture),
        })
        .unwrap_or_else(|| "unnamed adapter".into());
    let software =
        flag(&info) || flag(&adapter) || text("architecture").as_deref() == Some("swiftshader");

    let mut facts = vec![("Adapter".to_owned(), name.clone())];
    for key in ["vendor", "architecture"] {
        facts.extend(text(key).map(|value| (capitalised(key), value)));
    }
    if let Some(limits) = get(&adapter, "limits") {
        for (key, title) in [
            (
                "maxComputeInvocationsPerWorkgroup",
                "Invocations a workgroup",
            ),
            ("maxComputeWorkgroupStorageSize", "Workgroup memory, bytes"),
            ("maxStorageBufferBindingSize", "Largest buffer, bytes"),
        ] {
            let value = get(&limits, key).and_then(|value| value.as_f64());
            facts.extend(value.map(|value| (title.to_owned(), value.to_string())));
        }
    }
    if let Some(features) = get(&adapter, "features") {
        let features: js_sys::Set = features.unchecked_into();
        for (feature, title) in [
            ("shader-f16", "16-bit arithmetic"),
            ("subgroups", "Subgroups"),
        ] {
            let has = features.has(&feature.into());
            facts.push((title.to_owned(), if has { "yes" } else { "no" }.to_owned()));
        }
    }
    Ok(Adapter {
        name,
        software,
        facts,
    })
}

/// A property that is there.
fn get(of: &JsValue, key: &str) -> Option<JsValue> {
    if !of.is_object() {
        return None;
    }
    Reflect::get(of, &key.into())
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
