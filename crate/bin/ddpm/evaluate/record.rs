//! Recording figures in the metadata of the weights file that they describe.

use std::collections::BTreeMap;

use anyhow::ensure;
use ddpm::checkpoint;
use ddpm::diffusion::GuidanceInterval;
use ddpm::evaluation::figures::Figures;
use ddpm::nn::unet::UNet;
use serde_json::Value;

use super::super::draw::DrawSettings;
use super::super::files;
use super::weights::WeightsFile;

/// Figures by name, as in [`ddpm::checkpoint::Metadata::figures`].
type Recorded = BTreeMap<String, f64>;

/// The names that describe how the digits were drawn begin with this.
const DRAWN: &str = "Drawn";
/// The names of figures that do not depend on the drawn digits begin with this.
const OF_NETWORK: &str = "Bits/dim";

impl WeightsFile {
    /// Adds `figures` to the file's metadata; the parameters stay as they are. Figures of digits that were drawn with
    /// settings other than `settings`, or with settings that the file does not name, are removed. Returns their names.
    ///
    /// # Errors
    /// If the file has changed since it was read, or cannot be written.
    pub fn record(
        &self,
        figures: &Figures,
        settings: &DrawSettings,
    ) -> anyhow::Result<Vec<String>> {
        ensure!(
            files::read_weights(&self.path)? == self.checkpoint,
            "{} has changed since it was measured; give the command again (what took long is kept in \
             --cache)",
            self.path.display()
        );
        let mut checkpoint = self.checkpoint.clone();
        let removed = merge(&mut checkpoint.meta.figures, entries(figures, settings)?);
        let bytes = checkpoint::encode(&checkpoint, UNet::layout, checkpoint.exact_dtype())?;
        files::write(&self.path, &bytes)?;
        Ok(removed)
    }
}

/// The most important figures, with the number of images and the settings with which these were drawn.
fn entries(figures: &Figures, settings: &DrawSettings) -> anyhow::Result<Recorded> {
    let mut found = figures.summary();
    let mut add = |name: String, value: f64| {
        found.insert(name, value);
    };
    if let Some(bits) = &figures.bits {
        add(format!("{OF_NETWORK}, test images"), bits.images as f64);
    }
    let Some(set) = &figures.conditional else {
        return Ok(found);
    };
    add(format!("{DRAWN} digits"), set.count as f64);
    add(format!("{DRAWN} with guidance"), settings.cfg_scale);
    let GuidanceInterval {
        cfg_t_min,
        cfg_t_max,
    } = settings.interval;
    if cfg_t_min > 0.0 {
        add(format!("{DRAWN} with guidance from t / T"), cfg_t_min);
    }
    if cfg_t_max < 1.0 {
        add(format!("{DRAWN} with guidance below t / T"), cfg_t_max);
    }
    if settings.seed != 0 {
        add(format!("{DRAWN} with seed"), settings.seed as f64);
    }
    let steps = f64::from(settings.sampler.steps);
    let Value::Object(default) = serde_json::to_value(settings.default_sampler())? else {
        unreachable!("a struct is an object");
    };
    let sampler = serde_json::to_value(&settings.sampler)?;
    let kind = sampler["kind"].as_str().unwrap_or_default();
    add(format!("{DRAWN} in steps of {kind}"), steps);
    // Values are numbers, so a setting that is text becomes part of the name.
    for (name, usual) in default {
        match &sampler[&name] {
            value if *value == usual => {}
            Value::Bool(on) => add(format!("{DRAWN} with {name}"), f64::from(*on)),
            Value::Number(number) => add(
                format!("{DRAWN} with {name}"),
                number.as_f64().unwrap_or_default(),
            ),
            other => add(
                format!("{DRAWN} with {name} {}", other.as_str().unwrap_or_default()),
                1.0,
            ),
        }
    }
    Ok(found)
}

/// Adds `found` to `recorded` and returns the names of the figures that it removed: those of digits drawn with other
/// settings than the new ones.
fn merge(recorded: &mut Recorded, found: Recorded) -> Vec<String> {
    let drawn_with = |figures: &Recorded| -> Recorded {
        let drawn = figures.iter().filter(|(name, _)| name.starts_with(DRAWN));
        drawn.map(|(name, value)| (name.clone(), *value)).collect()
    };
    let drawn = drawn_with(&found);
    let mut removed = Vec::new();
    if !drawn.is_empty() && drawn != drawn_with(recorded) {
        recorded.retain(|name, _| {
            let kept = name.starts_with(OF_NETWORK);
            if !(kept || name.starts_with(DRAWN) || found.contains_key(name)) {
                removed.push(name.clone());
            }
            kept
        });
    }
    recorded.extend(found);
    removed
}

#[cfg(test)]
mod tests {
    use ddpm::checkpoint::{Checkpoint, Dtype};
    use ddpm::evaluation::bootstrap::Estimate;
    use ddpm::samplers::SamplerConfig;

    use super::*;

    fn recorded<const N: usize>(entries: [(&str, f64); N]) -> Recorded {
        entries.map(|(name, value)| (name.to_owned(), value)).into()
    }

    #[test]
    fn figures_are_kept_if_the_settings_agree() {
        let before = recorded([
            ("Accuracy, %", 90.0),
            ("Bits/dim", 2.0),
            ("Classification accuracy score, %", 80.0),
            ("Drawn digits", 100.0),
        ]);
        let mut figures = before.clone();
        let again = recorded([("Accuracy, %", 91.0), ("Drawn digits", 100.0)]);
        assert!(merge(&mut figures, again).is_empty());
        let mut expected = before.clone();
        expected.insert("Accuracy, %".into(), 91.0);
        assert_eq!(figures, expected);

        // Figures of the network alone do not touch those of drawn digits.
        let mut figures = before.clone();
        assert!(merge(&mut figures, recorded([("Bits/dim", 1.5)])).is_empty());
        let mut expected = before.clone();
        expected.insert("Bits/dim".into(), 1.5);
        assert_eq!(figures, expected);

        let mut figures = before;
        let other = recorded([("Accuracy, %", 99.0), ("Drawn digits", 50.0)]);
        let removed = merge(&mut figures, other);
        assert_eq!(removed, ["Classification accuracy score, %"]);
        let expected = recorded([
            ("Accuracy, %", 99.0),
            ("Bits/dim", 2.0),
            ("Drawn digits", 50.0),
        ]);
        assert_eq!(figures, expected);
    }

    #[test]
    fn a_file_that_has_changed_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        let write = |origin: &str| {
            let meta = checkpoint::Metadata {
                origin: origin.into(),
                unet: ddpm::nn::unet::Preset::Tiny.config(),
                ..checkpoint::Metadata::default()
            };
            let values = UNet::layout(&meta.unet).initial(0);
            let bytes = Checkpoint::new(meta, values);
            let bytes = checkpoint::encode(&bytes, UNet::layout, Dtype::F32).unwrap();
            files::write(&path, &bytes).unwrap();
            bytes
        };
        write("the first");
        let weights = WeightsFile::read(&path).unwrap();
        let settings = DrawSettings {
            sampler: SamplerConfig::default(),
            cfg_scale: 1.5,
            interval: GuidanceInterval::ALL,
            seed: 0,
        };
        weights
            .record(&Figures::new(Estimate::exact(0.99)), &settings)
            .unwrap();
        let other = write("the second");
        let error = weights
            .record(&Figures::new(Estimate::exact(0.99)), &settings)
            .unwrap_err();
        assert!(error.to_string().contains("has changed"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), other);
    }
}
