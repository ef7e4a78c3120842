//! [`recipe!`] turns the list of fields in `training/recipe.rs` into the struct, its defaults, its checks, the command line's
//! flags and the description that the page builds its form from.
//!
//! The entry of a field:
//!
//! ```text
//! /// β₂ of Adam (Kingma & Ba 2015: 0.999).
//! beta2: f64 {
//!     since: 3,                       // the format number it comes with: one more than the largest below
//!     default: 0.99,                  // of a new run
//!     missing: 0.999,                 // what a file means that does not have the field; never changes
//!     decides: Decides::Training,     // not Outputs: training that begins from weights may choose it anew
//!     label: "Adam's β₂",
//!     help: "Decay of Adam's second moment",
//!     range: Range::above(0.0).below(1.0),
//!     refusal: "Adam's β₂ is {}; it must be above 0 and below 1.",
//!     group: FieldGroup::More,        // of the page's form
//! }
//! ```

/// Declares [`TrainConfig`](super::TrainConfig): see `training/recipe.rs`, where it is called once. A field begins
/// with the four keys that every field needs (`since`, `default`, `missing`, `decides`) and goes on with those of
/// [`About`](super::field::About) that it has something to say on.
macro_rules! recipe {
    (
        $(#[$struct:meta])*
        $recipe:ident;
        $(
            $(#[$doc:meta])*
            $name:ident: $type:ty {
                since: $since:literal,
                default: $default:expr,
                missing: $missing:expr,
                decides: $decides:expr,
                $($key:ident: $value:expr,)*
            }
        )+
    ) => {
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
        #[cfg_attr(not(target_arch = "wasm32"), derive(clap::Args))]
        #[serde(default = "of_older_files")]
        $(#[$struct])*
        pub struct $recipe {
            $(
                $(#[$doc])*
                #[cfg_attr(not(target_arch = "wasm32"), arg(
                    long,
                    default_value_t = $default,
                    // A switch takes no value, and clap refuses the permission there.
                    allow_negative_numbers = matches!(
                        FieldType::value($default),
                        super::FieldValue::Number(_)
                    ),
                    help = About { $($key: $value,)* ..About::NOTHING }.help
                ))]
                pub $name: $type,
            )+
        }

        /// The associated function of this name as a free one: serde wants a path that does not depend on the type.
        fn of_older_files() -> $recipe {
            $recipe { $($name: $missing,)+ }
        }

        impl Default for $recipe {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        #[allow(clippy::needless_update, reason = "some fields say something on everything")]
        impl $recipe {
            /// The recipe that a file without any field of it means: each field at `missing`.
            pub fn of_older_files() -> Self {
                of_older_files()
            }

            /// The names of the fields, in the order of declaration.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// The newest file format that a field came with.
            pub const FORMAT: u32 = {
                let (since, mut i, mut newest) = ([$($since),+], 0, 0);
                while i < since.len() {
                    if since[i] > newest {
                        newest = since[i];
                    }
                    i += 1;
                }
                newest
            };

            /// The oldest file format whose programs understand this recipe: they know every field that is not at the
            /// value which they take for granted. With `to_resume` every field counts, otherwise those that decide
            /// what the outputs mean.
            pub fn oldest_format(&self, to_resume: bool) -> u32 {
                let mut oldest = 1;
                $(
                    if self.$name != $missing && (to_resume || $decides == Decides::Outputs) {
                        oldest = oldest.max($since);
                    }
                )+
                oldest
            }

            /// This recipe with the fields of `other` that decide the meaning of a network's outputs.
            #[must_use]
            pub(super) fn with_outputs_of(self, other: &Self) -> Self {
                Self {
                    $($name: match $decides {
                        Decides::Outputs => other.$name,
                        Decides::Training => self.$name,
                    },)+
                }
            }

            /// The first field that is out of its range, in the words of its declaration.
            fn check_each(&self, images: usize) -> Result<(), String> {
                $(
                    const { About { $($key: $value,)* ..About::NOTHING } }
                        .check(FieldType::value(self.$name), images)?;
                )+
                Ok(())
            }

            /// All fields as a form offers them, in the order to offer them.
            pub fn fields() -> Vec<RecipeField> {
                let mut fields = vec![$({
                    let about = const { About { $($key: $value,)* ..About::NOTHING } };
                    let field = RecipeField {
                        name: stringify!($name),
                        label: about.label,
                        hint: about.hint,
                        help: about.help,
                        control: <$type as FieldType>::control(about.range),
                        default: FieldType::value($default),
                        decides: $decides,
                        group: about.group,
                    };
                    (about.place, field)
                }),+];
                fields.sort_by_key(|(place, field)| (field.group, *place));
                fields.into_iter().map(|(_, field)| field).collect()
            }
        }
    };
}
pub(super) use recipe;
