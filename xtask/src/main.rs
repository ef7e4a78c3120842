//! `cargo xtask`: the project's commands `serve`, `test`, `package`, `bench` and `fuzz`; `setup`, which installs the programs that they need;
//! and `finish`, the last step of every page build, which Trunk calls.
//!
//! It is a program and not a set of shell scripts, so that it runs wherever cargo runs and its logic has tests.

mod bench;
mod finish;
mod fuzz;
mod native;
mod package;
mod page;
mod parts;
mod process;
mod progress;
mod serve;
mod server;
mod setup;
mod suite;
mod tally;
mod version;
mod workspace;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Builds, serves and tests the project; installs what that takes."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the page, serve it and print its address
    Serve(ServeArgs),
    /// Run all tests: Rust's, and beside them the page's; of each the cheap ones first
    Test(TestArgs),
    /// Build the npm package into pkg/
    Package(PackageArgs),
    /// Measure the program beside other ways to run the same network in a browser
    Bench(BenchArgs),
    /// Look for files that the readers of weights, runs and images cannot bear (cargo-fuzz)
    Fuzz(FuzzArgs),
    /// Install what `serve` and `test` need, and nothing else
    Setup {
        #[command(flatten)]
        install: InstallArgs,
    },
    /// Shrink and stamp a page that Trunk has just built (Trunk's post-build hook)
    Finish(FinishArgs),
}

#[derive(Args)]
struct InstallArgs {
    /// Install nothing: only say what is missing, and how to get it
    #[arg(long)]
    no_install: bool,
}

#[derive(Args)]
struct ServeArgs {
    /// Port to listen on (0: any free one)
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Optimised build (the default)
    #[arg(long, conflicts_with = "dev")]
    release: bool,
    /// Quick build with cargo's dev profile, without wasm-opt
    #[arg(long)]
    dev: bool,
    #[command(flatten)]
    install: InstallArgs,
}

#[derive(Args)]
struct TestArgs {
    /// Run only these parts, in the order shown by --list
    #[arg(long, value_name = "PART,..", value_delimiter = ',')]
    only: Vec<String>,
    /// List the parts and what each one runs
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    install: InstallArgs,
}

#[derive(Args)]
struct PackageArgs {
    /// Take the programs that are in dist/ already, and build none
    #[arg(long)]
    built: bool,
    #[command(flatten)]
    install: InstallArgs,
}

#[derive(Args)]
struct BenchArgs {
    /// Fewer measurements and rounds
    #[arg(long)]
    quick: bool,
    /// Only these contenders (with --native: cpu or gpu)
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    only: Vec<String>,
    /// No browser: the network and its kernels on this machine's CPU and GPU
    #[arg(long)]
    native: bool,
    /// How the app's costs and memory grow: with steps, batch, channels and training steps
    #[arg(long, conflicts_with = "native")]
    curves: bool,
    /// From navigation to the page's first digit on the CPU, beside the others' first forward pass
    #[arg(long, conflicts_with_all = ["native", "curves"])]
    first: bool,
    /// What the page's own threads spend on a sampling step, frames and all
    #[arg(long, conflicts_with_all = ["native", "curves", "first"])]
    threads: bool,
    /// How long the page keeps the browser's GPU process from its work while shaders are compiled
    #[arg(long, conflicts_with_all = ["native", "curves", "first", "threads"])]
    stall: bool,
    #[command(flatten)]
    install: InstallArgs,
    /// Further options of the script: bench/run.mjs, curves.mjs, first.mjs, threads.mjs or stall.mjs
    #[arg(last = true)]
    rest: Vec<String>,
}

#[derive(Args)]
struct FuzzArgs {
    /// Only these targets (fuzz/targets)
    #[arg(value_name = "TARGET")]
    only: Vec<String>,
    /// Minutes for each target
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    #[command(flatten)]
    install: InstallArgs,
}

#[derive(Args)]
struct FinishArgs {
    /// Directory that holds the built page (default: what Trunk says, else dist)
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Treat it as a release build whatever Trunk says
    #[arg(long)]
    release: bool,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(args) => serve::run(args.port, !args.dev, !args.install.no_install),
        Command::Test(args) if args.list => suite::list(),
        Command::Test(args) => suite::run(&args.only, !args.install.no_install),
        Command::Package(args) => package::run(args.built, !args.install.no_install),
        Command::Bench(args) => {
            let request = bench::Request {
                quick: args.quick,
                only: args.only,
                rest: args.rest,
            };
            let install = !args.install.no_install;
            if args.native {
                bench::natively(&request)
            } else if args.curves {
                bench::in_browser("bench/curves.mjs", &request, install)
            } else if args.first {
                bench::page("bench/first.mjs", &request, install)
            } else if args.threads {
                bench::page("bench/threads.mjs", &request, install)
            } else if args.stall {
                bench::page("bench/stall.mjs", &request, install)
            } else {
                bench::in_browser("bench/run.mjs", &request, install)
            }
        }
        Command::Fuzz(args) => fuzz::run(&args.only, args.minutes, !args.install.no_install),
        Command::Setup { install } => setup::run(!install.no_install),
        Command::Finish(args) => finish::run(args.dir, args.release),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a heading that stands out in the output of other programs.
fn heading(text: &str) {
    eprintln!("\n=== {text}");
}

#[cfg(test)]
mod hosting_tests;

#[cfg(test)]
mod cli_tests {
    use super::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
