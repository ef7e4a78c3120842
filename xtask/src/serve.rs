//! `cargo xtask serve`.

use crate::page::{self, Options};
use crate::progress::Progress;
use crate::server::Server;
use crate::{setup, workspace};
use anyhow::Result;
use std::cell::Cell;

/// Builds the page and serves it until stopped: from the moment when its first program, the one for the CPU, is there.
///
/// # Errors
///
/// When something that the page needs cannot be installed, the port is taken, or the first program does not compile.
pub fn run(port: u16, release: bool, install: bool) -> Result<()> {
    let missing = setup::ensure(&setup::FOR_PAGE, &[], install);
    setup::refuse_if_any(&missing)?;
    // Before the build, which takes minutes: that a port is taken is said at once.
    std::fs::create_dir_all(workspace::dist())?;
    let server = Server::start(&workspace::dist(), port)?;
    let usable = Cell::new(false);
    let announce = |progress: &Progress| {
        usable.set(true);
        progress.print(&format!(
            "\nServing dist/ at {}  (Ctrl-C stops)\nThe page computes on the CPU for now; the program for the GPU is being built.",
            server.address()
        ));
    };
    match page::build(Options { release, install }, Some(&announce)) {
        Ok(()) => println!(
            "The page is complete, the program for the GPU included: open or reload {}",
            server.address()
        ),
        Err(error) if usable.get() => {
            eprintln!("error: {error:#}\nThe page goes on being served as it is, for the CPU.");
        }
        Err(error) => return Err(error),
    }
    server.wait();
    Ok(())
}
