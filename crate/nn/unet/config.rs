//! The network's shape, and the presets.

use serde::{Deserialize, Serialize};

/// Pixels along an image's edge. Two halvings (28 → 14 → 7) are built into the network.
pub const SIZE: usize = 28;
/// Pixels of an image.
pub const PIXELS: usize = SIZE * SIZE;
/// Digits 0 to 9. The embedding has one entry more, [`NO_CLASS`].
pub const CLASSES: usize = 10;
/// Index of the "no class" entry of the class embedding: the unconditional branch.
pub const NO_CLASS: usize = CLASSES;

/// Network sizes with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// For tests and weak machines: 0.083 M parameters.
    Tiny,
    /// The default: 0.58 M parameters.
    Small,
    /// 2.3 M parameters.
    Base,
}

impl Preset {
    pub const ALL: [Preset; 3] = [Preset::Tiny, Preset::Small, Preset::Base];

    /// Its name in files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Preset::Tiny => "tiny",
            Preset::Small => "small",
            Preset::Base => "base",
        }
    }

    /// The shape it stands for.
    pub fn config(self) -> UNetConfig {
        match self {
            Preset::Tiny => UNetConfig::new([12, 24, 24], 4),
            Preset::Small => UNetConfig::new([32, 64, 64], 8),
            Preset::Base => UNetConfig::new([64, 128, 128], 8),
        }
    }

    /// The preset with this shape, if any.
    pub fn of(config: &UNetConfig) -> Option<Preset> {
        Preset::ALL.into_iter().find(|p| p.config() == *config)
    }
}

/// Shape of the network. Two networks with equal configs take the same weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UNetConfig {
    /// Channels at 28×28, 14×14 and 7×7.
    pub channels: [usize; 3],
    /// Groups of every GroupNorm; must divide all channel counts.
    pub groups: usize,
}

impl UNetConfig {
    pub const fn new(channels: [usize; 3], groups: usize) -> Self {
        Self { channels, groups }
    }

    /// Width of the time and class embedding after its MLP.
    pub fn embedding(&self) -> usize {
        4 * self.channels[0]
    }

    /// Floats an image of the largest tensor that the network makes: what comes from below beside what was kept for it.
    pub fn largest_activation(&self) -> usize {
        let [c1, c2, _] = self.channels;
        (PIXELS * 2 * c1).max(PIXELS / 4 * 2 * c2)
    }

    /// # Errors
    /// Says which number is out of range. Called on everything that comes from a file.
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
