//! The numbers that a field of the recipe can have.

/// An interval of finite numbers, written `Range::at_least(0.0).below(1.0)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The lower end, if there is one.
    pub min: Option<f64>,
    min_excluded: bool,
    /// The upper end, if there is one that does not depend on the data ([`Range::max`]).
    pub max: Option<f64>,
    max_excluded: bool,
    /// The data set's size is the largest number, in place of `max`.
    images: bool,
}

impl Range {
    /// Every finite number.
    pub const ANY: Self = Self {
        min: None,
        min_excluded: false,
        max: None,
        max_excluded: false,
        images: false,
    };

    /// From `min` on.
    pub const fn at_least(min: f64) -> Self {
        Self {
            min: Some(min),
            ..Self::ANY
        }
    }

    /// What is larger than `min`.
    pub const fn above(min: f64) -> Self {
        Self {
            min_excluded: true,
            ..Self::at_least(min)
        }
    }

    /// Up to `max`, which is included.
    pub const fn at_most(self, max: f64) -> Self {
        Self {
            max: Some(max),
            ..self
        }
    }

    /// Up to `max`, which is excluded.
    pub const fn below(self, max: f64) -> Self {
        Self {
            max_excluded: true,
            ..self.at_most(max)
        }
    }

    /// Up to the number of images in the data.
    pub const fn up_to_images(self) -> Self {
        Self {
            images: true,
            ..self
        }
    }

    /// The upper end of the range for a data set of this size.
    pub fn max(self, images: usize) -> Option<f64> {
        if self.images {
            Some(images as f64)
        } else {
            self.max
        }
    }

    /// Whether `value` is in the range, for a data set of `images` images.
    pub fn contains(self, value: f64, images: usize) -> bool {
        let large_enough = self
            .min
            .is_none_or(|min| value > min || (value == min && !self.min_excluded));
        let small_enough = self
            .max(images)
            .is_none_or(|max| value < max || (value == max && !self.max_excluded));
        value.is_finite() && large_enough && small_enough
    }
}
