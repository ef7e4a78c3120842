//! The network's shape ([`UNetConfig`]) and the named sizes ([`Preset`]).

use serde::{Deserialize, Serialize};

/// The width and height of an image in pixels. The network halves it two times, 28 → 14 → 7.
pub const SIZE: usize = 28;
/// The number of pixels of an image.
pub const PIXELS: usize = SIZE * SIZE;
/// The number of classes of MNIST and of the presets, the digits 0 to 9.
pub const CLASSES: usize = 10;
/// The label that stands for "no class", whatever the number of classes ([`UNetConfig::class_index`]).
pub const NO_CLASS: u8 = u8::MAX;
/// The largest number of classes of a network: the 62 of EMNIST's `byclass`, digits and letters.
pub const MAX_CLASSES: usize = 62;

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

    /// The preset with this shape, if there is one. The number of classes and a learned variance make no difference.
    pub fn of(config: &UNetConfig) -> Option<Preset> {
        let shaped_as = |preset: UNetConfig| UNetConfig {
            classes: config.classes,
            out_channels: config.out_channels,
            ..preset
        };
        Preset::ALL
            .into_iter()
            .find(|preset| shaped_as(preset.config()) == *config)
    }
}

/// The shape of the network. Networks with equal configurations have the same parameters.
///
/// In files every field but the first two is left out where it has the value that the first format took for granted, so
/// that older programs read all files which do not need a newer one ([`UNetConfig::oldest_format`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct UNetConfig {
    /// The channel counts at 28×28, 14×14 and 7×7 pixels.
    pub channels: [usize; 3],
    /// The number of groups of every GroupNorm; it must divide all channel counts.
    pub groups: usize,
    /// The number of classes, 0 to [`MAX_CLASSES`]. With 0 the network has no class embedding and is unconditional;
    /// otherwise the embedding has a row for each class and one more for "no class" ([`UNetConfig::no_class`]).
    #[serde(default = "first::classes", skip_serializing_if = "first::is_classes")]
    pub classes: usize,
    /// Whether there is self-attention at 28×28, 14×14 and 7×7 pixels: at the first two after the residual block on the
    /// way down and after that on the way up, at the last between the two residual blocks.
    #[serde(
        default = "first::attention",
        skip_serializing_if = "first::is_attention"
    )]
    pub attention: [bool; 3],
    /// The number of heads of every self-attention; it must divide the channel counts where there is attention.
    #[serde(default = "first::heads", skip_serializing_if = "first::is_heads")]
    pub heads: usize,
    /// The number of the output's channels: 1, or 2 if the network says the variance of the reverse step, too (Nichol &
    /// Dhariwal 2021; [`VarianceType::is_learned`](crate::diffusion::schedule::VarianceType::is_learned)).
    #[serde(
        default = "first::out_channels",
        skip_serializing_if = "first::is_out_channels"
    )]
    pub out_channels: usize,
}

/// The fields' values in files of the first format, which does not have them.
mod first {
    pub fn classes() -> usize {
        super::CLASSES
    }
    pub fn is_classes(value: &usize) -> bool {
        *value == classes()
    }
    pub fn attention() -> [bool; 3] {
        [false, false, true]
    }
    pub fn is_attention(value: &[bool; 3]) -> bool {
        *value == attention()
    }
    pub fn heads() -> usize {
        1
    }
    pub fn is_heads(value: &usize) -> bool {
        *value == heads()
    }
    pub fn out_channels() -> usize {
        1
    }
    pub fn is_out_channels(value: &usize) -> bool {
        *value == out_channels()
    }
}

impl UNetConfig {
    /// The shape with these channel counts and groups, unchecked ([`UNetConfig::validate`]): for ten classes, with
    /// attention of one head at 7×7 pixels, and without a learned variance.
    pub const fn new(channels: [usize; 3], groups: usize) -> Self {
        Self {
            channels,
            groups,
            classes: CLASSES,
            attention: [false, false, true],
            heads: 1,
            out_channels: 1,
        }
    }

    /// The index of the class embedding's row for "no class", with which the network is unconditional, as classifier-free
    /// guidance needs (Ho & Salimans 2022): the row after those of the classes. A network without classes has no
    /// embedding; its labels are all this number, 0, and are not looked at.
    pub const fn no_class(&self) -> usize {
        self.classes
    }

    /// The row of the class embedding for a label, which is a class or [`NO_CLASS`]; `None` if there is no such class. A
    /// network without classes takes every label for "no class".
    pub fn class_index(&self, label: u8) -> Option<i32> {
        let index = if label == NO_CLASS || self.classes == 0 {
            self.no_class()
        } else {
            usize::from(label)
        };
        (index <= self.no_class() && (label == NO_CLASS || index < self.classes.max(1)))
            .then_some(index as i32)
    }

    /// The oldest file format whose programs know this shape.
    pub fn oldest_format(&self) -> u32 {
        let Self {
            channels, groups, ..
        } = *self;
        if *self == Self::new(channels, groups) {
            1
        } else {
            2
        }
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

    /// The bytes that training with batches of so many images holds at most, besides the training images: parameters, gradient,
    /// Adam's two moments and the average, and each activation that the gradient needs. An estimate: within a quarter of what
    /// was measured on the CPU (`tests/memory.rs`); a GPU's allocator may round up.
    pub fn training_bytes(&self, parameters: usize, batch: u64) -> u64 {
        // The vectors of P numbers that are alive while the optimiser works: the five named above, and the gradient's parts
        // before they are flattened.
        const VECTORS: u64 = 6;
        // The arrays of a level's size that are kept on the way down and up, or live beside those: counted in `UNet::forward`,
        // where an array of two levels' channels counts twice.
        const KEPT: [u64; 3] = [16, 15, 10];
        const ATTENTION: u64 = 6;
        let levels = self.channels.iter().enumerate();
        let image: u64 = levels
            .map(|(level, &channels)| {
                let arrays = KEPT[level] + if self.attention[level] { ATTENTION } else { 0 };
                arrays * (channels * (PIXELS >> (2 * level))) as u64
            })
            .sum();
        let parameters = VECTORS * parameters as u64;
        4 * batch.saturating_mul(image).saturating_add(parameters)
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
        if self.classes > MAX_CLASSES {
            return Err(format!(
                "{} classes; there may be 0 to {MAX_CLASSES}",
                self.classes
            ));
        }
        for (c, attends) in self.channels.into_iter().zip(self.attention) {
            if self.heads == 0 || attends && c % self.heads != 0 {
                return Err(format!(
                    "{} attention heads do not divide {c} channels",
                    self.heads
                ));
            }
        }
        if !(1..=2).contains(&self.out_channels) {
            return Err(format!(
                "{} output channels; there may be 1, or 2 with a learned variance",
                self.out_channels
            ));
        }
        Ok(())
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use serde_json::json;

    use super::*;

    /// Shapes of the first format are written as that format has them, and those files are read; others name their format.
    #[test]
    fn older_shapes_keep_their_description() {
        let small = Preset::Small.config();
        let first = json!({ "channels": [32, 64, 64], "groups": 8 });
        assert_eq!(serde_json::to_value(small).unwrap(), first);
        assert_eq!(serde_json::from_value::<UNetConfig>(first).unwrap(), small);
        assert_eq!(small.oldest_format(), 1);
        let letters = UNetConfig {
            classes: 47,
            attention: [false, true, true],
            heads: 2,
            out_channels: 2,
            ..small
        };
        assert_eq!(letters.oldest_format(), 2);
        let written = serde_json::to_value(letters).unwrap();
        assert_eq!(
            serde_json::from_value::<UNetConfig>(written).unwrap(),
            letters
        );
        assert_eq!(Preset::of(&letters), None);
        let unconditional = UNetConfig {
            classes: 0,
            ..small
        };
        assert_eq!(Preset::of(&unconditional), Some(Preset::Small));
    }

    #[test]
    fn labels_have_rows_of_the_embedding() {
        let of = |classes, label| {
            let unet = UNetConfig {
                classes,
                ..Preset::Tiny.config()
            };
            unet.class_index(label)
        };
        assert_eq!(
            [of(10, 0), of(10, 9), of(10, NO_CLASS)],
            [Some(0), Some(9), Some(10)]
        );
        assert_eq!([of(10, 10), of(3, 3), of(62, 62)], [None; 3]);
        assert_eq!([of(0, NO_CLASS), of(0, 7)], [Some(0); 2]);
    }

    #[test]
    fn impossible_shapes_are_refused() {
        let small = Preset::Small.config();
        small.validate().unwrap();
        let refused = |unet: UNetConfig, part: &str| {
            let message = unet.validate().unwrap_err();
            assert!(message.contains(part), "{message}");
        };
        refused(
            UNetConfig {
                classes: 63,
                ..small
            },
            "0 to 62",
        );
        refused(UNetConfig { heads: 3, ..small }, "3 attention heads");
        refused(UNetConfig { heads: 0, ..small }, "0 attention heads");
        refused(
            UNetConfig {
                out_channels: 3,
                ..small
            },
            "3 output channels",
        );
    }
}
