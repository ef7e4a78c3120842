//! `cargo xtask serve`.

use crate::setup::{self, Need};
use crate::{http::Served, page, workspace};
use anyhow::Result;

/// Builds the page and serves it until stopped.
pub fn run(port: u16, release: bool, install: bool) -> Result<()> {
    // The npm packages hold wasm-opt; without them the page is larger, and works.
    let helpful = if release { &[Need::Npm][..] } else { &[] };
    let missing = setup::ensure(&setup::FOR_PAGE, helpful, install);
    setup::refuse_if_any(&missing)?;
    // Before the build, which takes minutes: a port that is taken should be heard of at once.
    std::fs::create_dir_all(workspace::dist())?;
    let served = Served::start(&workspace::dist(), port)?;
    page::build(release)?;
    println!("\nServing dist/ at {}  (Ctrl-C stops)", served.address());
    served.wait();
    Ok(())
}
