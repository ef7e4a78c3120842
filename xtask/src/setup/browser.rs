//! The browser that the tests drive, its driver, and a Vulkan driver for the native GPU tests.

use super::apt;
use crate::process::{answer, find_any};
use crate::version::Version;
use anyhow::{Context as _, Result, ensure};
use std::path::{Path, PathBuf};

const PACKAGES: &[&str] = &["chromium", "chromium-driver"];
pub const VULKAN_PACKAGES: &[&str] = &["mesa-vulkan-drivers"];

const CHROMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const MAC_CHROMES: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/// The browser: `$CHROME`, or the first of the usual names.
pub fn chrome() -> Option<PathBuf> {
    let mut on_mac = MAC_CHROMES.iter().map(PathBuf::from);
    find_any("CHROME", &CHROMES).or_else(|| on_mac.find(|path| path.is_file()))
}

/// The browser's WebDriver: `$CHROMEDRIVER`, or the one on the path.
pub fn driver() -> Option<PathBuf> {
    find_any("CHROMEDRIVER", &["chromedriver"])
}

/// Why [`find_any`] found nothing.
pub fn absent(variable: &str, program: &str) -> String {
    match std::env::var(variable) {
        Ok(path) if !path.is_empty() => format!("${variable} is {path}, and there is no such file"),
        _ => format!("no {program} on the path (nor in ${variable})"),
    }
}

pub fn check() -> Result<()> {
    let chrome = chrome().with_context(|| absent("CHROME", "Chromium or Chrome"))?;
    let driver = driver().with_context(|| absent("CHROMEDRIVER", "chromedriver"))?;
    let version = |path: &Path| {
        answer(path, &["--version"])
            .and_then(|text| Version::find(&text))
            .with_context(|| format!("`{} --version` tells nothing", path.display()))
    };
    let (browser, driver) = (version(&chrome)?, version(&driver)?);
    ensure!(
        browser.0 == driver.0,
        "the browser is {browser}, its driver {driver}: the first number must agree"
    );
    Ok(())
}

/// Fails if a variable names a program, in whose place none is installed.
pub fn refuse_if_set(variable: &str) -> Result<()> {
    ensure!(
        std::env::var_os(variable).is_none_or(|value| value.is_empty()),
        "not installing another one while ${variable} is set; correct or unset it"
    );
    Ok(())
}

pub fn install() -> Result<()> {
    refuse_if_set("CHROME")?;
    refuse_if_set("CHROMEDRIVER")?;
    apt::install(PACKAGES)
}

pub fn remedy() -> String {
    format!(
        "{}   (elsewhere: install Google Chrome and the chromedriver of the same version, e.g. macOS: \
        brew install --cask google-chrome chromedriver; or point $CHROME and $CHROMEDRIVER at them)",
        apt::command_line(PACKAGES)
    )
}

/// Fails if no Vulkan driver is installed on Linux. Other systems have a GPU interface of their own.
pub fn check_vulkan() -> Result<()> {
    if !cfg!(target_os = "linux") || std::env::var_os("VK_DRIVER_FILES").is_some() {
        return Ok(());
    }
    let drivers = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
    let found = drivers
        .iter()
        .any(|dir| std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()));
    ensure!(found, "no Vulkan driver is installed");
    Ok(())
}

pub fn install_vulkan() -> Result<()> {
    apt::install(VULKAN_PACKAGES)
}
