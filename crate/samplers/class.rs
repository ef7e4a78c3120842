//! Which digits to draw.

use serde::{Deserialize, Serialize};

use super::random_labels;
use crate::images::Grid;
use crate::nn::unet::{MAX_CLASSES, NO_CLASS, UNetConfig};

/// The most characters of a text that is drawn, gaps included.
pub const MAX_TEXT: usize = 64;

/// The classes of a draw.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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
    /// These classes in turn, by the image's number. A `None` is no class but a gap before the next one, where the images are
    /// shown in a row ([`Class::grid`]).
    Each(Vec<Option<u8>>),
}

impl Class {
    /// Labels of images `first` … `first` + `count` − 1 of the seed for a network of shape `unet`: its classes, or
    /// [`NO_CLASS`], which is all that a network without classes has.
    pub fn labels(&self, unet: &UNetConfig, seed: u64, first: u32, count: usize) -> Vec<u8> {
        match self {
            _ if unet.classes == 0 => vec![NO_CLASS; count],
            Self::Any => random_labels(unet.classes, seed, first, count),
            Self::All => (first..)
                .take(count)
                .map(|image| (image % unet.classes as u32) as u8)
                .collect(),
            Self::None => vec![NO_CLASS; count],
            Self::One(digit) => vec![*digit; count],
            Self::Each(places) => {
                let classes: Vec<u8> = places.iter().copied().flatten().collect();
                match classes.len() {
                    0 => vec![NO_CLASS; count],
                    turn => classes
                        .into_iter()
                        .cycle()
                        .skip(first as usize % turn)
                        .take(count)
                        .collect(),
                }
            }
        }
    }

    /// The classes that a text names, in its order: a digit names the class with its number, or any letter or digit the class
    /// that is called so, in either case of a letter where only one is there. `names` are those of the classes, empty where they
    /// are digits. Every other character is a gap, as are several in a row; those at the ends are left out.
    ///
    /// # Errors
    /// If a letter or digit names no class, nothing is named, or the text has more than [`MAX_TEXT`] characters.
    pub fn spelt(text: &str, unet: &UNetConfig, names: &[String]) -> Result<Self, String> {
        let known = characters(unet, names);
        if unet.classes == 0 {
            return Err(
                "These weights know no classes, so they cannot draw a text: choose “Any digit”."
                    .into(),
            );
        }
        if known.is_empty() {
            return Err(format!(
                "The classes of these weights are not called by single characters but {}, so no text can be drawn with them.",
                names.join(", ")
            ));
        }
        let mut places = Vec::new();
        for character in text.chars() {
            let of = |same: &dyn Fn(char) -> bool| {
                known
                    .iter()
                    .find(|(name, _)| same(*name))
                    .map(|&(_, class)| class)
            };
            let folded = |name: char| name.to_lowercase().eq(character.to_lowercase());
            match of(&|name| name == character).or_else(|| of(&folded)) {
                Some(class) => places.push(Some(class)),
                None if character.is_alphanumeric() => {
                    let names: Vec<String> =
                        known.iter().map(|(name, _)| name.to_string()).collect();
                    return Err(format!(
                        "“{character}” is none of the classes of these weights, which are {}.",
                        names.join(", ")
                    ));
                }
                None if matches!(places.last(), Some(Some(_))) => places.push(None),
                None => {}
            }
        }
        while let Some(None) = places.last() {
            places.pop();
        }
        if places.is_empty() {
            return Err(
                "There is nothing to draw yet: type a number or a date, such as 2026.".into(),
            );
        }
        if places.len() > MAX_TEXT {
            return Err(format!(
                "The text has {} characters; up to {MAX_TEXT} can be drawn.",
                places.len()
            ));
        }
        Ok(Self::Each(places))
    }

    /// The number of images that a text has; 0 where the images' number is not the classes' affair.
    pub fn spelt_count(&self) -> usize {
        match self {
            Self::Each(places) => places.iter().flatten().count(),
            _ => 0,
        }
    }

    /// How `count` images of a draw are laid out in a picture: in a row where each has its place in one ([`Class::Each`]), else in
    /// the grid that is closest to a square.
    pub fn grid(&self, count: usize) -> Grid {
        match self {
            Self::Each(places) if count > 0 && self.spelt_count() == count => {
                Grid::line(places.iter().map(Option::is_some))
            }
            _ => Grid::square(count),
        }
    }
}

/// The classes that are called by a single letter or digit, with that character.
fn characters(unet: &UNetConfig, names: &[String]) -> Vec<(char, u8)> {
    let single = |name: &str| {
        let mut characters = name.chars();
        characters
            .next()
            .filter(|first| characters.next().is_none() && first.is_alphanumeric())
    };
    if names.is_empty() {
        return ('0'..='9').zip(0..unet.classes.min(10) as u8).collect();
    }
    let numbered = names.iter().zip(0..unet.classes as u8);
    numbered
        .filter_map(|(name, class)| Some((single(name)?, class)))
        .collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::unet::Preset;

    fn network(classes: usize) -> UNetConfig {
        UNetConfig {
            classes,
            ..Preset::Tiny.config()
        }
    }

    fn digits(text: &str) -> Result<Class, String> {
        Class::spelt(text, &network(10), &[])
    }

    #[test]
    fn a_text_names_its_classes_and_other_characters_are_gaps() {
        let year = digits("2026").unwrap();
        assert_eq!(year, Class::Each([2, 0, 2, 6].map(Some).into()));
        assert_eq!(year.labels(&network(10), 7, 0, 4), [2, 0, 2, 6]);
        assert_eq!(year.labels(&network(10), 7, 3, 3), [6, 2, 0], "in turn");
        let date = digits(" 29. 11.").unwrap();
        let expected = [Some(2), Some(9), None, Some(1), Some(1)];
        assert_eq!(date, Class::Each(expected.into()));
        assert_eq!(date.labels(&network(10), 7, 0, 4), [2, 9, 1, 1]);
    }

    #[test]
    fn a_text_is_in_a_row_and_other_numbers_of_images_are_not() {
        let date = digits("29.11").unwrap();
        assert_eq!(date.grid(4).size(), Grid::row(5).size());
        assert_eq!(date.grid(4).places().collect::<Vec<_>>(), [0, 1, 3, 4]);
        assert_eq!(date.grid(9), Grid::square(9));
        assert_eq!(Class::Any.grid(4), Grid::square(4));
    }

    #[test]
    fn letters_are_found_by_their_names() {
        let names: Vec<String> = ["–", "A", "b", "B"].map(str::to_owned).into();
        let spelt = |text: &str| Class::spelt(text, &network(4), &names);
        assert_eq!(spelt("aBb"), Ok(Class::Each([1, 3, 2].map(Some).into())));
        assert_eq!(spelt("A–A").unwrap().grid(2).columns, 3, "a dash is a gap");
        assert!(spelt("7").unwrap_err().contains("which are A, b, B."));
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for (found, words) in [
            (
                digits("20x6"),
                "“x” is none of the classes of these weights, which are 0, 1,",
            ),
            (digits(" .-"), "nothing to draw yet"),
            (digits(&"1".repeat(65)), "has 65 characters"),
            (
                Class::spelt("7", &network(5), &[]),
                "which are 0, 1, 2, 3, 4.",
            ),
            (Class::spelt("7", &network(0), &[]), "know no classes"),
            (
                Class::spelt("7", &network(2), &["cat".into(), "dog".into()]),
                "but cat, dog",
            ),
        ] {
            let message = found.unwrap_err();
            assert!(message.contains(words), "{message}");
        }
    }
}
