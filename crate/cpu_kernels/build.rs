//! Compiles `relaxed.rs` into a WebAssembly module of its own, if the target is wasm32; see there.

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
    // Cargo passes on the linker that it is configured with, if there is one.
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.arg(format!("-Clinker={linker}"));
    }
    let status = rustc.status().expect("rustc can be run");
    assert!(status.success(), "relaxed.rs was not compiled");

    // The module works in the program's memory, where it must not place anything of its own: neither a stack nor data,
    // nor a function of the standard library, which might have either. The build fails if it does.
    let object = fs::read(&object).expect("rustc has written it");
    let stack = b"__stack_pointer";
    assert!(
        !object.windows(stack.len()).any(|at| at == stack),
        "relaxed.rs needs a stack, which would overwrite the program's"
    );
    let module = fs::read(&module).expect("rustc has written it");
    let counts = counts(&module);
    assert_eq!(counts[DATA], 0, "relaxed.rs has data of its own");
    let source = fs::read_to_string("relaxed.rs").expect("rustc has read it");
    assert_eq!(
        counts[FUNCTION],
        source.matches("::<v128").count(),
        "relaxed.rs has functions besides those that it exports"
    );
}

/// The id of the function section in the WebAssembly binary format.
const FUNCTION: usize = 3;
/// The id of the data section.
const DATA: usize = 11;

/// The number of entries in each section of a module, by the section's id.
fn counts(module: &[u8]) -> [usize; 16] {
    let mut counts = [0; 16];
    let mut rest = &module[8..];
    while let Some((&section, after)) = rest.split_first() {
        let (size, content) = number(after);
        if section != 0 {
            counts[usize::from(section)] = number(content).0;
        }
        rest = &content[size..];
    }
    counts
}

/// Reads an unsigned LEB128 number; returns it and the bytes after it.
fn number(bytes: &[u8]) -> (usize, &[u8]) {
    let last = bytes.iter().position(|byte| byte & 0x80 == 0);
    let (digits, rest) = bytes.split_at(last.expect("a number ends") + 1);
    let value = digits
        .iter()
        .rev()
        .fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f));
    (value, rest)
}
