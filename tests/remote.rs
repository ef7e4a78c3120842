//! Devices of a server: the shared test bodies on one, and `ddpm serve` with `ddpm train`, `sample` and `evaluate` as users run
//! them, on this machine and on free ports.

#![cfg(all(feature = "remote", target_os = "linux"))]

#[path = "remote/burns_words.rs"]
mod burns_words;
#[path = "remote/cost.rs"]
mod cost;
#[path = "remote/faults.rs"]
mod faults;
#[path = "remote/mistakes.rs"]
mod mistakes;
#[path = "support/program.rs"]
mod program;
#[path = "support/running.rs"]
mod running;
#[path = "remote/server.rs"]
mod server;
mod support;

use std::net::TcpListener;
use std::sync::OnceLock;

use ddpm::distributed::Ranks;
use ddpm::ops::{Capabilities, Context};
use ddpm::runtime::{Runtime, Serving, Token};
use pollster::block_on;
use program::{CLASSIFIER, evaluate, figures, folder, sample, state, train};
use server::{Server, succeed};
use support::{agreement, gradients, ops, runs, samplers, vectors};

/// A device of a server in this process, the flex backend's.
fn served() -> Runtime {
    static CONTEXT: OnceLock<Context> = OnceLock::new();
    let open = || {
        let token: Token = "secret".parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let serving = Serving::start(&[Runtime::cpu()], listener, &token, |_| ()).unwrap();
        let address = format!("ws://{}", serving.address()).parse().unwrap();
        // It serves for as long as this process runs.
        std::mem::forget(serving);
        let runtime = Runtime::open_remote(&address, &token, &Ranks::alone()).unwrap();
        runtime.context().clone()
    };
    Runtime::new(CONTEXT.get_or_init(open).clone())
}

/// The same device with operations that travel as burn's own.
fn in_burns_operations() -> Runtime {
    let served = served();
    let capabilities = Capabilities {
        kernels: false,
        ..Capabilities::PLAIN
    };
    served.with_context(&served.context().with_capabilities(capabilities))
}

#[test]
fn operations_agree_with_burn() {
    block_on(ops::conv_agrees(&ops::FEW_CONVS, &served()));
    block_on(ops::group_norm_agrees(&served()));
    block_on(ops::attention_agrees(&served()));
    block_on(vectors::adam_agrees(&served()));
    block_on(vectors::flatten_agrees(&served()));
    block_on(vectors::noise_agrees(&served()));
}

#[test]
fn operations_of_burn_are_the_fallback() {
    block_on(ops::conv_agrees(&ops::FEW_CONVS, &in_burns_operations()));
    block_on(ops::group_norm_agrees(&in_burns_operations()));
    block_on(ops::attention_agrees(&in_burns_operations()));
    block_on(vectors::adam_agrees(&in_burns_operations()));
    block_on(vectors::noise_agrees(&in_burns_operations()));
}

#[test]
fn gradients_agree_with_differences() {
    block_on(gradients::gradients_agree_with_differences(&served()));
}

#[test]
fn the_network_agrees_with_pytorch() {
    block_on(agreement::forward_agrees(&served()));
    block_on(agreement::gradients_agree(&served()));
    block_on(agreement::gradients_agree(&in_burns_operations()));
    block_on(agreement::optimizer_agrees(&served()));
}

#[test]
fn draws_agree_with_diffusers() {
    block_on(samplers::trajectories_agree(&served()));
}

#[test]
fn runs_are_those_of_other_devices() {
    block_on(runs::the_first_recipe_keeps_its_losses(&served()));
    block_on(runs::sampling_is_repeatable(&served()));
    block_on(runs::divergence_keeps_the_last_good_state(&served()));
}

/// The program trains, draws and measures on a server's device what it does on this machine, to the bit: the server calls the same
/// kernels on the same numbers, which travel as they are.
#[test]
fn the_program_computes_there_what_it_computes_here() {
    let folder = folder();
    let server = Server::start(&folder, "flex");
    let there = ["--device", &server.address, "--token", "secret"];
    succeed(&folder, &train("w.safetensors", "8", &["--device", "cpu"]));
    succeed(&folder, &train("there.safetensors", "8", &there));
    let [here, remote] =
        ["w", "there"].map(|name| state(&folder, &format!("{name}.state.safetensors")));
    assert_eq!(remote.meta.step, 8);
    let same = |what: &str, a: &[f32], b: &[f32]| assert!(a == b, "{what} differs");
    same("params", &here.params, &remote.params);
    same("m", &here.m, &remote.m);
    same("v", &here.v, &remote.v);
    same("ema", &here.ema, &remote.ema);

    succeed(&folder, &sample("here.npy", &[]));
    succeed(&folder, &sample("there.npy", &there));
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert!(read("here.npy") == read("there.npy"));

    succeed(&folder, &CLASSIFIER);
    let few = ["--probe", "8", "--strata", "2", "--skip", "cas"];
    succeed(&folder, &evaluate("here", "here.json", &few));
    let words = [&few[..], &there].concat();
    succeed(&folder, &evaluate("there", "there.json", &words));
    let of = |name: &str| figures(&folder.path().join(name));
    assert_eq!(of("there.json"), of("here.json"));

    let said = server.stop();
    for line in ["session 1 opened: 127.0.0.1:", "session 3 ended after "] {
        assert!(said.contains(line), "{said}");
    }
    assert!(!said.contains("warning"), "{said}");
    assert!(said.ends_with("stopped\n"), "{said}");
}

/// The same on a graphics card, or lavapipe: two steps, whose parameters are those of the processor up to rounding, and a draw.
#[test]
fn a_graphics_card_is_served() {
    let folder = folder();
    let server = Server::start(&folder, "wgpu");
    let there = ["--device", &server.address, "--token", "secret"];
    succeed(&folder, &train("here.safetensors", "2", &[]));
    succeed(&folder, &train("w.safetensors", "2", &there));
    let [here, remote] =
        ["here", "w"].map(|name| state(&folder, &format!("{name}.state.safetensors")));
    let difference = program::distance(&here.params, &remote.params);
    assert!(difference < 1e-3, "parameters differ by {difference:.1e}");
    let words = sample("there.npy", &there);
    // Fewer of them: without a card this takes long.
    let words: Vec<&str> = words
        .into_iter()
        .map(|word| if word == "23" { "2" } else { word })
        .collect();
    succeed(&folder, &words);
    let said = server.stop();
    assert!(said.contains("serving 1 wgpu device"), "{said}");
}

/// Without `--listen` the server is for this machine alone (`it_listens_for_this_machine_alone` in `crate/bin/ddpm/serve.rs`), and says
/// nothing of others. With the address of all interfaces it says what that means.
#[test]
fn a_server_that_others_reach_says_so() {
    let folder = folder();
    let said = Server::start(&folder, "flex").stop();
    assert!(said.contains("at ws://127.0.0.1:"), "{said}");
    assert!(!said.contains("note:"), "{said}");

    let said = Server::listening(&folder, "flex", "0.0.0.0:0").stop();
    for part in [
        "at ws://0.0.0.0:",
        "--device ws://THIS-MACHINE:",
        "note: other machines can connect, and what travels is not encrypted, the token included",
        "ssh -N -L ",
    ] {
        assert!(said.contains(part), "no {part:?} in {said}");
    }
}
