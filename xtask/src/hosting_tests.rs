//! The files of `examples/hosting/` do what `docs/hosting.md` says of them, and what this program does.

use super::{Cli, Command};
use crate::parts::PARTS;
use crate::server::HEADERS;
use crate::workspace::{dist, root};
use clap::Parser as _;
use std::collections::BTreeSet;
use std::fs;

/// Names in lower case, and values.
type Headers = BTreeSet<(String, String)>;

/// What `cargo xtask serve` sends and no host has to: it keeps the files from pages of other origins, and isolates nothing.
const OF_SERVE_ALONE: &str = "cross-origin-resource-policy";

fn header(name: &str, value: &str) -> (String, String) {
    (name.trim().to_lowercase(), value.trim().to_owned())
}

/// What `cargo xtask serve` sends, without some headers.
fn served_without(names: &[&str]) -> Headers {
    let others = HEADERS.iter().filter(|(name, _)| !names.contains(name));
    others.map(|(name, value)| header(name, value)).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// `Name: value`, indented below the pattern of addresses.
fn of_headers_file(text: &str) -> Headers {
    let lines = text.lines().filter_map(|line| line.strip_prefix("  "));
    lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| header(name, value))
        .collect()
}

/// `Name = "value"` in the table of the headers' values, which is the last.
fn of_netlify(text: &str) -> Headers {
    let (_, table) = text
        .split_once("[headers.values]")
        .expect("the table [headers.values]");
    let lines = table.lines().filter_map(|line| line.split_once(" = "));
    lines
        .map(|(name, value)| header(name, value.trim_matches('"')))
        .collect()
}

/// `add_header Name value [always];`. A value that a map gives is that of an address without `?v=BUILD`.
fn of_nginx(text: &str) -> Headers {
    let mapped = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("\"\" "))
        .expect("the map's value for no ?v=")
        .trim()
        .trim_end_matches(';')
        .trim_matches('"');
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("add_header "))
        .filter_map(|line| {
            let mut words = line.trim_end_matches(';').split_whitespace();
            let (name, value) = (words.next()?, words.next()?);
            let given = if value.starts_with('$') {
                mapped
            } else {
                value
            };
            Some(header(name, given))
        })
        .collect()
}

#[test]
fn hosts_send_the_headers_of_serve() {
    let nginx = of_nginx(&read("examples/hosting/nginx.conf"));
    assert_eq!(nginx, served_without(&[OF_SERVE_ALONE]));
    // These two have every file asked for again by themselves.
    let expected = served_without(&[OF_SERVE_ALONE, "cache-control"]);
    let headers = of_headers_file(&read("examples/hosting/_headers"));
    assert_eq!(headers, expected, "_headers");
    let netlify = of_netlify(&read("examples/hosting/netlify.toml"));
    assert_eq!(netlify, expected, "netlify.toml");
    // The answer of nginx that the document shows.
    let document = read("docs/hosting.md").to_lowercase();
    for (name, value) in nginx {
        let line = format!("\n{name}: {value}\n");
        assert!(document.contains(&line), "docs/hosting.md lacks {line}");
    }
}

#[test]
fn hosts_publish_the_folder_that_the_page_is_built_in() {
    let built = dist();
    let folder = built.strip_prefix(root()).expect("below the root");
    let folder = folder.display();
    for (file, line) in [
        ("github-pages.yml", format!("path: {folder}")),
        ("netlify.toml", format!("publish = \"{folder}\"")),
        ("nginx.conf", format!("root {folder};")),
    ] {
        let text = read(&format!("examples/hosting/{file}"));
        let named = text.lines().any(|found| found.trim() == line);
        assert!(named, "{file} lacks {line}");
    }
}

/// Asserts that a line is a command of this program, whose parts of the tests exist.
fn assert_is_command(line: &str) {
    let words = line
        .strip_prefix("cargo xtask")
        .expect("a command of xtask")
        .split_whitespace();
    let cli = Cli::try_parse_from(std::iter::once("cargo xtask").chain(words))
        .unwrap_or_else(|error| panic!("{line}: {error}"));
    if let Command::Test(arguments) = cli.command {
        for name in arguments.only {
            let exists = PARTS.iter().any(|part| part.name == name);
            assert!(exists, "{line}: there is no part {name}");
        }
    }
}

/// The project depends on no reader of YAML, so of the rest of the workflow only what spoils such a file most often is looked for.
#[test]
fn the_workflow_and_the_document_give_commands_that_exist() {
    let workflow = read("examples/hosting/github-pages.yml");
    let steps: Vec<&str> = workflow
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- run: "))
        .collect();
    assert!(!steps.is_empty(), "the workflow runs nothing");
    for line in steps {
        assert_is_command(line);
    }
    for (number, line) in workflow.lines().enumerate() {
        let text = line.trim_start();
        let even = (line.len() - text.len()).is_multiple_of(2);
        assert!(even && !line.contains('\t'), "line {}: {line}", number + 1);
    }
    let document = read("docs/hosting.md");
    let commands: Vec<&str> = document
        .lines()
        .filter(|line| line.starts_with("cargo xtask "))
        .collect();
    assert!(!commands.is_empty(), "the document gives no command");
    for line in commands {
        assert_is_command(line);
    }
}
