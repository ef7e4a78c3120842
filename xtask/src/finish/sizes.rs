//! How large the page is, as stored and as sent by a host that compresses.

use super::{Fnv, cached, has_extension, stem};
use crate::process::{command, find};
use anyhow::{Context as _, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// The compressors are Node.js's own, so xtask compiles none.
const MEASURE: &str = "
const { gzipSync, brotliCompressSync, constants } = require('node:zlib');
let gzip = 0, brotli = 0;
for (const file of process.argv.slice(1)) {
  const bytes = require('node:fs').readFileSync(file);
  gzip += gzipSync(bytes, { level: 9 }).length;
  brotli += brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;
}
console.log(`${gzip} ${brotli}`);
";

/// Prints one line with the sizes of the programs, the scripts and styles, the weights and the data.
pub fn report(files: &[PathBuf]) -> Result<()> {
    let group = |extensions: &[&str]| -> Vec<&Path> {
        let inside = |path: &&Path| extensions.iter().any(|e| has_extension(path, e));
        files.iter().map(PathBuf::as_path).filter(inside).collect()
    };
    let wasm = group(&["wasm"]);
    let text = group(&[
        "js",
        "mjs",
        "css",
        "html",
        "json",
        "svg",
        "webmanifest",
        "wgsl",
    ]);
    let weights = group(&["safetensors"]);
    let all: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let data = bytes(&all)? - bytes(&wasm)? - bytes(&text)? - bytes(&weights)?;
    let programs: Vec<String> = wasm
        .iter()
        .map(|program| {
            let name = stem(program);
            Ok(format!("{name} {}", described(&[program], &name)?))
        })
        .collect::<Result<_>>()?;
    println!(
        "page: {}; scripts, styles {}; weights {}; data {}",
        programs.join("; "),
        described(&text, "text")?,
        megabytes(bytes(&weights)?),
        megabytes(data)
    );
    Ok(())
}

fn bytes(files: &[&Path]) -> Result<u64> {
    let sizes = files.iter().map(|file| Ok(fs::metadata(file)?.len()));
    sizes.sum()
}

/// The size of files and, where Node.js is there, their compressed sizes. `what` names their entry in [`cached`].
fn described(files: &[&Path], what: &str) -> Result<String> {
    let raw = megabytes(bytes(files)?);
    let Some(node) = find("node") else {
        return Ok(raw);
    };
    let mut key = Fnv::default();
    for file in files {
        key.update(&fs::read(file)?);
    }
    let measured = cached(&format!("{what}-sizes"), &key, || {
        let run = command(node).arg("-e").arg(MEASURE).args(files).output()?;
        ensure!(
            run.status.success(),
            "cannot measure the page: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        Ok(run.stdout)
    })?;
    let numbers = String::from_utf8_lossy(&measured);
    let numbers: Option<Vec<u64>> = numbers.split_whitespace().map(|n| n.parse().ok()).collect();
    match numbers.context("node measured no numbers")?[..] {
        [gzip, brotli] => Ok(format!(
            "{raw} (gzip {}, brotli {})",
            megabytes(gzip),
            megabytes(brotli)
        )),
        _ => Ok(raw),
    }
}

#[expect(clippy::cast_precision_loss, reason = "files are far below 2^53 bytes")]
fn megabytes(bytes: u64) -> String {
    match bytes {
        0..100_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.2} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::megabytes;

    #[test]
    fn sizes_read_well() {
        assert_eq!(megabytes(512), "0.5 kB");
        assert_eq!(megabytes(17_304_000), "17.30 MB");
    }
}
