//! Results that took long, kept in a folder so that an interrupted evaluation goes on where it was.
//!
//! Each is named by everything that was asked for, so the folder may be kept, and deleted. What it does not know is the
//! program: after a change of samplers or measures that changes results it is to be deleted.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use ddpm::images::fingerprint;
use ddpm::nn::unet::PIXELS;
use ddpm::samplers::Class;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::draw::Generator;
use super::files;
use super::progress::Bar;

/// Images drawn between two savings.
const CHUNK: usize = 512;

pub struct Cache {
    folder: PathBuf,
}

/// Drawn images, or a part of them.
pub struct Drawn {
    pub pixels: Vec<u8>,
    pub labels: Vec<u8>,
    /// Time the drawing took, without what else a command does.
    pub seconds: f64,
}

/// A result with what it is the result of.
#[derive(Serialize, Deserialize)]
struct Entry<T> {
    /// As text: numbers would be rounded when they are read back.
    key: String,
    value: T,
}

impl Cache {
    /// In `folder`, which is made if need be.
    pub fn open(folder: PathBuf) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        files::check_writable(&folder.join("entry"))?;
        Ok(Self { folder })
    }

    /// The result of `compute`, which depends on `key` alone.
    pub fn get<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        key: serde_json::Value,
        compute: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let path = self.path(name, &key, "json");
        let text = key.to_string();
        if let Ok(bytes) = std::fs::read(&path) {
            // What cannot be read, or has another key by accident, is computed again.
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

    /// `count` images of `class` drawn by `generator`, whose weights have the fingerprint `weights`.
    pub fn draw(
        &self,
        generator: &Generator,
        weights: &str,
        class: Class,
        count: usize,
    ) -> anyhow::Result<Drawn> {
        let manner = generator.manner();
        let steps = manner.sampler.steps;
        let what = format!("{count} digits × {steps} steps");
        let mut progress = Bar::new((count as u64) * u64::from(steps), what);
        let mut drawn = Drawn {
            pixels: Vec::new(),
            labels: class.labels(manner.seed, 0, count),
            seconds: 0.0,
        };
        for (number, labels) in drawn.labels.chunks(CHUNK).enumerate() {
            let first = number * CHUNK;
            let key = serde_json::json!({
                "weights": weights, "manner": manner, "labels": labels, "first": first,
            });
            let path = self.path("images", &key, "npy");
            let mut pixels = files::read_images(&path)
                .ok()
                .filter(|pixels| pixels.len() == labels.len() * PIXELS);
            if pixels.is_none() {
                // A time without images is of images that somebody deleted.
                files::remove(&self.path("drawing", &key, "json"))?;
            }
            // The time is written last: where it is, the images are whole.
            let seconds = self.get("drawing", key, || {
                let start = Instant::now();
                let fresh = generator.draw(first as u32, labels, |done| progress.add(done))?;
                let seconds = start.elapsed().as_secs_f64();
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
    fn what_failed_or_was_damaged_is_computed_again() {
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
