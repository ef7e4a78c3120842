//! Building the page without Trunk, to the same files: `index.html` names programs and directories, cargo and
//! wasm-bindgen make the programs, wasm-opt shrinks them.

mod links;
mod program;
mod publish;
#[cfg(test)]
mod sharing;

pub use links::Program;
pub use program::{BINDGEN, Bindgen};
pub use publish::differing_files;

use crate::progress::Progress;
use crate::setup::{self, Need};
use crate::{finish, workspace};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};

/// The task that installs wasm-opt.
const NPM: &str = "npm ci";

/// How a page is built.
#[derive(Clone, Copy)]
pub struct Options {
    /// With the release profile, and through wasm-opt.
    pub release: bool,
    /// wasm-opt may be installed, from npm. The page works without it, and is larger.
    pub install: bool,
}

/// Builds the page into `dist/`.
///
/// `usable` is called as soon as the page stands with its first program alone, the one that computes on the CPU, before
/// wasm-opt has shrunk it. The page falls back to it where the other program is missing.
///
/// # Errors
///
/// When a program does not compile, or the page cannot be written.
pub fn build(options: Options, usable: Option<&dyn Fn(&Progress)>) -> Result<()> {
    let index = workspace::root().join("index.html");
    let source =
        fs::read_to_string(&index).with_context(|| format!("cannot read {}", index.display()))?;
    let links = links::read(&source)?;
    let out = workspace::scratch(if options.release {
        "page/release"
    } else {
        "page/dev"
    })?;
    let dist = workspace::dist();

    let mut tasks = vec![BINDGEN.to_owned()];
    for program in &links.programs {
        tasks.push(program.bin.clone());
        if options.release {
            tasks.push(wasm_opt(&program.bin));
        }
    }
    let line = Progress::new(tasks);
    let outs = thread::scope(|scope| {
        let progress = &line;
        let bindgen = scope.spawn(|| Bindgen::compile(progress));
        let installed = scope.spawn(move || install_wasm_opt(options, progress));
        let mut tools = Some((bindgen, installed));
        let mut ready = None;
        let mut shrinking = Vec::new();
        let mut outs: Vec<PathBuf> = Vec::new();
        for program in &links.programs {
            let task = progress.begin(&program.bin);
            let wasm = program.compile(options.release, &task)?;
            if let Some((bindgen, installed)) = tools.take() {
                task.at("waits for wasm-bindgen");
                ready = Some(joined(bindgen)?);
                joined(installed);
            }
            let bindgen = ready.as_ref().context("no wasm-bindgen")?;
            task.at("wasm-bindgen");
            let out = out.join(&program.bin);
            bindgen.run(&wasm, &out, &program.bin)?;
            if let (Some(usable), true) = (usable, outs.is_empty()) {
                publish::publish(&links, &[&out], &dist, false)?;
                usable(progress);
            }
            if options.release {
                let wasm = out.join(format!("{}_bg.wasm", program.bin));
                let name = program.bin.as_str();
                shrinking.push(scope.spawn(move || shrink(&wasm, name, progress)));
            }
            outs.push(out);
        }
        shrinking.into_iter().try_for_each(joined)?;
        anyhow::Ok(outs)
    })?;
    drop(line);
    let outs: Vec<&Path> = outs.iter().map(PathBuf::as_path).collect();
    publish::publish(&links, &outs, &dist, options.release).context("the page was not built")
}

/// The result of a thread; a panic in it goes on in this one.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    match thread.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Installs wasm-opt, which takes seconds and hardly any computing, beside the compilation.
fn install_wasm_opt(options: Options, progress: &Progress) {
    if options.release {
        let _task = options.install.then(|| progress.begin(NPM));
        if let Some(warning) = setup::helpful(Need::WasmOpt, options.install) {
            progress.remark(&warning);
        }
    }
}

/// The name of a task.
fn wasm_opt(program: &str) -> String {
    format!("wasm-opt of {program}")
}

/// wasm-opt is one thread: that of the first program runs beside the compilation of the second.
fn shrink(wasm: &Path, name: &str, progress: &Progress) -> Result<()> {
    let task = progress.begin(&wasm_opt(name));
    // The kind under which Trunk's hook finds the result.
    finish::shrink(wasm, &finish::stem(wasm), &|text| task.remark(text))
}
