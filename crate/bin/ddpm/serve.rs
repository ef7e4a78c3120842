//! `ddpm serve`: offers this machine's devices to `train`, `sample` and `evaluate` on other machines.

use std::io::{ErrorKind, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{anyhow, bail};
use ddpm::runtime::{DeviceKind, REFUSED, Runtime, ServeEvent, Serving, Token, program};

/// The options of `ddpm serve`.
#[derive(clap::Args)]
pub struct Args {
    /// Address and port to listen on. Another address than this machine's own loopback lets other machines in, and what travels
    /// is not encrypted
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: String,
    /// The devices to offer: the processor, or all graphics cards
    #[arg(long, value_enum, default_value_t = DeviceKind::Wgpu)]
    device: DeviceKind,
    /// The token that a client has to show. If you give none, the server makes a random one and prints it
    #[arg(long, env = "DDPM_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// Runs the command until Ctrl-C.
///
/// # Errors
/// If there is no such device, or the address cannot be listened on.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let (token, made) = match &args.token {
        Some(token) => {
            let token = token.parse::<Token>();
            (
                token.map_err(|error| anyhow!("--token or DDPM_TOKEN: {error}"))?,
                false,
            )
        }
        None => (Token::random().map_err(anyhow::Error::msg)?, true),
    };
    let listener = listen(&args.listen)?;
    let devices = Runtime::open_all(args.device).map_err(anyhow::Error::msg)?;

    let (stop, stopped) = mpsc::channel();
    let asked = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        // A second Ctrl-C does not wait for sessions to end.
        if asked.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
        let _ = stop.send(());
    })?;
    std::panic::set_hook(Box::new(|panic| {
        // burn ends the session, and the client says so.
        say(&format!("a session ends with an error: {panic}"));
    }));
    log::set_logger(&BurnLog).map_err(anyhow::Error::msg)?;
    log::set_max_level(log::LevelFilter::Warn);

    let serving = Serving::start(&devices, listener, &token, |event| say(&words(&event)))
        .map_err(anyhow::Error::msg)?;
    greet(args.device, devices.len(), serving.address(), &token, made);
    while stopped.recv_timeout(Duration::from_millis(100)).is_err() {
        serving.wait(Duration::ZERO).map_err(anyhow::Error::msg)?;
    }
    drop(serving);
    say("stopped");
    Ok(())
}

/// Writes a line at once; a pipe that nobody reads any more does not end the server.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Prints the server's address and the command by which a client connects to it.
fn greet(device: DeviceKind, count: usize, address: SocketAddr, token: &Token, made: bool) {
    let kind = match device {
        DeviceKind::Cpu => "flex",
        DeviceKind::Wgpu => "wgpu",
    };
    let devices = if count == 1 { "device" } else { "devices" };
    say(&format!(
        "serving {count} {kind} {devices} at ws://{address} ({})",
        program()
    ));
    let loopback = address.ip().is_loopback();
    let host = match address.ip() {
        ip if ip.is_unspecified() => format!("THIS-MACHINE:{}", address.port()),
        _ => address.to_string(),
    };
    // A token that was given is known to whoever gave it, and does not belong into logs.
    let token = match made {
        true => token.words(),
        false => "TOKEN",
    };
    say(&format!(
        "clients:  ddpm train --device ws://{host} --token {token}"
    ));
    if !loopback {
        say(&format!(
            "note: other machines can connect, and what travels is not encrypted, the token included. On a network that others \
             read, listen on 127.0.0.1 and let clients tunnel: ssh -N -L {0}:127.0.0.1:{0} user@THIS-MACHINE",
            address.port()
        ));
    }
    say("Ctrl-C ends it");
}

/// A line for what has happened.
fn words(event: &ServeEvent) -> String {
    match event {
        ServeEvent::Opened {
            session,
            client,
            device,
        } => format!("session {session} opened: {client}, device {device}"),
        ServeEvent::Refused { client, reason } => format!("refused {client}: {reason}"),
        ServeEvent::Ended { session, after } => {
            format!("session {session} ended after {:.0} s", after.as_secs_f64())
        }
    }
}

/// Writes what burn's server warns of, such as a client that speaks another version of its protocol.
struct BurnLog;

impl log::Log for BurnLog {
    fn enabled(&self, metadata: &log::Metadata) -> bool {
        metadata.level() <= log::Level::Warn && metadata.target().starts_with("burn")
    }

    fn log(&self, record: &log::Record) {
        let words = record.args().to_string();
        // These have lines of this program already. A client ends without closing its connection, which burn warns of, too.
        let known = [REFUSED, "because a task panicked", "websocket error"];
        let known = known.iter().any(|part| words.contains(part));
        if self.enabled(record.metadata()) && !known {
            say(&format!("warning: {words}"));
        }
    }

    fn flush(&self) {}
}

/// Listens on the address that the option names.
fn listen(text: &str) -> anyhow::Result<TcpListener> {
    let text = match text.strip_prefix(':') {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    let address = text
        .to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next());
    let Some(address) = address else {
        bail!(
            "--listen is {text}; it must be an address of this machine and a port, such as 127.0.0.1:3000"
        );
    };
    TcpListener::bind(address).map_err(|error| {
        let (ip, port) = (address.ip(), address.port());
        match error.kind() {
            ErrorKind::AddrInUse => anyhow!(
                "port {port} of {ip} is taken by another program; name another one: --listen {}",
                SocketAddr::new(ip, if port == u16::MAX { 3000 } else { port + 1 })
            ),
            ErrorKind::AddrNotAvailable => anyhow!(
                "{ip} is not an address of this machine: --listen 127.0.0.1:{port} for this machine alone, or --listen {}:{port} \
                 for all that reach it",
                match ip {
                    IpAddr::V4(_) => "0.0.0.0",
                    IpAddr::V6(_) => "[::]",
                }
            ),
            ErrorKind::PermissionDenied => anyhow!(
                "the system does not let this user listen on port {port}: name one from 1024 on"
            ),
            _ => anyhow!("--listen {address}: {error}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Serve {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn it_listens_for_this_machine_alone() {
        let args = Serve::parse_from(["serve"]).args;
        assert_eq!(args.listen, "127.0.0.1:3000");
        let address: SocketAddr = args.listen.parse().unwrap();
        assert!(address.ip().is_loopback());
        assert_eq!(args.device, DeviceKind::Wgpu);
        // A port alone is one of this machine's own.
        let listener = listen(":0").unwrap();
        assert!(listener.local_addr().unwrap().ip().is_loopback());
    }
}
