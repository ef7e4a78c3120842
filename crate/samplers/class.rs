//! Which digits to draw.

use serde::{Deserialize, Serialize};

use super::random_labels;
use crate::nn::unet::{MAX_CLASSES, NO_CLASS, UNetConfig};

/// The classes of a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A class of the network for each image, at random ([`random_labels`]).
    #[default]
    Any,
    /// The network's classes in turn, by the image's number.
    All,
    /// Unconditional.
    None,
    /// This class.
    One(u8),
}

impl Class {
    /// Labels of images `first` … `first` + `count` − 1 of the seed for a network of shape `unet`: its classes, or
    /// [`NO_CLASS`], which is all that a network without classes has.
    pub fn labels(self, unet: &UNetConfig, seed: u64, first: u32, count: usize) -> Vec<u8> {
        match self {
            _ if unet.classes == 0 => vec![NO_CLASS; count],
            Self::Any => random_labels(unet.classes, seed, first, count),
            Self::All => (first..)
                .take(count)
                .map(|image| (image % unet.classes as u32) as u8)
                .collect(),
            Self::None => vec![NO_CLASS; count],
            Self::One(digit) => vec![digit; count],
        }
    }
}

impl std::str::FromStr for Class {
    type Err = String;

    /// `any`, `all`, `none`, or the number of a class, which weights may know or not.
    ///
    /// # Errors
    /// Lists what there is.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "any" => Ok(Self::Any),
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            class => match class.parse::<u8>() {
                Ok(class) if usize::from(class) < MAX_CLASSES => Ok(Self::One(class)),
                _ => Err(
                    "it must be any, all, none or the number of a class, such as a digit".into(),
                ),
            },
        }
    }
}
