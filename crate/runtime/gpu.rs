//! Opens burn's wgpu backend and determines the adapter's [`Capabilities`].

use burn::tensor::Device;
#[cfg(not(target_arch = "wasm32"))]
use burn::tensor::DeviceKind;
use burn::tensor::wgpu::WgpuOptions;
use burn_wgpu::WgpuSetup;
#[cfg(not(target_arch = "wasm32"))]
use wgpu::{Backend, DeviceType};

use super::Runtime;
use crate::ops::{Capabilities, Context, quad_probe};

/// The runtime for an open device, with the capabilities of its adapter. `subgroups`: whether the device has subgroups of
/// four invocations or more.
///
/// # Errors
/// If the device does not return the result of the quad probe.
async fn runtime(subgroups: bool, setup: &WgpuSetup, device: Device) -> Result<Runtime, String> {
    let limits = setup.device.limits();
    let fit = Capabilities::fit(
        limits.max_compute_invocations_per_workgroup,
        limits.max_compute_workgroup_storage_size,
        limits.max_storage_buffers_per_shader_stage,
    );
    let ctx = Context::new(device, Capabilities::PLAIN);
    let quads = fit && subgroups && quad_probe(&ctx).await?;
    let software = setup.adapter.get_info().device_type == wgpu::DeviceType::Cpu;
    let f16 = setup.device.features().contains(wgpu::Features::SHADER_F16);
    let capabilities = Capabilities {
        kernels: fit,
        ..Capabilities::new(quads, software, f16)
    };
    Ok(Runtime::new(ctx.with_capabilities(capabilities)))
}

/// The number of invocations of a quad.
const QUAD: u32 = 4;

/// The most launches that are submitted to the GPU at a time, about a sampling step. In a browser a submission costs as much
/// as twenty launches, and with burn's default of 32 a step needs two submissions.
const TASKS: usize = 64;

/// The options with which the device is opened.
fn options() -> WgpuOptions {
    Device::wgpu_options().tasks_max(TASKS)
}

/// Opens a browser's GPU, with `shims` in place while it is opened. The setup gives access to the WebGPU device that burn
/// uses, with which the page also paints.
///
/// # Errors
/// The browser's message if it gives out no device, or that the GPU has no room for the kernels.
#[cfg(target_arch = "wasm32")]
pub async fn open_webgpu(shims: &super::WebGpuShims) -> Result<(Runtime, WgpuSetup), String> {
    let opened = options().init_with_setup_async().await;
    shims.restore();
    let (device, setup) = opened.map_err(|error| error.to_string())?;
    let subgroups = shims.subgroup_lanes().is_some_and(|lanes| lanes >= QUAD);
    let runtime = runtime(subgroups, &setup, device).await?;
    if !runtime.context().capabilities().kernels {
        setup.device.destroy();
        return Err("its workgroups are smaller than WebGPU promises".into());
    }
    Ok((runtime, setup))
}

/// An adapter, as wgpu lists it: the graphics API that it is reached by, and what it is.
#[cfg(not(target_arch = "wasm32"))]
type Adapter = (Backend, DeviceType);

/// The adapters of this machine. A card that two graphics APIs know is listed twice.
#[cfg(not(target_arch = "wasm32"))]
fn adapters() -> Vec<Adapter> {
    let instance = wgpu::Instance::default();
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    let infos = adapters.iter().map(wgpu::Adapter::get_info);
    infos.map(|info| (info.backend, info.device_type)).collect()
}

/// The cards among which processes are divided, by the names that burn has for them:
///
/// * the discrete ones;
/// * if there is none, the virtual ones (a host's card, given to a virtual machine) and the integrated ones.
///
/// Software adapters are not among them, nor are adapters that do not say what they are. All cards are of one graphics API, the
/// first that knows another adapter than a software adapter: it is the one that burn takes, whose names count each kind from 0.
#[cfg(not(target_arch = "wasm32"))]
fn cards(adapters: &[Adapter]) -> Vec<DeviceKind> {
    let by = |api: Backend| {
        let known = adapters.iter().filter(move |(backend, _)| *backend == api);
        known.map(|&(_, kind)| kind).collect::<Vec<_>>()
    };
    let kinds = [Backend::Vulkan, Backend::Metal, Backend::Dx12]
        .map(by)
        .into_iter()
        .find(|kinds| kinds.iter().any(|&kind| kind != DeviceType::Cpu))
        .unwrap_or_default();
    let of = |wanted: DeviceType, name: fn(usize) -> DeviceKind| {
        let count = kinds.iter().filter(|&&kind| kind == wanted).count();
        (0..count).map(name)
    };
    let mut cards: Vec<DeviceKind> = of(DeviceType::DiscreteGpu, DeviceKind::DiscreteGpu).collect();
    if cards.is_empty() {
        cards.extend(of(DeviceType::VirtualGpu, DeviceKind::VirtualGpu));
        cards.extend(of(DeviceType::IntegratedGpu, DeviceKind::IntegratedGpu));
    }
    cards
}

/// The card that process `number` of `processes` on this machine is to take: each the next one, and where there are more processes
/// than cards, the first again. `None` leaves the choice to burn, where there is one process or at most one card; burn takes a
/// software adapter only if there is nothing else.
#[cfg(not(target_arch = "wasm32"))]
fn card(adapters: &[Adapter], (number, processes): (usize, usize)) -> Option<DeviceKind> {
    if processes == 1 {
        return None;
    }
    let mut cards = cards(adapters);
    (cards.len() > 1).then(|| cards.swap_remove(number % cards.len()))
}

/// Opens a GPU in a native program. `local` is the number of this process among those of this machine that share the work, and
/// how many these are: each takes another card.
///
/// # Errors
/// If there is no usable adapter, or the quad probe fails.
#[cfg(not(target_arch = "wasm32"))]
pub fn open(local: (usize, usize)) -> Result<Runtime, String> {
    let adapters = match local {
        // A process alone leaves the choice to burn, so it need not look.
        (_, 1) => Vec::new(),
        _ => adapters(),
    };
    open_card(card(&adapters, local))
}

/// Opens each of this machine's cards (`cards`), or the adapter that burn chooses where there is at most one.
///
/// # Errors
/// As [`open`].
#[cfg(feature = "remote")]
pub fn open_all() -> Result<Vec<Runtime>, String> {
    let cards = cards(&adapters());
    if cards.len() < 2 {
        return Ok(vec![open_card(None)?]);
    }
    cards
        .into_iter()
        .map(|card| open_card(Some(card)))
        .collect()
}

/// Opens this card, or the adapter that burn chooses.
#[cfg(not(target_arch = "wasm32"))]
fn open_card(card: Option<DeviceKind>) -> Result<Runtime, String> {
    let options = match card {
        Some(card) => options().device_kind(card),
        None => options(),
    };
    let (device, setup) = options
        .init_with_setup()
        .map_err(|error| format!("No usable GPU adapter: {error}"))?;
    let subgroups = setup.device.features().contains(wgpu::Features::SUBGROUP)
        && setup.adapter.get_info().subgroup_max_size >= QUAD;
    pollster::block_on(runtime(subgroups, &setup, device))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    /// The adapters of these kinds on one graphics API.
    fn on(api: Backend, kinds: &[DeviceType]) -> Vec<Adapter> {
        kinds.iter().map(|&kind| (api, kind)).collect()
    }

    const DISCRETE: DeviceType = DeviceType::DiscreteGpu;
    const INTEGRATED: DeviceType = DeviceType::IntegratedGpu;
    const VIRTUAL: DeviceType = DeviceType::VirtualGpu;
    const SOFTWARE: DeviceType = DeviceType::Cpu;

    #[test]
    fn each_process_takes_a_card_of_its_own() {
        let adapters = on(
            Backend::Vulkan,
            &[INTEGRATED, DISCRETE, SOFTWARE, DISCRETE, DISCRETE],
        );
        let taken: Vec<_> = (0..5).map(|number| card(&adapters, (number, 5))).collect();
        assert_eq!(
            taken,
            [0, 1, 2, 0, 1].map(|card| Some(DeviceKind::DiscreteGpu(card)))
        );
    }

    #[test]
    fn without_discrete_cards_virtual_and_integrated_ones_are_taken() {
        for (kinds, expected) in [
            (
                &[VIRTUAL, VIRTUAL][..],
                [DeviceKind::VirtualGpu(0), DeviceKind::VirtualGpu(1)],
            ),
            (
                &[SOFTWARE, INTEGRATED, INTEGRATED],
                [DeviceKind::IntegratedGpu(0), DeviceKind::IntegratedGpu(1)],
            ),
            (
                &[INTEGRATED, SOFTWARE, VIRTUAL],
                [DeviceKind::VirtualGpu(0), DeviceKind::IntegratedGpu(0)],
            ),
        ] {
            let adapters = on(Backend::Vulkan, kinds);
            let taken = [0, 1].map(|number| card(&adapters, (number, 2)));
            assert_eq!(taken, expected.map(Some), "{kinds:?}");
        }
    }

    /// burn takes a high-performance card first, and a software adapter only if there is nothing else.
    #[test]
    fn where_there_is_nothing_to_divide_burn_chooses() {
        for kinds in [
            &[DISCRETE][..],
            &[DISCRETE, INTEGRATED, SOFTWARE],
            &[VIRTUAL, SOFTWARE],
            &[INTEGRATED, SOFTWARE],
            &[SOFTWARE, SOFTWARE],
            &[SOFTWARE],
            &[DeviceType::Other, DeviceType::Other],
            &[],
        ] {
            let adapters = on(Backend::Vulkan, kinds);
            assert_eq!(card(&adapters, (1, 2)), None, "{kinds:?}");
        }
        let two = on(Backend::Vulkan, &[DISCRETE, DISCRETE]);
        assert_eq!(card(&two, (0, 1)), None, "one process");
    }

    /// Two names of one card would have two processes share it.
    #[test]
    fn a_card_that_two_graphics_apis_know_is_taken_once() {
        let windows = [
            on(Backend::Vulkan, &[DISCRETE]),
            on(Backend::Dx12, &[DISCRETE, SOFTWARE]),
        ];
        assert_eq!(cards(&windows.concat()), [DeviceKind::DiscreteGpu(0)]);
        // burn takes Dx12 where Vulkan has nothing but a software adapter.
        let windows = [
            on(Backend::Vulkan, &[SOFTWARE]),
            on(Backend::Dx12, &[DISCRETE, DISCRETE]),
        ];
        assert_eq!(
            cards(&windows.concat()),
            [DeviceKind::DiscreteGpu(0), DeviceKind::DiscreteGpu(1)]
        );
    }
}
