//! apt: installs packages where that is permitted, and reads apt's sources for the mirror that the machine uses.

use crate::process::{answer, command, find, run};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;

/// The words that run a command as root without a password: none for root, `sudo -n` where that works, else `None`.
fn privilege() -> Option<&'static [&'static str]> {
    if answer("id", &["-u"]).as_deref() == Some("0") {
        return Some(&[]);
    }
    answer("sudo", &["-n", "true"]).map(|_| &["sudo", "-n"][..])
}

/// Installs packages and those that they recommend.
///
/// # Errors
///
/// When this machine has no apt, or installing needs a password.
pub fn install(packages: &[&str]) -> Result<()> {
    install_with(&[], packages)
}

/// Installs packages and what they cannot do without. Errors as [`install`].
pub fn install_alone(packages: &[&str]) -> Result<()> {
    install_with(&["--no-install-recommends"], packages)
}

fn install_with(options: &[&str], packages: &[&str]) -> Result<()> {
    find("apt-get").context("this is no Debian or Ubuntu")?;
    let privilege = privilege().context("only root may install packages")?;
    let words = [
        privilege,
        &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"],
    ]
    .concat();
    let apt_get = || {
        let mut apt_get = command(words[0]);
        apt_get.args(&words[1..]);
        apt_get
    };
    // A stale index is the usual reason for a failed install. A broken third-party source makes the update fail, and
    // the install may work all the same.
    if let Err(error) = run(apt_get().arg("update")) {
        eprintln!("{error:#}");
    }
    run(apt_get()
        .args(["install", "-y"])
        .args(options)
        .args(packages))
}

/// The command for a person to type.
pub fn command_line(packages: &[&str]) -> String {
    format!(
        "sudo apt-get update && sudo apt-get install -y {}",
        packages.join(" ")
    )
}

/// One entry of apt's sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    uris: Vec<String>,
    suites: Vec<String>,
    components: Vec<String>,
    /// A key ring's path, or the key itself with its line breaks.
    signed_by: Option<String>,
}

impl Source {
    /// The same mirror and key with another suite, as a deb822 file.
    pub fn for_suite(&self, suite: &str) -> String {
        let uri = self.uris.first().map_or("", String::as_str);
        let mut text = format!("Types: deb\nURIs: {uri}\nSuites: {suite}\nComponents: main\n");
        if let Some(key) = &self.signed_by {
            text.push_str(&format!("Signed-By: {key}\n"));
        }
        text
    }
}

/// The source of the system's own release, as opposed to its security updates and to private repositories.
pub fn main_source() -> Option<Source> {
    let release = fs::read_to_string("/etc/os-release").ok()?;
    let codename = os_release_value(&release, "VERSION_CODENAME")?;
    let mut files = vec![Path::new("/etc/apt/sources.list").to_owned()];
    if let Ok(entries) = fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(entries.flatten().map(|entry| entry.path()));
    }
    files.sort();
    let sources = files.iter().flat_map(|file| {
        let text = fs::read_to_string(file).unwrap_or_default();
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("sources") => parse_deb822(&text),
            Some("list") => parse_list(&text),
            _ => Vec::new(),
        }
    });
    sources
        .filter(|source| {
            source
                .components
                .iter()
                .any(|component| component == "main")
        })
        .find(|source| source.suites.contains(&codename))
}

fn os_release_value(text: &str, key: &str) -> Option<String> {
    text.lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        .map(|value| value.trim_matches('"').to_owned())
}

/// `*.sources`: paragraphs of `Key: value`, continued on lines that begin with a space.
fn parse_deb822(text: &str) -> Vec<Source> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    lines
        .split(|line| line.trim().is_empty())
        .filter_map(parse_paragraph)
        .collect()
}

fn parse_paragraph(lines: &[&str]) -> Option<Source> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in lines {
        if line.starts_with([' ', '\t']) {
            let (_, value) = fields.last_mut()?;
            value.push('\n');
            value.push_str(line);
        } else {
            let (key, value) = line.split_once(':')?;
            fields.push((key.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let field = |key: &str| {
        let found = fields.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    };
    let words = |key: &str| -> Vec<String> {
        let value = field(key).unwrap_or_default();
        value.split_whitespace().map(str::to_owned).collect()
    };
    let disabled = field("enabled").is_some_and(|value| value.eq_ignore_ascii_case("no"));
    if disabled || !words("types").iter().any(|kind| kind == "deb") {
        return None;
    }
    Some(Source {
        uris: words("uris"),
        suites: words("suites"),
        components: words("components"),
        signed_by: field("signed-by").map(str::to_owned),
    })
}

/// `*.list`: `deb [key=value ...] uri suite component...`, one a line.
fn parse_list(text: &str) -> Vec<Source> {
    text.lines().filter_map(parse_list_line).collect()
}

fn parse_list_line(line: &str) -> Option<Source> {
    let line = line.split('#').next()?.trim();
    let rest = line.strip_prefix("deb")?;
    let mut rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let mut signed_by = None;
    if let Some(inner) = rest.strip_prefix('[') {
        let (options, after) = inner.split_once(']')?;
        signed_by = options
            .split_whitespace()
            .find_map(|option| option.strip_prefix("signed-by="))
            .map(str::to_owned);
        rest = after;
    }
    let mut words = rest.split_whitespace().map(str::to_owned);
    Some(Source {
        uris: vec![words.next()?],
        suites: vec![words.next()?],
        components: words.collect(),
        signed_by,
    })
}

#[cfg(test)]
#[path = "apt_tests.rs"]
mod tests;
