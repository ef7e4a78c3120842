//! Every sampler by name.

use serde::{Deserialize, Serialize};

use super::{Ddim, Ddpm, DpmSolverPp2m, Heun, Langevin, Sampler};
use crate::diffusion::Clip;
use crate::diffusion::schedule::{Schedule, Spacing, VarianceType};

/// What a sampler's own file tells the registry.
pub(super) trait Registered: Sampler + Sized + 'static {
    /// What people call it.
    const TITLE: &'static str;
    /// Forward passes that it does well with, for digits to look at.
    const STEPS: u32;
    /// η if nobody chooses one.
    const ETA: DefaultEta = DefaultEta {
        with_class: 0.0,
        without_class: 0.0,
    };
    /// The settings of [`SamplerConfig`] that it heeds beside the number of steps; the page shows these.
    const SETTINGS: &'static [Setting];

    /// Whether it adds noise on the way from x_T.
    fn adds_noise(config: &SamplerConfig) -> bool {
        Self::SETTINGS.contains(&Setting::Eta) && config.eta > 0.0
    }

    /// Over `schedule`, for a configuration that [`SamplerConfig::validate`] has passed: of exactly `config.steps` forward
    /// passes.
    fn from_config(schedule: &Schedule, config: &SamplerConfig) -> Self;
}

macro_rules! registry {
    ($($(#[$about:meta])* $sampler:ident = $name:literal,)*) => {
        /// The samplers there are, by the names that weights' figures, the command line and the page know them by.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
        #[cfg_attr(not(target_arch = "wasm32"), derive(clap::ValueEnum))]
        pub enum SamplerKind {
            $(
                $(#[$about])*
                #[serde(rename = $name)]
                #[cfg_attr(not(target_arch = "wasm32"), value(name = $name))]
                $sampler,
            )*
        }

        impl SamplerKind {
            /// Every sampler, in the order to offer them.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$sampler),*];

            /// What to offer of it.
            pub fn info(self) -> SamplerInfo {
                match self {
                    $(Self::$sampler => SamplerInfo {
                        kind: self,
                        title: $sampler::TITLE.into(),
                        steps: $sampler::STEPS,
                        eta: $sampler::ETA,
                        settings: $sampler::SETTINGS.to_vec(),
                    },)*
                }
            }
        }

        impl SamplerConfig {
            /// The sampler over `schedule`, for a configuration that is valid.
            pub fn build(&self, schedule: &Schedule) -> Box<dyn Sampler> {
                match self.kind {
                    $(SamplerKind::$sampler => Box::new($sampler::from_config(schedule, self)),)*
                }
            }

            /// Whether the sampler adds noise on the way from x_T.
            pub fn adds_noise(&self) -> bool {
                match self.kind {
                    $(SamplerKind::$sampler => $sampler::adds_noise(self),)*
                }
            }
        }
    };
}

// A line a sampler: its type, and its name in files and commands, which is also how its goldens are found.
registry! {
    /// Ancestral sampling, noise at every step: best with many steps ([`Ddpm`]).
    #[default]
    Ddpm = "ddpm",
    /// Little or no noise after x_T: good from about 20 steps ([`Ddim`]).
    Ddim = "ddim",
    /// A solver of second order: good from about 5 steps ([`DpmSolverPp2m`]).
    DpmSolverPp2m = "dpm++2m",
    /// Annealed Langevin dynamics, from the score ([`Langevin`]).
    Langevin = "langevin",
    /// A solver of second order, 2L − 1 forward passes for L noise levels: good from about 25 steps ([`Heun`]).
    Heun = "heun",
}

/// A setting of [`SamplerConfig`] that not every sampler has a use for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// `spacing`
    Spacing,
    /// `variance_type`
    Variance,
    /// `eta`
    Eta,
    /// `clip`, `thresholding` and `threshold_percentile`
    Clip,
    /// `langevin_inner`
    Inner,
    /// `langevin_step_size`
    StepSize,
}

/// The η of a sampler if nobody chooses one, 0 to 1. New noise on the way corrects early mistakes, which without a class nothing else
/// does (docs/evaluation.md, "Noise on the way").
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct DefaultEta {
    /// Where a class is asked for.
    pub with_class: f64,
    /// Where none is.
    pub without_class: f64,
}

impl DefaultEta {
    /// That of a draw with a class, or of one without.
    pub fn of(self, with_class: bool) -> f64 {
        if with_class {
            self.with_class
        } else {
            self.without_class
        }
    }
}

/// What a form has to know to offer a sampler.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct SamplerInfo {
    /// Its name in files, commands and the page.
    pub kind: SamplerKind,
    /// What people call it.
    pub title: String,
    /// Forward passes that it does well with, for digits to look at.
    pub steps: u32,
    /// η if nobody chooses one; of no account without the setting.
    pub eta: DefaultEta,
    /// Those it has a use for.
    pub settings: Vec<Setting>,
}

/// Forward passes of a draft. With 5, the shipped weights' digits have a Fréchet distance of 0.096
/// (`ddpm evaluate --count 500 --steps 5 --spacing trailing`; that of real images is 0.075).
const DRAFT_STEPS: u32 = 5;
/// The same of DDIM, which is of first order only.
const DRAFT_STEPS_DDIM: u32 = 8;

/// How to draw: which sampler and its settings. A setting that a sampler has no use for is ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(default)]
pub struct SamplerConfig {
    /// Which sampler.
    pub kind: SamplerKind,
    /// Forward passes of the network, 1 to T, whatever the sampler makes of them: Heun takes 2L − 1 for L noise levels.
    pub steps: u32,
    /// Which t they are at. Langevin has its own.
    pub spacing: Spacing,
    /// σ² of DDPM; a learned one must be that of the weights.
    pub variance_type: VarianceType,
    /// η of DDIM and DPM-Solver++, 0 (no noise after x_T) to 1 (as much as DDPM).
    pub eta: f64,
    /// Hold x̂₀ in −1 … 1.
    pub clip: bool,
    /// Dynamic thresholding of x̂₀, in place of `clip`.
    pub thresholding: bool,
    /// The percentile of |x̂₀| that it takes for the range, above 0 and at most 1.
    pub threshold_percentile: f64,
    /// Passes that Langevin takes at each noise level, 1 or more.
    pub langevin_inner: u32,
    /// Their size as a share of the level's variance, above 0 and at most 2.
    pub langevin_step_size: f64,
}

impl Default for SamplerConfig {
    /// DDPM as in the paper, but over 100 steps and with x̂₀ clipped.
    fn default() -> Self {
        Self {
            kind: SamplerKind::default(),
            steps: 100,
            spacing: Spacing::default(),
            variance_type: VarianceType::default(),
            eta: 0.0,
            clip: true,
            thresholding: false,
            threshold_percentile: 0.995,
            langevin_inner: 2,
            langevin_step_size: 1.0,
        }
    }
}

impl SamplerConfig {
    /// The sampler to show at once what this one would draw: [`Ddim`] where it is the one, else [`DpmSolverPp2m`], each with its η;
    /// with a few steps, none of which goes to the next to no noise of t = 0.
    pub fn draft(&self, timesteps: usize) -> Self {
        let (kind, steps, eta) = match self.kind {
            SamplerKind::Ddim => (SamplerKind::Ddim, DRAFT_STEPS_DDIM, self.eta),
            SamplerKind::DpmSolverPp2m => (SamplerKind::DpmSolverPp2m, DRAFT_STEPS, self.eta),
            // These have no use for η.
            _ => (SamplerKind::DpmSolverPp2m, DRAFT_STEPS, 0.0),
        };
        Self {
            kind,
            steps: steps.min(self.steps).min(timesteps as u32),
            spacing: Spacing::Trailing,
            eta,
            ..self.clone()
        }
    }

    /// This sampler if it adds no noise after x_T, so that the digits are a function of x_T alone; else [`DpmSolverPp2m`] without
    /// any (η = 0), with at most the steps it does well with.
    pub fn without_noise(&self) -> Self {
        if !self.adds_noise() {
            return self.clone();
        }
        Self {
            kind: SamplerKind::DpmSolverPp2m,
            steps: self.steps.min(DpmSolverPp2m::STEPS),
            eta: 0.0,
            ..self.clone()
        }
    }

    /// For weights trained with T = `timesteps` and the variance `trained`.
    ///
    /// # Errors
    /// Names the first number that is out of range, with the range, or a learned variance that these weights have not
    /// learned.
    pub fn validate(&self, timesteps: usize, trained: VarianceType) -> Result<(), String> {
        if !(1..=timesteps).contains(&(self.steps as usize)) {
            return Err(format!(
                "{} steps cannot be taken: these weights were trained with T = {timesteps}, so \
                 choose 1 to {timesteps}.",
                self.steps
            ));
        }
        if self.variance_type.is_learned() && self.variance_type != trained {
            return Err(format!(
                "The variance {} needs weights that were trained with it; these have {trained}.",
                self.variance_type
            ));
        }
        if !(0.0..=1.0).contains(&self.eta) {
            return Err(format!("η is {}; it must be between 0 and 1.", self.eta));
        }
        if !(self.threshold_percentile > 0.0 && self.threshold_percentile <= 1.0) {
            return Err(format!(
                "The thresholding percentile is {}; it must be above 0 and at most 1.",
                self.threshold_percentile
            ));
        }
        if self.langevin_inner == 0 {
            return Err("Langevin needs at least 1 step at each level.".into());
        }
        if !(self.langevin_step_size > 0.0 && self.langevin_step_size <= 2.0) {
            return Err(format!(
                "Langevin's step size is {}; it must be above 0 and at most 2.",
                self.langevin_step_size
            ));
        }
        Ok(())
    }

    /// The t to visit, falling.
    pub(super) fn timesteps(&self, schedule: &Schedule) -> Vec<usize> {
        self.spacing
            .timesteps(schedule.timesteps(), self.steps as usize)
    }

    pub(super) fn clip(&self) -> Clip {
        match (self.thresholding, self.clip) {
            (true, _) => Clip::Dynamic {
                percentile: self.threshold_percentile,
            },
            (false, clip) => clip.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a walk through the space of x_T, and a draft of one, are drawn with.
    #[test]
    fn noise_is_left_out_where_there_is_some() {
        let config = |kind, eta| SamplerConfig {
            kind,
            eta,
            steps: 50,
            ..SamplerConfig::default()
        };
        for kind in SamplerKind::ALL {
            for eta in [0.0, 0.5] {
                let quiet = config(kind, eta).without_noise();
                assert!(!quiet.adds_noise(), "{kind:?}");
                let same = quiet == config(kind, eta);
                assert_eq!(same, !config(kind, eta).adds_noise(), "{kind:?}, η = {eta}");
            }
        }
        assert_eq!(config(SamplerKind::Ddpm, 0.0).without_noise().steps, 20);
        for (of, draft) in [
            (SamplerKind::Ddim, (SamplerKind::Ddim, 0.5, 8)),
            (
                SamplerKind::DpmSolverPp2m,
                (SamplerKind::DpmSolverPp2m, 0.5, 5),
            ),
            // It has no use for η, so its draft has none either.
            (SamplerKind::Ddpm, (SamplerKind::DpmSolverPp2m, 0.0, 5)),
        ] {
            let found = config(of, 0.5).draft(1000);
            assert_eq!((found.kind, found.eta, found.steps), draft);
        }
        assert_eq!(config(SamplerKind::Heun, 0.0).draft(3).steps, 3);
    }
}
