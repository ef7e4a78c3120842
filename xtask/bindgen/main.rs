//! `page-bindgen INPUT.wasm OUT_DIR OUT_NAME`: writes `OUT_NAME.js` and `OUT_NAME_bg.wasm`, the same bytes as
//! `wasm-bindgen --target web --no-typescript`.
//!
//! A program of its own, because the CLI package compiles an HTTP server, a TLS client and a test runner along with it:
//! 170 s on a fresh two-core machine. `xtask` builds this one beside the page's first program.

use anyhow::{Context as _, Result, bail};
use std::env;
use std::path::PathBuf;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [input, out_dir, out_name] = &arguments[..] else {
        bail!("usage: page-bindgen INPUT.wasm OUT_DIR OUT_NAME");
    };
    let out_name = out_name.to_str().context("OUT_NAME is not UTF-8")?;
    Bindgen::new()
        .input_path(PathBuf::from(input))
        .web(true)?
        .typescript(false)
        // The CLI's default, not the library's: the program finds its wasm beside itself.
        .omit_default_module_path(false)
        .out_name(out_name)
        .generate(PathBuf::from(out_dir))
}
