//! The native command line: trains, samples, evaluates and describes weights files.

#[cfg(not(target_arch = "wasm32"))]
mod cache;
#[cfg(not(target_arch = "wasm32"))]
mod data;
#[cfg(not(target_arch = "wasm32"))]
mod describe;
#[cfg(not(target_arch = "wasm32"))]
mod device;
#[cfg(not(target_arch = "wasm32"))]
mod draw;
#[cfg(not(target_arch = "wasm32"))]
mod evaluate;
#[cfg(not(target_arch = "wasm32"))]
mod files;
#[cfg(not(target_arch = "wasm32"))]
mod guide;
#[cfg(not(target_arch = "wasm32"))]
mod info;
#[cfg(not(target_arch = "wasm32"))]
mod learning_curve;
#[cfg(not(target_arch = "wasm32"))]
mod progress;
#[cfg(not(target_arch = "wasm32"))]
mod quality;
#[cfg(not(target_arch = "wasm32"))]
mod ranks;
#[cfg(not(target_arch = "wasm32"))]
mod sample;
#[cfg(feature = "remote")]
mod serve;
#[cfg(not(target_arch = "wasm32"))]
mod session;
#[cfg(not(target_arch = "wasm32"))]
mod train;
#[cfg(not(target_arch = "wasm32"))]
mod train_classifier;

#[cfg(not(target_arch = "wasm32"))]
#[derive(clap::Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[cfg(not(target_arch = "wasm32"))]
#[derive(clap::Subcommand)]
enum Command {
    /// Train a network on MNIST, or on other images
    Train(train::Args),
    /// Draw digits with trained weights
    Sample(sample::Args),
    /// Measure weights, or samples that are already drawn
    Evaluate(Box<evaluate::Args>),
    /// Measure weights and compare all samplers; writes docs/quality.md
    Quality(Box<quality::Args>),
    /// Measure how soon a recipe gives recognisable digits
    LearningCurve(Box<learning_curve::Args>),
    /// Train the classifier that evaluates samples
    TrainClassifier(train_classifier::Args),
    /// Describe a weights file
    Info(info::Args),
    /// Say how weights were trained whose file does not say it
    Describe(describe::Args),
    /// Give weights a guide, a weaker network away from which digits without a class are drawn
    Guide(guide::Args),
    /// Describe training images, and show what the network sees of them
    Data(data::Args),
    /// Offer this machine's devices to `train`, `sample` and `evaluate` on other machines
    #[cfg(feature = "remote")]
    Serve(serve::Args),
}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    use clap::{CommandFactory, FromArgMatches};
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let shared = matches!(
        cli.command,
        Command::Train(_) | Command::Sample(_) | Command::Evaluate(_)
    );
    let name = matches.subcommand_name().unwrap_or_default();
    if let (false, Err(error)) = (shared, ranks::refuse(name)) {
        return failed(&error);
    }
    let outcome = match cli.command {
        Command::Train(args) => train::run(args, &given(&matches)),
        Command::Sample(args) => sample::run(args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Quality(args) => quality::run(&args),
        Command::LearningCurve(args) => learning_curve::run(&args),
        Command::TrainClassifier(args) => train_classifier::run(args),
        Command::Info(args) => info::run(args),
        Command::Describe(args) => describe::run(&args),
        Command::Guide(args) => guide::run(&args),
        Command::Data(args) => data::run(&args),
        #[cfg(feature = "remote")]
        Command::Serve(args) => serve::run(&args),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn failed(error: &anyhow::Error) -> std::process::ExitCode {
    eprintln!("error: {error:#}");
    std::process::ExitCode::FAILURE
}

/// The ids of the subcommand's arguments that are on the command line, rather than at their defaults.
#[cfg(not(target_arch = "wasm32"))]
fn given(matches: &clap::ArgMatches) -> Vec<String> {
    use clap::parser::ValueSource;
    let Some((_, matches)) = matches.subcommand() else {
        return Vec::new();
    };
    let on_command_line =
        |id: &&clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
    let ids = matches.ids().filter(on_command_line);
    ids.map(clap::Id::to_string).collect()
}

/// Reads a tensor's numbers and waits for them.
///
/// # Errors
/// If the device fails to return them.
#[cfg(not(target_arch = "wasm32"))]
fn numbers<const D: usize>(tensor: burn::tensor::Tensor<D>) -> anyhow::Result<Vec<f32>> {
    pollster::block_on(ddpm::ops::read(tensor)).map_err(anyhow::Error::msg)
}

/// wasm-pack builds every target for the browser, where there is no command line.
#[cfg(target_arch = "wasm32")]
fn main() {}
