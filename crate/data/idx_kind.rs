//! The two kinds of idx file.

use std::fmt;

/// A kind of idx file. One file of each makes up a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 28×28 images.
    Images,
    /// Labels, one byte each.
    Labels,
}

impl Kind {
    /// The first word of the file: 08 for unsigned bytes, then the number of dimensions.
    pub const fn magic(self) -> u32 {
        match self {
            Kind::Images => 0x0000_0803,
            Kind::Labels => 0x0000_0801,
        }
    }

    /// The kind of file that begins with the word `magic`, if it is one of the two.
    pub fn of(magic: u32) -> Option<Kind> {
        [Kind::Images, Kind::Labels]
            .into_iter()
            .find(|kind| kind.magic() == magic)
    }

    /// The number of bytes before the values.
    pub(super) const fn header(self) -> usize {
        match self {
            Kind::Images => 16,
            Kind::Labels => 8,
        }
    }

    pub(super) fn other(self) -> Kind {
        match self {
            Kind::Images => Kind::Labels,
            Kind::Labels => Kind::Images,
        }
    }

    pub(super) fn with_article(self) -> &'static str {
        match self {
            Kind::Images => "an image",
            Kind::Labels => "a label",
        }
    }

    /// The name that MNIST's training file of this kind has.
    pub(super) fn example(self) -> &'static str {
        match self {
            Kind::Images => "train-images-idx3-ubyte",
            Kind::Labels => "train-labels-idx1-ubyte",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Images => "image",
            Kind::Labels => "label",
        })
    }
}
