//! The CPU, with as many threads as the page's host lets it have.

use super::{OpenDevice, THREADS, cpu_name};
use crate::runtime::Runtime;
use crate::web::protocol::DeviceInfo;

/// Open the CPU. It begins with one thread; [`OpenDevice::info_with_threads`] describes it once others help.
pub fn open(chosen: DeviceInfo) -> OpenDevice {
    let runtime = Runtime::cpu();
    let mut info = chosen;
    let simd = if cpu_kernels::relaxed_simd::in_use() {
        "128 bits, relaxed: multiply and add in one"
    } else {
        "128 bits"
    };
    info.facts.push(("SIMD".into(), simd.into()));
    let isolated = js_sys::Reflect::get(&js_sys::global(), &"crossOriginIsolated".into());
    let threads = if isolated.is_ok_and(|it| it.is_truthy()) {
        "1"
    } else {
        "1; others may only help where the host isolates the page from other origins"
    };
    info.facts.push((THREADS.into(), threads.into()));
    info.name = cpu_name(1);
    OpenDevice {
        runtime,
        info,
        gpu: None,
    }
}
