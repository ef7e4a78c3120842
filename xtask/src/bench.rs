//! `cargo xtask bench`: this program beside the other ways to run the same network in a browser, or its
//! kernels natively.

use crate::page::{self, BINDGEN, Bindgen, Program};
use crate::process::{command, run, unless_set};
use crate::progress::Progress;
use crate::setup::{self, Need};
use crate::{finish, workspace};
use anyhow::Result;
use std::path::Path;
use std::process::Command;

/// The options that all benches have.
pub struct Request {
    pub quick: bool,
    /// Contenders by name; all if empty.
    pub only: Vec<String>,
    /// Options that are passed on to the script.
    pub rest: Vec<String>,
}

/// Measures in the browser: `bench/run.mjs` or `bench/curves.mjs`.
pub fn in_browser(script: &str, request: &Request, install: bool) -> Result<()> {
    let mut needs = vec![Need::Npm, Need::BenchNpm, Need::Browser];
    let wanted = |start: &str| {
        request.only.is_empty() || request.only.iter().any(|name| name.starts_with(start))
    };
    let programs = [("gpu", wanted("app-webgpu")), ("cpu", wanted("app-cpu"))];
    let with_app = programs.iter().any(|(_, wanted)| *wanted);
    if with_app {
        needs.push(Need::WasmTarget);
    }
    setup::refuse_if_any(&setup::ensure(&needs, &[], install))?;
    let app = workspace::scratch("bench/app")?;
    if with_app {
        let progress = Progress::new([BINDGEN]);
        let bindgen = Bindgen::compile(&progress)?;
        for (program, _) in programs.iter().filter(|(_, wanted)| *wanted) {
            build_app(program, &app.join(program), &bindgen, &progress)?;
        }
    }
    let mut node = script_command(script, request)?;
    run(node.arg("--app").arg(&app).args(&request.rest))
}

/// Measures the page as it is built for everybody.
pub fn page(script: &str, request: &Request, install: bool) -> Result<()> {
    let tools = [Need::Npm, Need::BenchNpm, Need::Browser];
    let needs = [&tools[..], &setup::FOR_PAGE].concat();
    setup::refuse_if_any(&setup::ensure(&needs, &[], install))?;
    let options = page::Options {
        release: true,
        install: false,
    };
    page::build(options, None)?;
    run(script_command(script, request)?.args(&request.rest))
}

fn script_command(script: &str, request: &Request) -> Result<Command> {
    let mut node = command("node");
    node.arg(script);
    node.arg("--out").arg(workspace::scratch("bench")?);
    if request.quick {
        node.arg("--quick");
    }
    if !request.only.is_empty() {
        node.arg("--only").arg(request.only.join(","));
    }
    if let Some(chrome) = setup::chrome() {
        node.env("CHROME", chrome);
    }
    Ok(node)
}

/// One of the page's programs with the exports of `crate/web/bench.rs`, by the same steps as the page's own.
fn build_app(backend: &str, out: &Path, bindgen: &Bindgen, progress: &Progress) -> Result<()> {
    let program = Program {
        bin: format!("page-{backend}"),
        features: format!("page,bench,{backend}"),
        release_profile: "web".into(),
    };
    let task = progress.begin(&program.bin);
    let wasm = program.compile(true, &task)?;
    task.at("wasm-bindgen");
    bindgen.run(&wasm, out, "ddpm")?;
    task.at("wasm-opt");
    let kind = format!("bench-{backend}-wasm");
    finish::shrink(&out.join("ddpm_bg.wasm"), &kind, &|text| task.remark(text))
}

/// Measures the network and its kernels natively, on the CPU and on the GPU that burn finds.
pub fn natively(request: &Request) -> Result<()> {
    let mut cargo = command("cargo");
    cargo.args(["bench", "--features", "bench", "--bench", "native", "--"]);
    if request.quick {
        cargo.arg("--quick");
    }
    if !request.only.is_empty() {
        cargo.arg("--only").arg(request.only.join(","));
    }
    // Mesa's software Vulkan complains without one, on every device.
    unless_set(&mut cargo, "XDG_RUNTIME_DIR", std::env::temp_dir());
    run(cargo.args(&request.rest))
}
