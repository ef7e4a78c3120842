//! [`GuidanceInterval`]: the steps that have guidance.

use serde::{Deserialize, Serialize};

/// The steps that have guidance: those where t is at least `cfg_t_min`·T and below `cfg_t_max`·T. The two are shares of the T of the
/// schedule, so that they mean the same whatever number of steps a sampler takes.
///
/// Kynkäänniemi et al. 2024 ("Applying Guidance in a Limited Interval") leave guidance out of the noisiest steps, where it makes digits
/// alike, and of the last ones, where it changes next to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct GuidanceInterval {
    /// The share of T from which on there is guidance, 0 to `cfg_t_max`.
    pub cfg_t_min: f64,
    /// The share of T below which there is guidance, `cfg_t_min` to 1.
    pub cfg_t_max: f64,
}

impl GuidanceInterval {
    /// Every step.
    pub const ALL: Self = Self {
        cfg_t_min: 0.0,
        cfg_t_max: 1.0,
    };

    /// Whether step `t`, from 0, of a schedule of `timesteps` steps has guidance.
    pub fn contains(&self, t: usize, timesteps: usize) -> bool {
        let (t, timesteps) = (t as f64, timesteps as f64);
        (self.cfg_t_min * timesteps..self.cfg_t_max * timesteps).contains(&t)
    }

    /// Checks the two ends.
    ///
    /// # Errors
    /// A message about the first that is out of range.
    pub fn validate(&self) -> Result<(), String> {
        let Self {
            cfg_t_min,
            cfg_t_max,
        } = self;
        if !(0.0..=1.0).contains(cfg_t_max) {
            return Err(format!(
                "The share of T below which guidance acts is {cfg_t_max}; it must be between 0 and 1 (1 is up to the noisiest step)."
            ));
        }
        if !(0.0..=*cfg_t_max).contains(cfg_t_min) {
            return Err(format!(
                "The share of T from which on guidance acts is {cfg_t_min}; it must be between 0 (down to the last step) and {cfg_t_max}, \
                 below which guidance acts."
            ));
        }
        Ok(())
    }
}

impl Default for GuidanceInterval {
    fn default() -> Self {
        Self::ALL
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn the_lower_end_has_guidance_and_the_upper_has_none() {
        let interval = GuidanceInterval {
            cfg_t_min: 0.15,
            cfg_t_max: 0.45,
        };
        let guided: Vec<usize> = (0..1000).filter(|&t| interval.contains(t, 1000)).collect();
        assert_eq!(guided, (150..450).collect::<Vec<_>>());
        assert!((0..100).all(|t| GuidanceInterval::ALL.contains(t, 100)));
        let none = GuidanceInterval {
            cfg_t_min: 0.5,
            cfg_t_max: 0.5,
        };
        assert!(!(0..100).any(|t| none.contains(t, 100)));
    }

    #[test]
    fn ends_out_of_range_or_in_the_wrong_order_are_refused() {
        for (cfg_t_min, cfg_t_max, words) in [
            (0.0, 1.1, "below which guidance acts is 1.1"),
            (0.0, f64::NAN, "below which guidance acts is NaN"),
            (-0.1, 1.0, "from which on guidance acts is -0.1"),
            (f64::NAN, 1.0, "from which on guidance acts is NaN"),
            (0.5, 0.4, "from which on guidance acts is 0.5"),
        ] {
            let interval = GuidanceInterval {
                cfg_t_min,
                cfg_t_max,
            };
            let error = interval.validate().unwrap_err();
            assert!(error.contains(words), "{error}");
        }
        assert_eq!(GuidanceInterval::ALL.validate(), Ok(()));
    }
}
