//! What burn's remote backend says where it cannot do a thing or its server is gone. docs/remote.md quotes it.

use std::net::TcpListener;

use burn::backend::{Backend, Dispatch};
use burn::remote::RemoteHost;
use burn::tensor::{Device, Tensor};
use ddpm::distributed::Ranks;
use ddpm::runtime::{Runtime, ServerAddress, Serving, Token};
use pollster::block_on;

use super::support::read;

/// A server in this process, which ends with the first value, and its device.
fn served() -> (Serving, ServerAddress, Runtime) {
    let token: Token = "secret".parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let serving = Serving::start(&[Runtime::cpu()], listener, &token, |_| ()).unwrap();
    let address = format!("ws://{}", serving.address()).parse().unwrap();
    let runtime = Runtime::open_remote(&address, &token, &Ranks::alone()).unwrap();
    (serving, address, runtime)
}

#[test]
fn burn_captures_no_steps_of_a_servers_device() {
    let (_serving, _, runtime) = served();
    let error = Dispatch::graph_start_capture(runtime.device().as_dispatch()).unwrap_err();
    let words = error.to_string();
    assert!(
        words.ends_with("graph capture is not supported by this backend"),
        "{words}"
    );
}

#[test]
fn burn_tells_a_refused_client_no_reason() {
    let (_serving, address, _) = served();
    let host = RemoteHost::websocket(&address.to_string()).with_credential("another");
    let error = Device::remote_options(&host).init().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server's authorizer rejected the credential"
    );
}

/// An operation that is sent to a server which is gone is no error. One that waits for its answer is.
#[test]
fn burn_tells_of_a_lost_server_where_it_waits_for_it() {
    let (serving, _, runtime) = served();
    let device = runtime.device();
    let ones = Tensor::<1>::ones([2], device);
    assert_eq!(block_on(read(ones.clone())), [1.0, 1.0]);
    drop(serving);
    let twos = ones * 2.0;
    let words = block_on(twos.into_data_async()).unwrap_err().to_string();
    assert!(
        words.ends_with("Failed to read tensor: RecvError(())"),
        "{words}"
    );
    let words = device.sync().unwrap_err().to_string();
    assert!(
        words.ends_with("Remote response channel closed before sync completed"),
        "{words}"
    );
}
