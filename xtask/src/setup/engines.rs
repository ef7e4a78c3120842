//! The browsers in which the part `engines` opens the page beside Chromium: Firefox, and WebKit with a display.

use super::{apt, browser};
use crate::process::{answer, find_any};
use crate::version::Version;
use anyhow::{Context as _, Result, ensure};
use std::path::PathBuf;

/// The oldest Firefox that puppeteer-core drives over WebDriver BiDi.
const OLDEST_FIREFOX: Version = Version(129, 0, 0);

/// A program that the tests start.
struct Program {
    /// The variable that may hold its path; the tests read it, too.
    variable: &'static str,
    /// Its usual names on the path.
    names: &'static [&'static str],
    /// Debian's package.
    package: &'static str,
}

/// The programs of one browser.
pub struct Engine {
    programs: &'static [Program],
    /// What to do on systems without apt's packages.
    elsewhere: &'static str,
}

pub const FIREFOX: Engine = Engine {
    programs: &[Program {
        variable: "FIREFOX",
        names: &["firefox-esr", "firefox"],
        package: "firefox-esr",
    }],
    elsewhere: "install Firefox, or point $FIREFOX at it",
};

pub const WEBKIT: Engine = Engine {
    programs: &[
        Program {
            variable: "WEBKIT_DRIVER",
            names: &["WebKitWebDriver"],
            package: "webkit2gtk-driver",
        },
        Program {
            variable: "XVFB",
            names: &["Xvfb"],
            package: "xvfb",
        },
    ],
    elsewhere: "install WebKitGTK's WebDriver and Xvfb, or point $WEBKIT_DRIVER and $XVFB at them; only Linux has them",
};

impl Program {
    fn path(&self) -> Option<PathBuf> {
        find_any(self.variable, self.names)
    }

    fn check(&self) -> Result<()> {
        let path = self
            .path()
            .with_context(|| browser::absent(self.variable, self.names[0]))?;
        if self.variable == "FIREFOX" {
            let version = answer(&path, &["--version"])
                .and_then(|text| Version::find(&text))
                .with_context(|| format!("`{} --version` tells nothing", path.display()))?;
            ensure!(
                version >= OLDEST_FIREFOX,
                "Firefox {version} is too old: it must be {OLDEST_FIREFOX} or newer"
            );
        }
        Ok(())
    }
}

impl Engine {
    pub fn check(&self) -> Result<()> {
        self.programs.iter().try_for_each(Program::check)
    }

    pub fn install(&self) -> Result<()> {
        for Program { variable, .. } in self.programs {
            browser::refuse_if_set(variable)?;
        }
        // What WebKit's package recommends is for playing videos and checking spelling.
        apt::install_alone(&self.packages())
    }

    pub fn remedy(&self) -> String {
        let line = apt::command_line(&self.packages());
        format!("{line}   (elsewhere: {})", self.elsewhere)
    }

    fn packages(&self) -> Vec<&'static str> {
        self.programs
            .iter()
            .map(|program| program.package)
            .collect()
    }

    /// The variables that tell the tests where the programs are.
    pub fn variables(&self) -> Vec<(&'static str, PathBuf)> {
        let known = |program: &Program| Some((program.variable, program.path()?));
        self.programs.iter().filter_map(known).collect()
    }
}
