//! A folder of results that took long, so that an interrupted evaluation continues where it was.
//!
//! A result's file name is a hash of everything that the result depends on, apart from the program itself. The folder may
//! be deleted at any time; it must be deleted after a change to samplers or measures that changes their results.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use ddpm::distributed::Ranks;
use ddpm::images::fingerprint;
use ddpm::nn::unet::PIXELS;
use ddpm::samplers::Class;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::draw::Generator;
use super::files;
use super::progress::ProgressDisplay;

/// Images in a cached file: an interruption loses at most this many.
const CHUNK: usize = 512;

/// The folder with the results.
pub struct Cache {
    folder: PathBuf,
}

/// Images that were drawn.
pub struct DrawnImages {
    /// The images, N×28×28 bytes.
    pub pixels: Vec<u8>,
    /// The labels that they were drawn for.
    pub labels: Vec<u8>,
    /// The time that drawing took, in seconds, summed over the runs of the command that drew them, and over the ranks of each.
    pub seconds: f64,
}

/// A result with its key.
#[derive(Serialize, Deserialize)]
struct Entry<T> {
    /// The key as text, because numbers would be rounded when JSON is read back.
    key: String,
    value: T,
}

impl Cache {
    /// Opens the cache in `folder`, which is made if it does not exist.
    ///
    /// # Errors
    /// If the folder cannot be made or written to.
    pub fn open(folder: PathBuf) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        files::check_writable(&folder.join("entry"))?;
        Ok(Self { folder })
    }

    /// Returns the cached result for `key`, or computes and stores it. The result must depend on `key` alone.
    ///
    /// # Errors
    /// That of `compute`, or if the result cannot be written.
    pub fn get<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        key: serde_json::Value,
        compute: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let path = self.path(name, &key, "json");
        let text = key.to_string();
        if let Ok(bytes) = std::fs::read(&path) {
            // A damaged file, or one whose key has the same hash by accident, is computed again.
            if let Ok(entry) = serde_json::from_slice::<Entry<T>>(&bytes)
                && entry.key == text
            {
                return Ok(entry.value);
            }
        }
        let entry = Entry {
            key: text,
            value: compute()?,
        };
        files::write(&path, &serde_json::to_vec_pretty(&entry)?)?;
        Ok(entry.value)
    }

    /// Draws `count` images of `class` with `generator`, whose weights have the fingerprint `weights`; images in the cache
    /// are read from it.
    ///
    /// # Errors
    /// Those of [`Generator::draw`], or if the images cannot be written.
    pub fn draw(
        &self,
        generator: &Generator,
        weights: &str,
        class: Class,
        count: usize,
    ) -> anyhow::Result<DrawnImages> {
        self.draw_with(
            generator,
            weights,
            class,
            count,
            |first, labels, progress| {
                let start = Instant::now();
                let drawn = generator.draw(first, labels, progress)?;
                Ok((drawn, start.elapsed().as_secs_f64()))
            },
        )
    }

    /// [`Cache::draw`] by a function that draws the images of these labels from image number `first` on, and says how many
    /// seconds of a process that took.
    fn draw_with(
        &self,
        generator: &Generator,
        weights: &str,
        class: Class,
        count: usize,
        draw: impl Fn(u32, &[u8], &mut dyn FnMut(u64)) -> anyhow::Result<(Vec<u8>, f64)>,
    ) -> anyhow::Result<DrawnImages> {
        let settings = generator.settings();
        let steps = settings.sampler.steps;
        let what = format!("{count} digits × {steps} steps");
        let mut progress = ProgressDisplay::new((count as u64) * u64::from(steps), what);
        let mut drawn = DrawnImages {
            pixels: Vec::new(),
            labels: class.labels(generator.unet(), settings.seed, 0, count),
            seconds: 0.0,
        };
        for (number, labels) in drawn.labels.chunks(CHUNK).enumerate() {
            let first = number * CHUNK;
            let key = serde_json::json!({
                "weights": weights, "manner": settings, "labels": labels, "first": first,
            });
            let path = self.path("images", &key, "npy");
            let mut pixels = files::read_images(&path)
                .ok()
                .filter(|pixels| pixels.len() == labels.len() * PIXELS);
            if pixels.is_none() {
                // A time without images: the images were deleted, so the time must be measured again.
                files::remove(&self.path("drawing", &key, "json"))?;
            }
            // The time is written after the images, so its presence means that they are complete.
            let seconds = self.get("drawing", key, || {
                let mut add = |done| progress.add(done);
                let (fresh, seconds) = draw(first as u32, labels, &mut add)?;
                files::write_images(&path, &fresh)?;
                pixels = Some(fresh);
                Ok(seconds)
            })?;
            drawn.seconds += seconds;
            drawn.pixels.extend(pixels.expect("kept, or just drawn"));
            progress.set(((first + labels.len()) as u64) * u64::from(steps));
        }
        Ok(drawn)
    }

    fn path(&self, name: &str, key: &serde_json::Value, extension: &str) -> PathBuf {
        let hash = fingerprint(key.to_string().as_bytes());
        self.folder.join(format!("{name}-{hash}.{extension}"))
    }
}

/// Draws sets of images as one of several ranks, each set by its generator. Rank 0 has the cache, and tells the others which images
/// of a set it lacks.
///
/// # Errors
/// As [`Cache::draw`]; also if the cache cannot be opened, or a rank keeps silent.
pub fn draw_by_ranks(
    ranks: &Ranks,
    folder: &Path,
    weights: &str,
    sets: &[(Generator, Class, usize)],
) -> anyhow::Result<()> {
    let Some(collective) = ranks.collective() else {
        return Ok(());
    };
    // The first image's number and the labels; nothing when all of a set are drawn.
    let what = "which images to draw next";
    if !ranks.is_first() {
        for (generator, ..) in sets {
            loop {
                let images = collective.broadcast(what, Vec::new())?;
                let Some((first, labels)) = images.split_first_chunk::<4>() else {
                    break;
                };
                generator.draw_by_ranks(ranks, u32::from_le_bytes(*first), labels, |_| ())?;
            }
        }
        return Ok(());
    }
    let cache = Cache::open(folder.to_owned())?;
    for (generator, class, count) in sets {
        cache.draw_with(
            generator,
            weights,
            class.clone(),
            *count,
            |first, labels, progress| {
                let start = Instant::now();
                collective.broadcast(what, [&first.to_le_bytes(), labels].concat())?;
                let drawn = generator.draw_by_ranks(ranks, first, labels, progress)?;
                Ok((drawn, start.elapsed().as_secs_f64() * ranks.size() as f64))
            },
        )?;
        collective.broadcast(what, Vec::new())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_computed_once_for_each_key() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path().join("new/folder")).unwrap();
        let key = |n: u32| serde_json::json!({ "n": n });
        let twice = |n: u32| cache.get("twice", key(n), || Ok(2 * n)).unwrap();
        assert_eq!((twice(3), twice(4)), (6, 8));
        let kept: u32 = cache
            .get("twice", key(3), || unreachable!("it is there"))
            .unwrap();
        assert_eq!(kept, 6);
    }

    #[test]
    fn a_failed_or_damaged_result_is_computed_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path().to_owned()).unwrap();
        let key = serde_json::json!(1);
        let failed: anyhow::Result<u32> = cache.get("x", key.clone(), || anyhow::bail!("no"));
        assert!(failed.is_err());
        assert_eq!(cache.get("x", key.clone(), || Ok(5)).unwrap(), 5);
        std::fs::write(cache.path("x", &key, "json"), "{").unwrap();
        assert_eq!(cache.get("x", key, || Ok(7)).unwrap(), 7);
    }
}
