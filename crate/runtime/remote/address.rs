//! [`ServerAddress`]: where a server is.

use std::fmt;
use std::str::FromStr;

/// The address of a server, `ws://host:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// The name or number of the machine; a number of IPv6 in brackets.
    host: String,
    port: u16,
}

impl ServerAddress {
    /// `host:port`, as TCP wants it.
    pub fn socket(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ws://{}:{}", self.host, self.port)
    }
}

impl FromStr for ServerAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let example = "an address looks like ws://127.0.0.1:3000, as `ddpm serve` prints it";
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| format!("it has no scheme; {example}"))?;
        match scheme {
            "ws" => (),
            "wss" => {
                return Err(format!(
                    "the server does not encrypt, so its address begins with ws://; to reach it over a network that others \
                     read, tunnel it (ssh -N -L 3000:127.0.0.1:3000 user@{}) and connect to ws://127.0.0.1:3000",
                    rest.split(':').next().unwrap_or_default()
                ));
            }
            other => {
                return Err(format!(
                    "it begins with {other}://, not with ws://; {example}"
                ));
            }
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if let Some(strange) = rest.chars().find(|c| "/?#@ ".contains(*c)) {
            return Err(format!(
                "after ws:// it has {strange:?}; only HOST:PORT belongs there; {example}"
            ));
        }
        let no_port = || format!("it names no port; {example}");
        let (host, port) = rest.rsplit_once(':').ok_or_else(no_port)?;
        if port.is_empty() || (rest.starts_with('[') && !host.ends_with(']')) {
            return Err(no_port());
        }
        if host.is_empty() {
            return Err(format!("it names no machine; {example}"));
        }
        if host.contains(':') && !host.starts_with('[') {
            return Err(format!(
                "an address of IPv6 stands in brackets, as in ws://[::1]:3000; {example}"
            ));
        }
        match port.parse() {
            Ok(port) if port != 0 => Ok(Self {
                host: host.to_owned(),
                port,
            }),
            _ => Err(format!(
                "its port is {port}; a port is a number from 1 to 65535; {example}"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, expected) in [
            ("ws://127.0.0.1:3000", "ws://127.0.0.1:3000"),
            ("ws://gpu.example.org:80/", "ws://gpu.example.org:80"),
            ("ws://[::1]:3000", "ws://[::1]:3000"),
        ] {
            let address: ServerAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), expected);
        }
        let address: ServerAddress = "ws://gpu:3000".parse().unwrap();
        assert_eq!(address.socket(), "gpu:3000");
    }

    #[test]
    fn other_words_are_refused_with_the_reason() {
        for (text, part) in [
            ("http://gpu:3000", "begins with http://"),
            ("wss://gpu:3000", "ssh -N -L 3000:127.0.0.1:3000 user@gpu"),
            ("gpu:3000", "no scheme"),
            ("ws://gpu", "no port"),
            ("ws://gpu:", "no port"),
            ("ws://[::1]", "no port"),
            ("ws://::1:3000", "in brackets"),
            ("ws://:3000", "no machine"),
            ("ws://gpu:0", "from 1 to 65535"),
            ("ws://gpu:70000", "from 1 to 65535"),
            ("ws://gpu:port", "from 1 to 65535"),
            ("ws://gpu:3000/session", "only HOST:PORT"),
            ("ws://me@gpu:3000", "only HOST:PORT"),
        ] {
            let error = text.parse::<ServerAddress>().unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
