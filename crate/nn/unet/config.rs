//! The network's shape ([`UNetConfig`]) and the named sizes ([`Preset`]).

use serde::{Deserialize, Serialize};

/// The width and height of an image in pixels. The network halves it two times, 28 → 14 → 7.
pub const SIZE: usize = 28;
/// The number of pixels of an image.
pub const PIXELS: usize = SIZE * SIZE;
/// The number of classes, digits 0 to 9. The class embedding has one entry more, [`NO_CLASS`].
pub const CLASSES: usize = 10;
/// The index of the class embedding's entry for "no class". With it the network is unconditional, as classifier-free
/// guidance needs (Ho & Salimans 2022).
pub const NO_CLASS: usize = CLASSES;

/// The network sizes that have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// 0.083 M parameters, for tests and weak machines.
    Tiny,
    /// 0.58 M parameters, the default.
    Small,
    /// 2.3 M parameters.
    Base,
}

impl Preset {
    /// All presets, the smallest first.
    pub const ALL: [Preset; 3] = [Preset::Tiny, Preset::Small, Preset::Base];

    /// The name in files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Preset::Tiny => "tiny",
            Preset::Small => "small",
            Preset::Base => "base",
        }
    }

    /// The network's shape.
    pub fn config(self) -> UNetConfig {
        match self {
            Preset::Tiny => UNetConfig::new([12, 24, 24], 4),
            Preset::Small => UNetConfig::new([32, 64, 64], 8),
            Preset::Base => UNetConfig::new([64, 128, 128], 8),
        }
    }

    /// The preset with this shape, if there is one.
    pub fn of(config: &UNetConfig) -> Option<Preset> {
        Preset::ALL.into_iter().find(|p| p.config() == *config)
    }
}

/// The shape of the network. Networks with equal configurations have the same parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UNetConfig {
    /// The channel counts at 28×28, 14×14 and 7×7 pixels.
    pub channels: [usize; 3],
    /// The number of groups of every GroupNorm; it must divide all channel counts.
    pub groups: usize,
}

impl UNetConfig {
    /// The shape with these channel counts and groups, unchecked ([`UNetConfig::validate`]).
    pub const fn new(channels: [usize; 3], groups: usize) -> Self {
        Self { channels, groups }
    }

    /// The width E of the embedding that time and class are mapped to, 4·c₁.
    pub fn embedding(&self) -> usize {
        4 * self.channels[0]
    }

    /// The number of values for each image of the largest activation: the input of a residual block on the way up, in which
    /// the upsampled image and the skip connection are concatenated.
    pub fn largest_activation(&self) -> usize {
        let [c1, c2, _] = self.channels;
        (PIXELS * 2 * c1).max(PIXELS / 4 * 2 * c2)
    }

    /// Checks the numbers; called for every configuration that comes from a file.
    ///
    /// # Errors
    /// A message about the first number that is out of range.
    pub fn validate(&self) -> Result<(), String> {
        if self.groups == 0 {
            return Err("groups must be at least 1".into());
        }
        for c in self.channels {
            if !(4..=1024).contains(&c) || c % 2 != 0 || c % self.groups != 0 {
                return Err(format!(
                    "channel count {c} must be even, between 4 and 1024, and divisible by {} groups",
                    self.groups
                ));
            }
        }
        Ok(())
    }
}
