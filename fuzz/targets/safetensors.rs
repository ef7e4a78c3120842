#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static READER: LazyLock<&ddpm_fuzz::Reader> = LazyLock::new(|| ddpm_fuzz::begin("safetensors"));

fuzz_target!(init: LazyLock::force(&READER), |bytes: &[u8]| (READER.read)(bytes));
