//! The recipes that a visitor chooses from, with what was measured of each.

use serde::Serialize;

use super::{LrDecay, ShortRun, TrainConfig};
use crate::nn::unet::Preset;

/// A recipe with its network and its length, under a name.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct RunPlan {
    /// Its name in files and addresses.
    pub name: &'static str,
    /// What the page calls it.
    pub title: &'static str,
    /// What it gives, in sentences. Their figures are those of `docs/training.md` and `docs/quality.md`.
    pub gives: &'static str,
    /// The network.
    pub preset: Preset,
    /// The recipe.
    pub config: TrainConfig,
    /// The number of steps of the run; 0 goes on until it is paused.
    pub steps: u32,
    /// The number of steps that its length is told for: `steps`, or, without an end, those of its source.
    pub usual_steps: u32,
    /// Whether another network goes by the [`ShortRun`] of its own size.
    pub short: bool,
}

impl RunPlan {
    /// All of them, in the order to offer them.
    pub fn all() -> Vec<Self> {
        let short = |preset, name, title, gives| {
            let ShortRun {
                preset,
                config,
                steps,
            } = ShortRun::of(preset);
            Self {
                name,
                title,
                gives,
                preset,
                config,
                steps,
                usual_steps: steps,
                short: true,
            }
        };
        let overnight = 14_063;
        vec![
            short(
                Preset::Tiny,
                "minute",
                "A minute",
                "Digits that people recognise: 93 to 98 of a hundred are what was asked for (three runs). The smallest network sees \
                 19,200 images.",
            ),
            short(
                Preset::Small,
                "coffee",
                "A coffee",
                "Better digits: 96 to 98 of a hundred are what was asked for. A network seven times as large sees 19,200 images.",
            ),
            Self {
                name: "overnight",
                title: "Overnight",
                gives: "As good as this gets: 99.4 % of the digits are what was asked for. The same network sees every image 15 \
                        times. The weights that come with this page began so.",
                preset: Preset::Small,
                config: TrainConfig {
                    batch_size: 64,
                    learning_rate: 1e-3,
                    warmup_steps: 500,
                    decay_steps: overnight,
                    lr_decay: LrDecay::Cosine,
                    ..TrainConfig::default()
                },
                steps: overnight,
                usual_steps: overnight,
                short: false,
            },
            Self {
                name: "paper",
                title: "The paper's",
                gives: "The settings of Ho et al. 2020: batches of 128, a constant learning rate of 0.0002, a long average. The paper \
                        ran 800,000 steps, on colour pictures and a network sixty times as large; how soon it gives digits here was \
                        not measured. It goes on until you pause it.",
                preset: Preset::Small,
                config: TrainConfig {
                    batch_size: 128,
                    learning_rate: 2e-4,
                    warmup_steps: 5_000,
                    decay_steps: 0,
                    ema_decay: 0.9999,
                    ..TrainConfig::default()
                },
                steps: 0,
                usual_steps: 800_000,
                short: false,
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_can_be_run() {
        let plans = RunPlan::all();
        for plan in &plans {
            plan.config.validate(60_000).unwrap();
            assert!(
                plan.steps == 0 || plan.config.decay_steps == plan.steps,
                "{}",
                plan.name
            );
            assert!(plan.usual_steps > 0);
        }
        // What the page opens with: digits that people recognise, soonest.
        let ShortRun { config, steps, .. } = ShortRun::of(Preset::Tiny);
        let minute = &plans[0];
        assert_eq!(
            (minute.preset, &minute.config, minute.steps),
            (Preset::Tiny, &config, steps)
        );
    }

    /// The figures in the sentences are those that were measured.
    #[test]
    fn what_plans_give_was_measured() {
        let training = include_str!("../../../docs/training.md");
        assert!(training.contains(
            "| 19,200, the run's end | 96.0 (93.0 to 98.5) | 81.5 (76.8 to 81.5) | 22.3 (15.3 to 27.8) | 98.5 (96.0 to 98.5) | 86.8 (84.8 to 87.5) | 58.8 |"
        ));
        assert!(training.contains("| Overnight | `small` | 14,063 of 64: the first run of the shipped weights, below | 99.38 % |"));
        assert!(
            training.contains("of 10,000 digits drawn with them 99.38 % were what was asked for")
        );
    }
}
