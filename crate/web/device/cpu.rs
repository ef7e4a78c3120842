//! The CPU, by as many threads as the page's host lets it have.

use super::Opened;
use crate::runtime;
use crate::web::protocol::DeviceInfo;

/// The fact that says how many compute.
const THREADS: &str = "Threads";

fn name(threads: usize) -> String {
    let threads = match threads {
        1 => "one thread".into(),
        more => format!("{more} threads"),
    };
    format!("CPU (WebAssembly SIMD, {threads})")
}

pub fn open(chosen: DeviceInfo) -> Opened {
    let device = runtime::cpu();
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
    info.name = name(1);
    Opened {
        device,
        #[cfg(feature = "gpu")]
        gpu: None,
        info,
    }
}

impl Opened {
    /// What there is to say once so many threads compute.
    pub fn info_with_threads(&self, threads: usize) -> DeviceInfo {
        let mut info = self.info.clone();
        info.name = name(threads);
        for (fact, value) in &mut info.facts {
            if fact == THREADS {
                *value = threads.to_string();
            }
        }
        info
    }
}
