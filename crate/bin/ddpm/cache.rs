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

use super::draw::{Generator, Run, runs_from_bytes, runs_to_bytes};
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
        match self.read(name, &key) {
            Some(value) => Ok(value),
            None => self.write(name, &key, compute()?),
        }
    }

    /// The result for `key`, if it is here. A damaged file, or one whose key has the same hash by accident, has none.
    fn read<T: DeserializeOwned>(&self, name: &str, key: &serde_json::Value) -> Option<T> {
        let bytes = std::fs::read(self.path(name, key, "json")).ok()?;
        let entry: Entry<T> = serde_json::from_slice(&bytes).ok()?;
        let text = key.to_string();
        (entry.key == text).then_some(entry.value)
    }

    /// Stores the result for `key`, and gives it back.
    fn write<T: Serialize>(
        &self,
        name: &str,
        key: &serde_json::Value,
        value: T,
    ) -> anyhow::Result<T> {
        let entry = Entry {
            key: key.to_string(),
            value,
        };
        let bytes = serde_json::to_vec_pretty(&entry)?;
        files::write(&self.path(name, key, "json"), &bytes)?;
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
        let steps = u64::from(generator.settings().sampler.steps);
        let what = format!("{count} digits × {steps} steps");
        let mut progress = ProgressDisplay::new(count as u64 * steps, what);
        let mut drawn = DrawnImages {
            pixels: Vec::new(),
            labels: Vec::new(),
            seconds: 0.0,
        };
        for chunk in chunks(generator, weights, class, count) {
            let (pixels, seconds) = match self.drawn(&chunk) {
                Some(found) => found,
                None => {
                    let start = Instant::now();
                    let mut add = |done| progress.add(done);
                    let pixels = generator.draw(chunk.run.first, &chunk.run.labels, &mut add)?;
                    let seconds = start.elapsed().as_secs_f64();
                    self.keep(&chunk, &pixels, seconds)?;
                    (pixels, seconds)
                }
            };
            drawn.pixels.extend(pixels);
            drawn.labels.extend(chunk.run.labels);
            drawn.seconds += seconds;
            progress.set(drawn.labels.len() as u64 * steps);
        }
        Ok(drawn)
    }

    /// The images of a chunk and the seconds that drawing them took, if they are here.
    fn drawn(&self, chunk: &Chunk) -> Option<(Vec<u8>, f64)> {
        // The time is written after the images, so its presence means that they are complete.
        let seconds = self.read("drawing", &chunk.key)?;
        let pixels = files::read_images(&self.path("images", &chunk.key, "npy")).ok()?;
        (pixels.len() == chunk.run.labels.len() * PIXELS).then_some((pixels, seconds))
    }

    /// Keeps the images of a chunk.
    fn keep(&self, chunk: &Chunk, pixels: &[u8], seconds: f64) -> anyhow::Result<()> {
        // Images without a time, if this is interrupted: they are drawn again.
        files::remove(&self.path("drawing", &chunk.key, "json"))?;
        files::write_images(&self.path("images", &chunk.key, "npy"), pixels)?;
        self.write("drawing", &chunk.key, seconds)?;
        Ok(())
    }

    fn path(&self, name: &str, key: &serde_json::Value, extension: &str) -> PathBuf {
        let hash = fingerprint(key.to_string().as_bytes());
        self.folder.join(format!("{name}-{hash}.{extension}"))
    }
}

/// Images of a draw that one file holds.
struct Chunk {
    run: Run,
    /// All that the images depend on: their file's name is its hash.
    key: serde_json::Value,
}

/// The chunks of a draw of `count` images of `class`.
fn chunks(generator: &Generator, weights: &str, class: Class, count: usize) -> Vec<Chunk> {
    let settings = generator.settings();
    let labels = class.labels(generator.unet(), settings.seed, 0, count);
    let starts = (0..).step_by(CHUNK);
    let chunk = |(labels, first): (&[u8], u32)| Chunk {
        run: Run {
            first,
            labels: labels.to_vec(),
        },
        key: serde_json::json!({
            "weights": weights, "manner": settings, "labels": labels, "first": first,
        }),
    };
    labels.chunks(CHUNK).zip(starts).map(chunk).collect()
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
    // Nothing is sent when a set is complete.
    let what = "which images to draw next";
    if !ranks.is_first() {
        for (generator, ..) in sets {
            loop {
                let told = collective.broadcast(what, Vec::new())?;
                if told.is_empty() {
                    break;
                }
                generator.draw_by_ranks(ranks, &runs_from_bytes(&told), |_| ())?;
            }
        }
        return Ok(());
    }
    let cache = Cache::open(folder.to_owned())?;
    for (generator, class, count) in sets {
        let mut missing = chunks(generator, weights, class.clone(), *count);
        missing.retain(|chunk| cache.drawn(chunk).is_none());
        let steps = u64::from(generator.settings().sampler.steps);
        let images: usize = missing.iter().map(|chunk| chunk.run.labels.len()).sum();
        let title = format!("{images} digits × {steps} steps");
        let mut progress = ProgressDisplay::new(images as u64 * steps, title);
        // A round has so many chunks that each rank has a batch to draw, because a rank without one only waits.
        let at_once = ranks.size().div_ceil(CHUNK.div_ceil(generator.batch()));
        for group in missing.chunks(at_once) {
            let start = Instant::now();
            let runs: Vec<Run> = group.iter().map(|chunk| chunk.run.clone()).collect();
            collective.broadcast(what, runs_to_bytes(&runs))?;
            let drawn = generator.draw_by_ranks(ranks, &runs, |done| progress.add(done))?;
            let seconds = start.elapsed().as_secs_f64() * ranks.size() as f64;
            let mut rest = &drawn[..];
            for chunk in group {
                let (pixels, others) = rest.split_at(chunk.run.labels.len() * PIXELS);
                cache.keep(chunk, pixels, seconds / group.len() as f64)?;
                rest = others;
            }
        }
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
