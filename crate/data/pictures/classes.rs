//! Which class a picture file belongs to, by where it lies and what it is called.

use std::collections::BTreeMap;

use super::super::error::DataError;
use crate::nn::unet::MAX_CLASSES;

/// The folder that a file lies in; `None` for a path without folders.
fn folder(path: &str) -> Option<&str> {
    let (folders, _) = path.rsplit_once('/')?;
    folders.rsplit('/').find(|part| !part.is_empty())
}

/// What a file's name begins with: `7` of `7_0031.png`, `cat` of `cat.12.jpg`.
fn prefix(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(['_', '-', '.', ' ', '(']).next().unwrap_or(name)
}

/// The class of each file, and the names of the classes.
///
/// Files in folders belong to the class that their folder is called after, as in PyTorch's `ImageFolder`. If all lie in one
/// folder or in none, their names decide ([`prefix`]), if at least two files begin alike on average; otherwise all are of one
/// class. Classes whose names are numbers up to 61 have those numbers, and no names; the others are counted in the order of
/// their names.
///
/// # Errors
/// `too_many_classes` if there are more than 62.
pub fn of_paths(paths: &[&str]) -> Result<(Vec<u8>, Vec<String>), DataError> {
    let folders: Vec<Option<&str>> = paths.iter().map(|path| folder(path)).collect();
    let several = folders.iter().any(|folder| *folder != folders[0]);
    let words: Vec<&str> = if several {
        folders.iter().map(|folder| folder.unwrap_or("")).collect()
    } else {
        let prefixes: Vec<&str> = paths.iter().map(|path| prefix(path)).collect();
        if 2 * distinct(&prefixes).len() <= prefixes.len() {
            prefixes
        } else {
            vec![folders[0].unwrap_or(""); paths.len()]
        }
    };
    let names = distinct(&words);
    let numbers: Option<BTreeMap<&str, u8>> = names
        .iter()
        .map(|&name| {
            let number: u8 = name.parse().ok()?;
            (usize::from(number) < MAX_CLASSES).then_some((name, number))
        })
        .collect();
    if let Some(numbers) = numbers {
        return Ok((words.iter().map(|word| numbers[word]).collect(), Vec::new()));
    }
    if names.len() > MAX_CLASSES {
        return Err(DataError::TooManyClasses {
            count: names.len(),
            first: names.iter().take(3).map(|&name| name.into()).collect(),
        });
    }
    let label = |word: &&str| names.binary_search(word).expect("every word is among them") as u8;
    let labels = words.iter().map(label).collect();
    Ok((labels, names.into_iter().map(str::to_owned).collect()))
}

/// The different words, sorted.
fn distinct<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut distinct = words.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    distinct
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    fn named(paths: &[&str]) -> (Vec<u8>, Vec<String>) {
        of_paths(paths).unwrap()
    }

    #[test]
    fn folders_are_classes() {
        let (labels, names) = named(&["set/cat/1.png", "set/dog/1.png", "set/cat/2.png"]);
        assert_eq!(labels, [0, 1, 0]);
        assert_eq!(names, ["cat", "dog"]);
        let (labels, names) = named(&["train/9/a.png", "train/0/a.png", "train/10/a.png"]);
        assert_eq!(labels, [9, 0, 10]);
        assert!(names.is_empty());
    }

    #[test]
    fn without_folders_names_are() {
        let (labels, names) = named(&["7_1.png", "7_2.png", "3_1.png", "3_9.png"]);
        assert_eq!((labels, names.len()), (vec![7, 7, 3, 3], 0));
        let (labels, names) = named(&["x/cat.1.jpg", "x/dog.1.jpg", "x/cat.2.jpg", "x/dog.2.jpg"]);
        assert_eq!(labels, [0, 1, 0, 1]);
        assert_eq!(names, ["cat", "dog"]);
    }

    #[test]
    fn names_that_say_nothing_are_one_class() {
        let (labels, names) = named(&["stars/a.png", "stars/b.png", "stars/c.png"]);
        assert_eq!(labels, [0, 0, 0]);
        assert_eq!(names, ["stars"]);
        let (labels, names) = named(&["a.png"]);
        assert_eq!((&labels[..], &names[..]), (&[0][..], &["".to_owned()][..]));
    }

    #[test]
    fn more_than_62_classes_are_refused_by_name() {
        let paths: Vec<String> = (0..63).map(|n| format!("all/c{n}/x.png")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let error = of_paths(&paths).unwrap_err();
        assert_eq!(error.code(), "too_many_classes");
        assert!(error.to_string().contains("63"), "{error}");
    }
}
