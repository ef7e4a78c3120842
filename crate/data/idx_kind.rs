//! The two kinds of idx file.

use std::fmt;

/// A kind of idx file. One file of each makes up a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Images, grey or with a fourth dimension of colours.
    Images,
    /// Labels.
    Labels,
}

/// The first word of an idx file: two zeros, the type of the values, and the number of dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Magic {
    /// The number of bytes of a value: 1 for unsigned bytes (type 08), 2 (0B) and 4 (0C) for signed numbers.
    pub size: usize,
    /// The number of dimensions, one 32-bit word each after this one.
    pub dimensions: usize,
}

impl Magic {
    /// The word's meaning, if it begins an idx file with whole numbers.
    pub fn of(word: u32) -> Option<Magic> {
        let [0, 0, kind, dimensions] = word.to_be_bytes() else {
            return None;
        };
        let size = match kind {
            0x08 => 1,
            0x0b => 2,
            0x0c => 4,
            _ => return None,
        };
        Some(Magic {
            size,
            dimensions: usize::from(dimensions),
        })
    }

    /// The number of bytes before the values.
    pub fn header(self) -> usize {
        4 + 4 * self.dimensions
    }
}

impl Kind {
    /// The first word of MNIST's files of this kind: 08 for unsigned bytes, then the number of dimensions.
    pub const fn magic(self) -> u32 {
        match self {
            Kind::Images => 0x0000_0803,
            Kind::Labels => 0x0000_0801,
        }
    }

    /// The kind of file that begins with the word `magic`, if it is one of the two. Images may be in colour; labels may be numbers of one, two or
    /// four bytes, and may be the first of several columns, as in QMNIST's files.
    pub fn of(magic: u32) -> Option<Kind> {
        match Magic::of(magic)? {
            Magic {
                size: 1,
                dimensions: 3 | 4,
            } => Some(Kind::Images),
            Magic {
                dimensions: 1 | 2, ..
            } => Some(Kind::Labels),
            _ => None,
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
