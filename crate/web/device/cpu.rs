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
    // The worker's script adds the reason where no other thread can help (www/worker/main.js).
    info.facts.push((THREADS.into(), "1".into()));
    info.name = cpu_name(1);
    OpenDevice {
        runtime,
        info,
        gpu: None,
    }
}
