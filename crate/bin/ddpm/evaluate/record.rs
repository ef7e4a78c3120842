//! Figures in the file of the weights that they are of.

use std::collections::BTreeMap;

use anyhow::ensure;
use ddpm::checkpoint::{self, Checkpoint, Dtype};
use ddpm::evaluation::report::Figures;
use ddpm::nn::unet::UNet;
use serde_json::Value;

use super::super::draw::Manner;
use super::super::files;
use super::report::Weights;

/// As in a file: [`ddpm::checkpoint::Metadata::figures`].
type Recorded = BTreeMap<String, f64>;

/// How the names begin that say how digits were drawn.
const DRAWN: &str = "Drawn";
/// How the names begin that are of the network, whatever was drawn with it.
const OF_NETWORK: &str = "Bits/dim";

impl Weights {
    /// Writes `figures` into the file that they are of, beside those that are there. Its numbers stay
    /// as they are. Gives back the names that are no longer there, because they are of digits that were
    /// drawn in another way than `manner`, or in one that the file does not name.
    ///
    /// # Errors
    /// If the file is no longer what was measured.
    pub fn record(&self, figures: &Figures, manner: &Manner) -> anyhow::Result<Vec<String>> {
        ensure!(
            files::read_weights(&self.path)? == self.checkpoint,
            "{} has changed since it was measured; give the command again (what took long is kept in \
             --cache)",
            self.path.display()
        );
        let Checkpoint { mut meta, values } = self.checkpoint.clone();
        let lost = merge(&mut meta.figures, entries(figures, manner)?);
        let layout = UNet::layout(&meta.unet);
        let bytes = checkpoint::encode(&layout, &values, &meta, Dtype::exact(&values))?;
        files::write(&self.path, &bytes)?;
        Ok(lost)
    }
}

/// The figures that say most, of how many images they are, and how these were drawn.
fn entries(figures: &Figures, manner: &Manner) -> anyhow::Result<Recorded> {
    let mut found = figures.summary();
    let mut note = |name: String, value: f64| {
        found.insert(name, value);
    };
    if let Some(bits) = &figures.bits {
        note(format!("{OF_NETWORK}, test images"), bits.images as f64);
    }
    let Some(set) = &figures.conditional else {
        return Ok(found);
    };
    note(format!("{DRAWN} digits"), set.count as f64);
    note(format!("{DRAWN} with guidance"), manner.cfg_scale);
    if manner.seed != 0 {
        note(format!("{DRAWN} with seed"), manner.seed as f64);
    }
    let steps = f64::from(manner.sampler.steps);
    let Value::Object(default) = serde_json::to_value(manner.usual_sampler())? else {
        unreachable!("a struct is an object");
    };
    let settings = serde_json::to_value(&manner.sampler)?;
    let kind = settings["kind"].as_str().unwrap_or_default();
    note(format!("{DRAWN} in steps of {kind}"), steps);
    // A figure is a number: what is none is said in the name.
    for (name, usual) in default {
        match &settings[&name] {
            value if *value == usual => {}
            Value::Bool(on) => note(format!("{DRAWN} with {name}"), f64::from(*on)),
            Value::Number(number) => note(
                format!("{DRAWN} with {name}"),
                number.as_f64().unwrap_or_default(),
            ),
            other => note(
                format!("{DRAWN} with {name} {}", other.as_str().unwrap_or_default()),
                1.0,
            ),
        }
    }
    Ok(found)
}

/// Puts `found` into `recorded` and gives back the names of figures that had to go.
fn merge(recorded: &mut Recorded, found: Recorded) -> Vec<String> {
    let manner = |figures: &Recorded| -> Recorded {
        let drawn = figures.iter().filter(|(name, _)| name.starts_with(DRAWN));
        drawn.map(|(name, value)| (name.clone(), *value)).collect()
    };
    let drawn = manner(&found);
    let mut lost = Vec::new();
    if !drawn.is_empty() && drawn != manner(recorded) {
        recorded.retain(|name, _| {
            let kept = name.starts_with(OF_NETWORK);
            if !(kept || name.starts_with(DRAWN) || found.contains_key(name)) {
                lost.push(name.clone());
            }
            kept
        });
    }
    recorded.extend(found);
    lost
}

#[cfg(test)]
mod tests {
    use ddpm::samplers::SamplerConfig;

    use super::*;

    fn recorded<const N: usize>(entries: [(&str, f64); N]) -> Recorded {
        entries.map(|(name, value)| (name.to_owned(), value)).into()
    }

    #[test]
    fn figures_of_one_manner_lie_beside_each_other() {
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

        // Nothing was drawn: nothing that was drawn before is in doubt.
        let mut figures = before.clone();
        assert!(merge(&mut figures, recorded([("Bits/dim", 1.5)])).is_empty());
        let mut expected = before.clone();
        expected.insert("Bits/dim".into(), 1.5);
        assert_eq!(figures, expected);

        let mut figures = before;
        let other = recorded([("Accuracy, %", 99.0), ("Drawn digits", 50.0)]);
        let lost = merge(&mut figures, other);
        assert_eq!(lost, ["Classification accuracy score, %"]);
        let expected = recorded([
            ("Accuracy, %", 99.0),
            ("Bits/dim", 2.0),
            ("Drawn digits", 50.0),
        ]);
        assert_eq!(figures, expected);
    }

    #[test]
    fn a_file_that_has_changed_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.safetensors");
        let write = |origin: &str| {
            let meta = checkpoint::Metadata {
                origin: origin.into(),
                unet: ddpm::nn::unet::Preset::Tiny.config(),
                ..checkpoint::Metadata::default()
            };
            let layout = UNet::layout(&meta.unet);
            let bytes = checkpoint::encode(&layout, &layout.initial(0), &meta, Dtype::F32).unwrap();
            files::write(&path, &bytes).unwrap();
            bytes
        };
        write("the first");
        let weights = Weights::read(&path).unwrap();
        let manner = Manner {
            sampler: SamplerConfig::default(),
            cfg_scale: 1.5,
            seed: 0,
        };
        weights.record(&Figures::new(0.99), &manner).unwrap();
        let other = write("the second");
        let error = weights.record(&Figures::new(0.99), &manner).unwrap_err();
        assert!(error.to_string().contains("has changed"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), other);
    }
}
