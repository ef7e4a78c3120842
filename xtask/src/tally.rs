//! Counting tests by what the runners print: libtest and wasm-bindgen-test say `test result: …`, our
//! end-to-end runner ends with a line `N passed, N failed`.

use std::fmt;

/// The counts of a part of the tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub ignored: u64,
}

impl Tally {
    /// That of a part which did not come to its tests.
    pub const FAILED: Self = Self {
        passed: 0,
        failed: 1,
        ignored: 0,
    };

    /// Adds the counts of a line of output, if it is a summary.
    pub fn read(&mut self, line: &str) {
        if let Some(counts) = Self::of(line) {
            self.add(counts);
        }
    }

    /// The counts of a line of output, if it is a summary.
    pub fn of(line: &str) -> Option<Self> {
        let line = line.trim();
        let summary = match line.split_once("test result: ") {
            Some((_, rest)) => rest.split_once(". ").map_or(rest, |(_, counts)| counts),
            None if line.starts_with(|c: char| c.is_ascii_digit()) => line,
            None => return None,
        };
        let mut counts = Self::default();
        let mut known = 0;
        for item in summary.split([';', ',']) {
            let mut words = item.split_whitespace();
            let (Some(Ok(number)), Some(name)) = (words.next().map(str::parse), words.next())
            else {
                break;
            };
            match name {
                "passed" => counts.passed = number,
                "failed" => counts.failed = number,
                "ignored" | "skipped" => counts.ignored = number,
                _ => break,
            }
            known += 1;
        }
        (known >= 2).then_some(counts)
    }

    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed", self.passed, self.failed)?;
        if self.ignored > 0 {
            write!(out, ", {} ignored", self.ignored)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn of(text: &str) -> (u64, u64, u64) {
        let mut tally = Tally::default();
        text.lines().for_each(|line| tally.read(line));
        (tally.passed, tally.failed, tally.ignored)
    }

    #[test]
    fn adds_up_what_cargo_test_prints() {
        let text = "\
running 3 tests
test a ... ok
test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 1 passed; 2 failed; 4 ignored; 0 measured; 0 filtered out; finished in 1s
";
        assert_eq!(of(text), (4, 2, 4));
    }

    #[test]
    fn reads_the_other_runners() {
        let wasm = "test result: ok. 7 passed; 0 failed; 0 ignored; 0 filtered out; finished in 9s";
        assert_eq!(of(wasm), (7, 0, 0));
        assert_eq!(of("12 passed, 1 failed"), (12, 1, 0));
        assert_eq!(of("  12 passed, 1 failed, 2 skipped (80 s)"), (12, 1, 2));
    }

    #[test]
    fn what_it_says_it_reads() {
        for ignored in [0, 2] {
            let tally = Tally {
                passed: 12,
                failed: 1,
                ignored,
            };
            assert_eq!(Tally::of(&tally.to_string()), Some(tally));
        }
    }

    #[test]
    fn passes_over_everything_else() {
        for line in [
            "",
            "3 tests",
            "1 passed",
            "passed, failed",
            "9 lives; 3 passed",
            "0.5 s",
        ] {
            assert_eq!(of(line), (0, 0, 0), "{line}");
        }
    }
}
