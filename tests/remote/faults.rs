//! A server that goes away in the middle of a run: the run says so and ends, its files are whole, and it goes on elsewhere.

use std::net::TcpListener;
use std::process::Output;
use std::time::Duration;

use burn::server::{RemoteServer, WebSocketTransport};
use burn::tensor::Device;
use tempfile::TempDir;

use super::program::{folder, sample, state, train};
use super::running::Running;
use super::server::{Server, command, failed, fails, succeed};

/// How long a command may take to end when its server is gone. It is told to wait for 3 s, and the machine has other work.
const LIMIT: Duration = Duration::from_secs(120);

/// The words by which a command computes on the server's device and ends if it is silent for 3 s.
fn there(server: &Server) -> [&str; 6] {
    [
        "--device",
        &server.address,
        "--token",
        "secret",
        "--server-timeout",
        "3",
    ]
}

/// A run on the server's device that would take for ever, once it has saved a step.
fn long_run(folder: &TempDir, server: &Server) -> Running {
    let words = [&["--save-every", "0"], &there(server)[..]].concat();
    let mut run = Running::start(command(folder).args(train("w.safetensors", "1000000", &words)));
    run.wait_until("it has saved a step", || {
        folder.path().join("w.state.safetensors").exists()
    });
    run
}

/// The run has failed with these words, which also say what is kept, and goes on here to the weights of a run that has been here
/// from the beginning.
fn ends_and_goes_on(folder: &TempDir, output: &Output, server: &Server, words: &str) {
    let said = failed(output);
    let saved = state(folder, "w.state.safetensors").meta.step;
    assert!(saved > 0);
    let kept = format!(
        "w.safetensors and w.state.safetensors hold step {saved}: the same command with --resume goes on from there"
    );
    for part in [&server.address, words, &kept] {
        assert!(said.contains(part), "no {part:?} in {said}");
    }
    let end = (saved + 3).to_string();
    succeed(folder, &train("w.safetensors", &end, &["--resume"]));
    succeed(folder, &train("alone.safetensors", &end, &[]));
    let [there, here] =
        ["w", "alone"].map(|name| state(folder, &format!("{name}.state.safetensors")));
    assert_eq!(there.meta.step, saved + 3);
    assert!(there.params == here.params && there.ema == here.ema);
}

#[test]
fn a_server_that_is_killed_ends_the_run() {
    let folder = folder();
    let server = Server::start(&folder, "flex");
    let run = long_run(&folder, &server);
    server.signal("-KILL");
    let output = run.output_within(LIMIT);
    ends_and_goes_on(&folder, &output, &server, "is gone");
}

#[test]
fn a_server_that_is_stopped_ends_the_run() {
    let folder = folder();
    let server = Server::start(&folder, "flex");
    let run = long_run(&folder, &server);
    server.signal("-INT");
    let output = run.output_within(LIMIT);
    ends_and_goes_on(&folder, &output, &server, "is gone");
}

#[test]
fn a_server_that_stalls_ends_the_run() {
    let folder = folder();
    let server = Server::start(&folder, "flex");
    let run = long_run(&folder, &server);
    server.signal("-STOP");
    let output = run.output_within(LIMIT);
    ends_and_goes_on(&folder, &output, &server, "did not answer for 3 s");
}

/// A draw whose server is killed or hangs ends, and writes nothing; the weights draw on elsewhere.
#[test]
fn a_lost_server_ends_a_draw() {
    let folder = folder();
    succeed(&folder, &train("w.safetensors", "1", &[]));
    for (signal, words) in [("-KILL", "is gone"), ("-STOP", "did not answer for 3 s")] {
        let server = Server::start(&folder, "flex");
        let mut draw = command(&folder);
        draw.args(["sample", "--weights", "w.safetensors", "--out", "x.npy"])
            .args(["--count", "100000", "--steps", "50", "--batch", "3"])
            .args(there(&server));
        let draw = Running::start(&mut draw);
        server.wait_for("session 1 opened");
        // The client learns a moment later that it has the session. This draw takes many minutes, so it is in the middle then.
        std::thread::sleep(Duration::from_secs(2));
        server.signal(signal);
        let said = failed(&draw.output_within(LIMIT));
        for part in [server.address.as_str(), words, "Nothing was written."] {
            assert!(said.contains(part), "{signal}: no {part:?} in {said}");
        }
        for file in ["x.npy", "x.labels.npy"] {
            assert!(!folder.path().join(file).exists(), "{signal}: {file}");
        }
    }
    succeed(&folder, &sample("x.npy", &[]));
}

/// Where an operation fails on the server, it ends that session, and the run says so. This server is burn's own, which does not know
/// this program's operations.
#[test]
fn an_operation_that_fails_there_ends_the_run() {
    let folder = folder();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("ws://{}", listener.local_addr().unwrap());
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = RemoteServer::new([Device::flex()]);
    tokio.spawn(server.serve_async(WebSocketTransport::from_listener(listener)));
    let there = ["--device", &address, "--token", "secret"];
    fails(
        &folder,
        &train("w.safetensors", "1", &there),
        &[&address, "has ended this session", "Nothing was saved yet"],
    );
    tokio.shutdown_background();
}

/// A client that goes away does not disturb the server: its session ends, and others go on.
#[test]
fn a_client_that_is_killed_leaves_the_server_to_others() {
    let folder = folder();
    let server = Server::start(&folder, "flex");
    let run = long_run(&folder, &server);
    run.signal("-KILL");
    assert!(!run.output().status.success());
    server.wait_for("session 1 ended");
    let there = ["--device", &server.address, "--token", "secret"];
    succeed(&folder, &train("next.safetensors", "1", &there));
    let said = server.stop();
    assert!(said.contains("session 2 opened"), "{said}");
}
