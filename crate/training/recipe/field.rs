//! What is known of a field of the recipe: its control and value for the page's form, its range, its words, and the types that
//! it can have. The macro that declares fields is in `declare.rs`.

use serde::Serialize;

use super::range::Range;
use super::{LossKind, LrDecay, TimestepSampling};
use crate::diffusion::Prediction;
use crate::diffusion::schedule::{ScheduleKind, VarianceType};

/// What the value of a field decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Decides {
    /// What the network's outputs mean. Training that begins from trained weights takes the value over from them: with
    /// another one, everything that they have learned would be wrong.
    Outputs,
    /// Only how the network is trained, so that training from trained weights may choose it anew.
    Training,
}

/// The part of the page's form that a field is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FieldGroup {
    /// In sight at once. The page reserves a place for each of these, so that it does not jump when the form is built; a
    /// test of the protocol counts the places.
    Main,
    /// Under "More settings".
    More,
    /// Not in the form: the page trains with the default.
    Hidden,
}

/// The value of a field, whichever type it has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(untagged)]
pub enum FieldValue {
    /// A number, whole or not.
    Number(f64),
    /// On or off.
    Switch(bool),
    /// One of the names in [`FieldControl::Choice`].
    Choice(&'static str),
}

/// What a field is set with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldControl {
    /// A number.
    Number {
        /// The lower end of the range, if it has one.
        min: Option<f64>,
        /// The upper end of the range, if it has one that does not depend on the data.
        max: Option<f64>,
        /// True if the number has no fraction.
        whole: bool,
    },
    /// A check box.
    Switch,
    /// A list of names.
    Choice {
        /// Each name as it is in files, and as people read it.
        options: Vec<(&'static str, &'static str)>,
    },
}

/// What a form has to know to offer a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct RecipeField {
    /// Its name in the recipe.
    #[cfg_attr(all(test, not(target_arch = "wasm32")), ts(type = "keyof TrainConfig"))]
    pub name: &'static str,
    /// What the page calls it.
    pub label: &'static str,
    /// Unit or range, in a few words; may be empty.
    pub hint: &'static str,
    /// A sentence that says what it does, without the full stop.
    pub help: &'static str,
    /// What it is set with.
    pub control: FieldControl,
    /// Its value in a new recipe.
    pub default: FieldValue,
    /// What its value decides, and so whether training from trained weights may choose it.
    pub decides: Decides,
    /// Where the form has it.
    pub group: FieldGroup,
}

#[cfg(all(test, not(target_arch = "wasm32")))]
impl RecipeField {
    /// A value that is allowed and not the default, as in files.
    pub(crate) fn another_value(&self) -> serde_json::Value {
        use serde_json::json;
        match (&self.control, self.default) {
            (FieldControl::Number { min, max, whole }, FieldValue::Number(default)) => {
                let low = min.unwrap_or(0.0);
                let value = max.map_or(low + 7.0, |max| low + (max - low) / 4.0);
                let value = if *whole { value.floor() } else { value };
                assert_ne!(value, default, "{}", self.name);
                if *whole {
                    json!(value as u32)
                } else {
                    json!(value)
                }
            }
            (FieldControl::Switch, FieldValue::Switch(on)) => json!(!on),
            (FieldControl::Choice { options }, FieldValue::Choice(default)) => {
                // The last: v among the predictions, which zero terminal SNR asks for.
                let other = options.iter().rfind(|(name, _)| *name != default);
                json!(other.expect("a choice between several").0)
            }
            mismatch => panic!("{}: {mismatch:?}", self.name),
        }
    }
}

/// The part of a field's declaration that has the same type for every field, by name. What a
/// declaration leaves out is as in [`About::NOTHING`].
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// What the page calls the field.
    pub label: &'static str,
    /// A sentence that says what it does, without the full stop: for the command line's help, and under the page's input.
    pub help: &'static str,
    /// Range, in a few words, where the sentence does not say it: the page has it in parentheses.
    pub hint: &'static str,
    /// The numbers that may be chosen.
    pub range: Range,
    /// The message about a number out of range. `{}` stands for the number, `{min}` and `{max}` for the range's ends.
    pub refusal: &'static str,
    /// Where in the page's form it is.
    pub group: FieldGroup,
    /// Its position among those of its group; the order of declaration decides between equal ones.
    pub place: u8,
}

impl About {
    /// No words; any finite number; not in the page's form.
    pub const NOTHING: Self = Self {
        label: "",
        help: "",
        hint: "",
        range: Range::ANY,
        refusal: "{} is no number.",
        group: FieldGroup::Hidden,
        place: u8::MAX,
    };

    /// # Errors
    /// [`About::refusal`], if `value` is a number out of range. `images` is the size of the data set.
    pub fn check(&self, value: FieldValue, images: usize) -> Result<(), String> {
        match value {
            FieldValue::Number(number) if !self.range.contains(number, images) => {
                let end = |end: Option<f64>| end.map_or_else(String::new, |end| end.to_string());
                Err(self
                    .refusal
                    .replace("{}", &shown(number))
                    .replace("{min}", &end(self.range.min))
                    .replace("{max}", &end(self.range.max(images))))
            }
            _ => Ok(()),
        }
    }
}

/// A number for a message; an empty field of the page arrives as NaN.
fn shown(value: f64) -> String {
    if value.is_nan() {
        "missing or not a number".into()
    } else {
        value.to_string()
    }
}

/// A type that a field of the recipe can have.
pub trait FieldType: Copy {
    /// What the page sets it with, within `range` where it is a number.
    fn control(range: Range) -> FieldControl;
    /// The value for a message or a form.
    fn value(self) -> FieldValue;
}

impl FieldType for u32 {
    fn control(range: Range) -> FieldControl {
        FieldControl::Number {
            min: range.min.or(Some(0.0)),
            max: range.max,
            whole: true,
        }
    }

    fn value(self) -> FieldValue {
        FieldValue::Number(self.into())
    }
}

impl FieldType for f64 {
    fn control(range: Range) -> FieldControl {
        FieldControl::Number {
            min: range.min,
            max: range.max,
            whole: false,
        }
    }

    fn value(self) -> FieldValue {
        FieldValue::Number(self)
    }
}

impl FieldType for bool {
    fn control(_: Range) -> FieldControl {
        FieldControl::Switch
    }

    fn value(self) -> FieldValue {
        FieldValue::Switch(self)
    }
}

/// Implements [`FieldType`] for an enum with `ALL` and `name`: a choice between its variants, which people read as the
/// titles given here.
macro_rules! choice {
    ($type:ident { $($variant:ident = $title:literal,)+ }) => {
        impl FieldType for $type {
            fn control(_: Range) -> FieldControl {
                let title = |choice| match choice {
                    $(Self::$variant => $title,)+
                };
                let options = Self::ALL.map(|choice| (choice.name(), title(choice)));
                FieldControl::Choice {
                    options: options.to_vec(),
                }
            }

            fn value(self) -> FieldValue {
                FieldValue::Choice(self.name())
            }
        }
    };
}

choice! { ScheduleKind {
    Linear = "linear",
    ScaledLinear = "scaled linear",
    Cosine = "cosine",
    Sigmoid = "sigmoid",
    LogSnr = "linear in log-SNR",
}}

choice! { Prediction {
    Epsilon = "the noise ε",
    X0 = "the image x₀",
    V = "the velocity v",
}}

choice! { VarianceType {
    FixedSmall = "fixed, β̃",
    FixedLarge = "fixed, β",
    Learned = "learned",
    LearnedRange = "learned between β̃ and β",
}}

choice! { LossKind {
    Simple = "L_simple",
    Hybrid = "L_simple + λ·L_vlb",
    Vlb = "L_vlb",
}}

choice! { TimestepSampling {
    Uniform = "uniformly",
    Stratified = "evenly spread over each batch",
    Importance = "by the size of the bound's terms",
}}

choice! { LrDecay {
    Cosine = "along half a cosine, to 0",
    InverseSqrt = "with 1/√step, without end",
}}
