//! Which digits to draw.

use serde::{Deserialize, Serialize};

use super::random_labels;
use crate::nn::unet::{CLASSES, NO_CLASS};

/// The classes of a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Each image's at random ([`random_labels`]).
    #[default]
    Any,
    /// 0 to 9 in turn, by the image's number.
    All,
    /// Unconditional.
    None,
    /// This digit, 0 to 9.
    One(u8),
}

impl Class {
    /// Labels of images `first` … `first` + `count` − 1 of the seed: 0 to 9, or [`NO_CLASS`].
    pub fn labels(self, seed: u64, first: u32, count: usize) -> Vec<u8> {
        match self {
            Self::Any => random_labels(seed, first, count),
            Self::All => (first..)
                .take(count)
                .map(|image| (image % CLASSES as u32) as u8)
                .collect(),
            Self::None => vec![NO_CLASS as u8; count],
            Self::One(digit) => vec![digit; count],
        }
    }
}

impl std::str::FromStr for Class {
    type Err = String;

    /// `any`, `all`, `none`, or a digit.
    ///
    /// # Errors
    /// Lists what there is.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "any" => Ok(Self::Any),
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            digit => match digit.parse() {
                Ok(digit @ 0..=9) => Ok(Self::One(digit)),
                _ => Err("it must be any, all, none or a digit from 0 to 9".into()),
            },
        }
    }
}
