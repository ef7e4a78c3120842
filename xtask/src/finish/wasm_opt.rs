//! binaryen's wasm-opt: whichever is at hand, native or the npm package's.

use super::{Fnv, cached};
use crate::diffusion::{answer, command, find, shown};
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

/// What browsers with WebGPU have and rustc uses, or a crate may ask for; nothing beyond, because
/// wasm-opt may use what it is allowed to. Names and debug sections go: rustc has to leave them in,
/// for wasm-bindgen reads the target features there.
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

/// Every wasm-opt there is, the fast native one first. One that is too old refuses our flags, and the
/// next gets its turn.
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

/// Optimises a wasm file in place; `kind` sets its answers apart from those for other files (see
/// [`cached`]). Without any wasm-opt it warns: the page is larger and works.
pub fn shrink(wasm: &Path, kind: &str) -> Result<()> {
    let candidates = candidates();
    if candidates.is_empty() {
        eprintln!(
            "warning: no wasm-opt (run `npm ci`, or install binaryen), so the page stays larger than it need be"
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
        eprintln!(
            "wasm-opt {LEVEL}: {} bytes in, this takes a while",
            input.len()
        );
        let output = optimise(candidates, wasm)?;
        let seconds = start.elapsed().as_secs_f64();
        eprintln!("wasm-opt: {} bytes out, {seconds:.0} s", output.len());
        Ok(output)
    })?;
    fs::write(wasm, output).with_context(|| format!("cannot write {}", wasm.display()))
}

fn optimise(candidates: Vec<(Command, String)>, wasm: &Path) -> Result<Vec<u8>> {
    let result = scratch("finish")?.join("wasm-opt.out");
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
