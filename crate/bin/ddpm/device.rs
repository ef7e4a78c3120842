//! `--device` of the commands that also compute on a server's devices: `train`, `sample` and `evaluate`.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use ddpm::runtime::DeviceKind;
#[cfg(feature = "remote")]
use ddpm::runtime::{ServerAddress, Token};

/// Where a command computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceChoice {
    /// On this machine.
    Local(DeviceKind),
    /// On a device of a server.
    #[cfg(feature = "remote")]
    Remote(ServerAddress),
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(kind) = DeviceKind::from_str(text, false) {
            return Ok(Self::Local(kind));
        }
        if !text.contains(':') {
            return Err(
                "it is flex, wgpu, or the address of a server, ws://HOST:PORT [possible values: flex, wgpu, ws://HOST:PORT]"
                    .into(),
            );
        }
        #[cfg(feature = "remote")]
        return Ok(Self::Remote(text.parse()?));
        #[cfg(not(feature = "remote"))]
        Err(
            "this program was built without the devices of other machines: build it with `cargo build --release --features \
             remote` (docs/remote.md)"
                .into(),
        )
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(kind) => {
                let value = kind.to_possible_value();
                f.write_str(value.as_ref().map_or("", |value| value.get_name()))
            }
            #[cfg(feature = "remote")]
            Self::Remote(address) => address.fmt(f),
        }
    }
}

/// The options that name the device.
#[derive(clap::Args, Debug, Clone)]
pub struct DeviceArgs {
    /// Where tensors live: flex (the processor), wgpu (a graphics card), or a server's device, ws://HOST:PORT (see ddpm serve)
    #[arg(long, default_value_t = DeviceChoice::Local(DeviceKind::default()))]
    pub device: DeviceChoice,
    /// For a server's device: the token that ddpm serve prints
    #[arg(long, env = "DDPM_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// For a server's device: end the run if the server does not answer for so many seconds
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub server_timeout: u64,
}

impl DeviceArgs {
    /// The device, for a command that computes on this machine only.
    ///
    /// # Errors
    /// If it is a server's.
    #[cfg_attr(not(feature = "remote"), expect(unused_variables))]
    pub fn local(&self, command: &str) -> anyhow::Result<DeviceKind> {
        match &self.device {
            DeviceChoice::Local(kind) => Ok(*kind),
            #[cfg(feature = "remote")]
            DeviceChoice::Remote(_) => anyhow::bail!(
                "--device is {}, and `ddpm {command}` computes on this machine only: --device flex or --device wgpu",
                self.device
            ),
        }
    }

    /// The token that a server is shown.
    ///
    /// # Errors
    /// If there is none, or it cannot be one.
    #[cfg(feature = "remote")]
    pub fn server_token(&self) -> anyhow::Result<Token> {
        let Some(token) = &self.token else {
            anyhow::bail!(
                "{} needs the token that `ddpm serve` prints there: name it with --token, or in the environment variable \
                 DDPM_TOKEN, which other users of this machine do not see",
                self.device
            );
        };
        token
            .parse()
            .map_err(|error| anyhow::anyhow!("--token or DDPM_TOKEN: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_named() {
        for (text, kind) in [
            ("flex", DeviceKind::Cpu),
            ("cpu", DeviceKind::Cpu),
            ("wgpu", DeviceKind::Wgpu),
        ] {
            assert_eq!(text.parse(), Ok(DeviceChoice::Local(kind)));
        }
        assert_eq!(DeviceChoice::Local(DeviceKind::Wgpu).to_string(), "wgpu");
        let error = "cuda".parse::<DeviceChoice>().unwrap_err();
        assert!(error.contains("flex, wgpu"), "{error}");
    }

    #[cfg(not(feature = "remote"))]
    #[test]
    fn a_server_needs_the_feature() {
        let error = "ws://127.0.0.1:3000".parse::<DeviceChoice>().unwrap_err();
        assert!(error.contains("--features remote"), "{error}");
    }

    #[cfg(feature = "remote")]
    #[test]
    fn a_server_is_an_address() {
        let choice: DeviceChoice = "ws://gpu:3000".parse().unwrap();
        assert_eq!(choice.to_string(), "ws://gpu:3000");
        for (text, part) in [("http://gpu:3000", "http://"), ("gpu:3000", "no scheme")] {
            let error = text.parse::<DeviceChoice>().unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
