//! binaryen's wasm-opt, a native one or that of the npm package.

use super::{Fnv, cached};
use crate::process::{answer, command, find, shown};
use crate::workspace::{root, scratch};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Measured with the npm build on 2.0 MB of stripped wasm in the `web` profile (naga, two busy cores):
/// -O1 11 s, 1.90 MB, gzip 658 kB; -O2 25 s, 1.89 MB, 671 kB; -Os 30 s, 1.86 MB, 669 kB; -O3 35 s,
/// 1.86 MB, 669 kB; stripping alone 667 kB. LLVM has done the rest, and our wasm is several times larger.
const LEVEL: &str = "-O1";

/// The WebAssembly features are those that browsers with WebGPU have and that rustc uses or a crate may ask for. No
/// others are enabled, because wasm-opt uses what is enabled. Names and debug sections are stripped here and not by
/// rustc, because wasm-bindgen reads the target features in them.
const FLAGS: [&str; 14] = [
    LEVEL,
    "--strip-debug",
    "--strip-producers",
    "--enable-simd",
    "--enable-relaxed-simd",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-extended-const",
];

/// Every wasm-opt on this machine with its version, the native one, which is faster, first. One that is too old refuses
/// the flags, and then the next one is tried.
fn candidates() -> Vec<(Command, String)> {
    let native = find("wasm-opt").and_then(|path| {
        let version = answer(&path, &["--version"])?;
        Some((command(path), version))
    });
    let script = root().join("node_modules/binaryen/bin/wasm-opt");
    let packaged = find("node").filter(|_| script.is_file()).and_then(|node| {
        let version = answer(&node, &[script.to_str()?, "--version"])?;
        let mut wasm_opt = command(node);
        wasm_opt.arg(&script);
        Some((wasm_opt, version))
    });
    native.into_iter().chain(packaged).collect()
}

/// Optimises a wasm file in place. `kind` tells its entry in [`cached`] from those of other files; remarks go to `say`.
/// Without any wasm-opt the file stays as it is, and `say` gets a warning.
///
/// # Errors
///
/// When no wasm-opt can read the file.
pub fn shrink(wasm: &Path, kind: &str, say: &dyn Fn(&str)) -> Result<()> {
    let candidates = candidates();
    if candidates.is_empty() {
        say(
            "warning: there is no wasm-opt, so the page stays larger than it need be; run `npm ci` or install binaryen",
        );
        return Ok(());
    }
    let input = fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    let mut key = Fnv::default();
    key.update(&input);
    key.update(FLAGS.concat().as_bytes());
    for (_, version) in &candidates {
        key.update(version.as_bytes());
    }
    let output = cached(kind, &key, || {
        let start = Instant::now();
        let output = optimise(candidates, wasm, kind)?;
        let seconds = start.elapsed().as_secs_f64();
        say(&format!(
            "wasm-opt {LEVEL} of {kind}: {} bytes in, {} bytes out, {seconds:.0} s",
            input.len(),
            output.len()
        ));
        Ok(output)
    })?;
    fs::write(wasm, output).with_context(|| format!("cannot write {}", wasm.display()))
}

fn optimise(candidates: Vec<(Command, String)>, wasm: &Path, kind: &str) -> Result<Vec<u8>> {
    // Two programs may be optimised at the same time.
    let result = scratch("finish")?.join(format!("{kind}.out"));
    let mut complaints = String::new();
    for (mut wasm_opt, version) in candidates {
        wasm_opt.args(FLAGS).arg(wasm).arg("-o").arg(&result);
        let run = wasm_opt.output()?;
        if run.status.success() {
            let output = fs::read(&result)?;
            fs::remove_file(&result)?;
            return Ok(output);
        }
        let message = String::from_utf8_lossy(&run.stderr);
        complaints += &format!("\n{version}: {}\n{}", shown(&wasm_opt), message.trim());
    }
    bail!("wasm-opt cannot read what rustc wrote:{complaints}");
}
