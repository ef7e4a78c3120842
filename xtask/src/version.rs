//! Versions as tools print them.

/// `major.minor.patch`; whatever follows is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u64, pub u64, pub u64);

impl Version {
    /// The first version in a text such as `trunk 0.21.14` or `Chromium 156.0.8078.80 built on …`.
    /// A text with fewer than three numbers counts the absent ones as 0 (`wasm-opt version 132`).
    pub fn find(text: &str) -> Option<Self> {
        let word = text.split_whitespace().find_map(|word| {
            let word = word.trim_start_matches('v');
            word.starts_with(|c: char| c.is_ascii_digit())
                .then_some(word)
        })?;
        let mut numbers = word.split('.').map(|part| {
            let digits = part.find(|c: char| !c.is_ascii_digit());
            part[..digits.unwrap_or(part.len())].parse().unwrap_or(0)
        });
        let mut next = || numbers.next().unwrap_or(0);
        Some(Self(next(), next(), next()))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn reads_what_the_tools_print() {
        let cases = [
            ("trunk 0.21.14", Version(0, 21, 14)),
            ("v20.20.2", Version(20, 20, 2)),
            (
                "Chromium 156.0.8078.80 built on Debian",
                Version(156, 0, 8078),
            ),
            ("wasm-opt version 132 (version_132)", Version(132, 0, 0)),
            ("rustc 1.95.0-beta.2 (59807616e 2026)", Version(1, 95, 0)),
        ];
        for (text, version) in cases {
            assert_eq!(Version::find(text), Some(version), "{text}");
        }
        assert_eq!(Version::find("command not found"), None);
    }

    #[test]
    fn orders_by_number_not_by_letter() {
        assert!(Version::find("0.21.14") > Version::find("0.21.9"));
    }
}
