//! For browsers: compiles `relaxed.rs`, a module of its own (see there).

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("wasm32") {
        return;
    }
    for source in ["relaxed.rs", "conv/loops.rs"] {
        println!("cargo::rerun-if-changed={source}");
    }
    let out = env::var("OUT_DIR").expect("cargo sets it");
    let out = Path::new(&out);
    let [module, object] = ["relaxed.wasm", "relaxed.o"].map(|name| out.join(name));
    let mut rustc = Command::new(env::var("RUSTC").expect("cargo sets it"));
    rustc
        .args(["relaxed.rs", "--edition=2024", "--crate-type=cdylib"])
        .args(["--target", &env::var("TARGET").expect("cargo sets it")])
        .args([
            "-Copt-level=3",
            "-Cpanic=abort",
            "-Cstrip=symbols",
            "-Ccodegen-units=1",
        ])
        .arg("-Ctarget-feature=+simd128,+relaxed-simd")
        .arg("-Clink-arg=--import-memory")
        .arg(format!(
            "--emit=link={},obj={}",
            module.display(),
            object.display()
        ));
    let status = rustc.status().expect("rustc can be run");
    assert!(status.success(), "relaxed.rs was not compiled");

    // It has the program's memory, so it may not lay out any of its own in it.
    let object = fs::read(&object).expect("rustc has written it");
    for word in ["__stack_pointer", ".rodata", ".data", ".bss"] {
        let found = object.windows(word.len()).any(|at| at == word.as_bytes());
        assert!(
            !found,
            "relaxed.rs needs {word}, which would overwrite the program's memory"
        );
    }
}
