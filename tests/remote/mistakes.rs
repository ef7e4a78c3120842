//! What a user gets wrong: each time the message names it and says what to do.

use std::net::TcpListener;

use burn::remote::{ConnectError, RemoteHost};
use burn::tensor::Device;

use super::program::{folder, train};
use super::running;
use super::server::{Server, command, fails};

#[test]
fn clients_without_the_token_or_of_another_version_are_refused() {
    let folder = folder();
    let server = Server::start(&folder, "flex");
    let words = |more: &[&'static str]| -> Vec<String> {
        let device = ["--device", &server.address];
        let words = train("w.safetensors", "1", &device);
        let words = words.iter().chain(more).map(ToString::to_string);
        words.collect()
    };
    let refused = |more: &[&'static str], parts: &[&str]| {
        let words = words(more);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        fails(&folder, &words, parts);
    };
    refused(&[], &[&server.address, "--token", "DDPM_TOKEN"]);
    refused(&["--token", ""], &["the token is empty"]);
    refused(
        &["--token", "secrets"],
        &[
            &server.address,
            "refuses",
            "another version",
            "output says which",
        ],
    );
    let said = server.wait_for("refused 127.0.0.1:");
    assert!(said.contains("it shows another token"), "{said}");

    // The variable does as well as the option.
    let mut with_variable = command(&folder);
    with_variable.args(words(&[])).env("DDPM_TOKEN", "secret");
    assert!(running::output(&mut with_variable).status.success());

    let connect = |credential: &str| {
        let host = RemoteHost::websocket(&server.address).with_credential(credential);
        Device::remote_options(&host).init()
    };
    let old = connect("secret\nddpm 0.0.1, operations 1");
    assert!(matches!(old, Err(ConnectError::Unauthorized)), "{old:?}");
    server.wait_for("another version of the program: ddpm 0.0.1, operations 1");
    let nothing = connect("");
    assert!(matches!(nothing, Err(ConnectError::Unauthorized)));
    let said = server.wait_for("it shows no token");
    assert!(said.contains("session 1 opened"), "{said}");
    assert!(!said.contains("session 2 opened"), "{said}");
}

#[test]
fn bad_addresses_are_named() {
    let folder = folder();
    for (address, part) in [
        ("http://127.0.0.1:3000", "begins with http://"),
        ("wss://gpu:3000", "ssh -N -L"),
        ("ws://127.0.0.1", "names no port"),
        ("127.0.0.1:3000", "no scheme"),
        ("cuda", "flex, wgpu, or the address of a server"),
    ] {
        fails(&folder, &["sample", "--device", address], &[address, part]);
    }
    let quality = ["quality", "--device", "ws://127.0.0.1:3000"];
    fails(&folder, &quality, &["on this machine only"]);
}

/// Nothing listens there, or something else does.
#[test]
fn what_is_no_server_is_named() {
    let folder = folder();
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let free = format!("ws://{}", listener.local_addr().unwrap());
    drop(listener);
    let there = |address| ["--device", address, "--token", "secret"];
    fails(
        &folder,
        &train("w.safetensors", "1", &there(&free)),
        &["nothing listens at", "trying again", "Start `ddpm serve`"],
    );

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = format!("ws://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // It closes each connection.
            drop(stream);
        }
    });
    fails(
        &folder,
        &train("w.safetensors", "1", &there(&other)),
        &[&other, "nothing that serves devices answers"],
    );
}

#[test]
fn a_server_that_cannot_listen_says_why() {
    let folder = folder();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    for (listen, part) in [
        (taken.as_str(), "is taken by another program"),
        // An address for documentation, which no machine has.
        ("192.0.2.1:3000", "is not an address of this machine"),
        ("3000", "must be an address of this machine and a port"),
    ] {
        let words = ["serve", "--device", "flex", "--listen", listen];
        fails(&folder, &words, &[part]);
    }
    let words = ["serve", "--device", "flex", "--token", "two words"];
    fails(&folder, &words, &["the token has a space"]);
}
