//! `index.html` as Trunk reads it: its `<link data-trunk …>` tags declare which programs the page has, how cargo builds
//! them, and which directories and files are copied.

use anyhow::{Context as _, Result, bail, ensure};

/// A binary of the workspace, compiled to wasm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The cargo target, and the name of its files in the page.
    pub bin: String,
    pub features: String,
    /// cargo's profile in a release build.
    pub release_profile: String,
}

/// The source of the page.
#[derive(Debug, PartialEq, Eq)]
pub struct Links {
    /// `index.html` without the tags.
    pub html: String,
    pub programs: Vec<Program>,
    /// Directories that are copied, relative to `index.html`.
    pub copied: Vec<String>,
    /// Files that are copied beside `index.html`, wherever they are here.
    pub beside: Vec<String>,
}

const TAG: &str = "<link data-trunk ";

/// Reads the tags and takes them out, as `trunk build` does with empty `pattern_script` and `pattern_preload`.
///
/// # Errors
///
/// For every tag and attribute that xtask does not know: Trunk would build another page from it.
pub fn read(source: &str) -> Result<Links> {
    let mut links = Links {
        html: String::new(),
        programs: Vec::new(),
        copied: Vec::new(),
        beside: Vec::new(),
    };
    let mut rest = source;
    while let Some((before, tag)) = rest.split_once(TAG) {
        let (attributes, after) = tag.split_once('>').context("a link is not closed")?;
        links.html.push_str(before);
        links
            .add(attributes)
            .with_context(|| format!("in index.html, {TAG}{attributes}>"))?;
        rest = after;
    }
    ensure!(!links.programs.is_empty(), "index.html names no program");
    links.html.push_str(rest);
    Ok(links)
}

impl Links {
    fn add(&mut self, attributes: &str) -> Result<()> {
        let mut rel = None;
        let mut href = None;
        let mut bin = None;
        let mut features = None;
        let mut release_profile = None;
        let mut without_default = false;
        for attribute in attributes.trim_end_matches('/').split_whitespace() {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let value = value.trim_matches('"');
            match (name, value) {
                ("rel", _) => rel = Some(value),
                ("href", _) => href = Some(value),
                ("data-bin", _) => bin = Some(value),
                ("data-cargo-features", _) => features = Some(value),
                ("data-cargo-profile-release", _) => release_profile = Some(value),
                ("data-cargo-no-default-features", "") => without_default = true,
                // A worker gets no script in the page, and neither do the others with our empty patterns.
                ("data-type", "worker") | ("data-bindgen-target", "web") => {}
                // `finish` runs wasm-opt.
                ("data-wasm-opt", "0") => {}
                _ => bail!("`cargo xtask` does not know {attribute}"),
            }
        }
        match rel {
            Some("rust") => {
                ensure!(without_default, "data-cargo-no-default-features is missing");
                self.programs.push(Program {
                    bin: bin.context("data-bin is missing")?.to_owned(),
                    features: features
                        .context("data-cargo-features is missing")?
                        .to_owned(),
                    release_profile: release_profile
                        .context("data-cargo-profile-release is missing")?
                        .to_owned(),
                });
            }
            Some("copy-dir") => {
                let dir = href.context("href is missing")?;
                self.copied.push(dir.to_owned());
            }
            Some("copy-file") => {
                let file = href.context("href is missing")?;
                self.beside.push(file.to_owned());
            }
            _ => bail!("`cargo xtask` knows rel=\"rust\", rel=\"copy-dir\" and rel=\"copy-file\""),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Program, read};

    const RUST: &str = "<link data-trunk rel=\"rust\" data-bin=\"page-cpu\" data-type=\"worker\" \
        data-cargo-no-default-features data-cargo-features=\"page,cpu\" \
        data-cargo-profile-release=\"web\" data-bindgen-target=\"web\" data-wasm-opt=\"0\">";

    #[test]
    fn programs_directories_and_files_are_read_and_their_tags_taken_out() {
        let source = format!(
            "<head>\n  {RUST}\n  <link data-trunk rel=\"copy-dir\" href=\"www\"/>\n  \
             <link data-trunk rel=\"copy-file\" href=\"worker/worker.js\">\n  <link rel=\"icon\">\n</head>\n"
        );
        let links = read(&source).unwrap();
        assert_eq!(
            links.html,
            "<head>\n  \n  \n  \n  <link rel=\"icon\">\n</head>\n"
        );
        assert_eq!(links.copied, ["www"]);
        assert_eq!(links.beside, ["worker/worker.js"]);
        let program = Program {
            bin: "page-cpu".into(),
            features: "page,cpu".into(),
            release_profile: "web".into(),
        };
        assert_eq!(links.programs, [program]);
    }

    #[test]
    fn what_only_trunk_knows_is_refused() {
        for source in [
            "<p>".to_owned(),
            RUST.replace("data-wasm-opt=\"0\"", "data-wasm-opt=\"z\""),
            RUST.replace("data-cargo-no-default-features", ""),
            RUST.replace("data-bin=\"page-cpu\"", "data-keep-debug"),
            format!("{RUST}<link data-trunk rel=\"sass\" href=\"a.scss\">"),
            format!("{RUST}<link data-trunk rel=\"copy-file\">"),
            format!(
                "{RUST}<link data-trunk rel=\"copy-file\" href=\"a.js\" data-target-path=\"b\">"
            ),
        ] {
            assert!(read(&source).is_err(), "{source}");
        }
    }

    #[test]
    fn this_page_has_two_programs() {
        let source = std::fs::read_to_string(crate::workspace::root().join("index.html")).unwrap();
        let links = read(&source).unwrap();
        let bins: Vec<&str> = links.programs.iter().map(|p| p.bin.as_str()).collect();
        assert_eq!(bins, ["page-cpu", "page-gpu"]);
        assert_eq!(links.copied, ["www"]);
        // A service worker controls the folder that it lies in and what is below.
        assert_eq!(links.beside, ["service-worker/service-worker.js"]);
    }
}
