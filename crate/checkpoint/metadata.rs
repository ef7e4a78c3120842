//! The description of a file: the network, the recipe, and how far the training went.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::container::Container;
use super::json::check_keys;
use super::{CheckpointError, FORMAT, Guide, described, guide};
use crate::diffusion::schedule::VarianceType;
use crate::nn::unet::{Preset, UNetConfig};
use crate::nn::var_builder::Layout;
use crate::training::{LossKind, TrainConfig, Trainer};

/// Where the description lies in the file's metadata.
pub(super) const KEY: &str = "ddpm";

/// The description of a weights file or a training run: the network, the recipe, and how far the training went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// The shape of the network. It is the only field that a file must have.
    pub unet: UNetConfig,
    /// The recipe that the network was trained with. Numbers of up to 15 digits are read back exactly. A field that the file
    /// does not have has the value that the recipe declares for that (`missing`), not the default of new runs; so has every
    /// field if the file has no recipe.
    #[serde(default = "TrainConfig::of_older_files")]
    pub train: TrainConfig,
    /// The number of optimiser steps taken, below 2³².
    #[serde(default)]
    pub step: u64,
    /// The number of passes over the data, with its fraction.
    #[serde(default)]
    pub epoch: f64,
    /// The mean training loss over the last part of the run, if it is known.
    #[serde(default)]
    pub loss: Option<f64>,
    /// The origin of the weights in sentences for people. It may be empty.
    #[serde(default)]
    pub origin: String,
    /// The names of the classes, one for each. The list is empty if the classes are digits, or if nobody has named them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_names: Vec<String>,
    /// The commit of the program that trained the weights, as `git describe --always --dirty` names it. The page and
    /// builds from a published package do not know theirs and leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The figures that an evaluation measured, by names for people. All are finite.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, f64>,
    /// The second network of a weights file, if it has one. The state of a run has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<Guide>,
    /// The oldest format whose programs read the file rightly. Writing sets it to the smallest number that is true, so
    /// that a file is refused by an older program only if it has something that this program does not know.
    #[serde(default = "first_format")]
    pub format: u32,
    /// Fields in the file's recipe that this program does not know. A newer program wrote them, and says by `format` that
    /// they need not be known. They are not kept when the file is written anew.
    #[serde(skip)]
    pub ignored: Vec<String>,
    /// True for a file without a description. The program then recognises the network by the shapes of the tensors and takes
    /// [`TrainConfig::of_older_files`] for the recipe, so the meaning of the outputs is only assumed.
    #[serde(skip)]
    pub assumed: bool,
    /// Sentences about what was read otherwise than it stands in the file.
    #[serde(skip)]
    pub remarks: Vec<String>,
}

impl Default for Metadata {
    /// Fresh weights of the default preset and recipe: no steps, no origin.
    fn default() -> Self {
        Self::new(Preset::Small.config(), TrainConfig::default())
    }
}

fn first_format() -> u32 {
    1
}

/// The most characters of a class's name, which the page shows in a list.
const LONGEST_NAME: usize = 64;

/// The names of a network's `classes` after training on images whose classes have these names: classes without images are
/// numbers, and where the images' classes are, there are no names.
fn names_for(names: &[String], classes: usize) -> Vec<String> {
    if names.is_empty() {
        return Vec::new();
    }
    let shortened = names
        .iter()
        .map(|name| name.chars().take(LONGEST_NAME).collect());
    let numbers = (names.len()..classes).map(|class| class.to_string());
    shortened.chain(numbers).take(classes).collect()
}

/// The part of a description that every later format will keep.
#[derive(Deserialize)]
pub(super) struct Version {
    #[serde(default = "first_format")]
    format: u32,
}

impl Version {
    /// Checks that programs which read format `newest` can read what follows this description. Comes before anything
    /// else: a newer file may differ in all the rest.
    ///
    /// # Errors
    /// `bad_metadata`, if a newer program is needed or the number cannot be read.
    pub(super) fn check(description: &str, newest: u32) -> Result<(), CheckpointError> {
        let version: Version =
            serde_json::from_str(description).map_err(CheckpointError::bad_metadata)?;
        if version.format <= newest {
            return Ok(());
        }
        Err(CheckpointError::bad_metadata(format!(
            "it is in format {}, and this program reads formats up to {newest}; use a newer version \
             of the program, which wrote it",
            version.format
        )))
    }
}

/// The names in a file's recipe, without their values.
#[derive(Deserialize)]
struct RecipeNames {
    #[serde(default)]
    train: BTreeMap<String, IgnoredAny>,
}

impl Metadata {
    /// The description of fresh weights for this network and recipe: no steps, no origin.
    pub fn new(unet: UNetConfig, train: TrainConfig) -> Self {
        Self {
            unet,
            train,
            step: 0,
            epoch: 0.0,
            loss: None,
            origin: String::new(),
            class_names: Vec::new(),
            commit: None,
            figures: BTreeMap::new(),
            guide: None,
            format: first_format(),
            ignored: Vec::new(),
            assumed: false,
            remarks: Vec::new(),
        }
    }

    /// The description of a weights file that has none, by the shapes of its tensors.
    ///
    /// # Errors
    /// `no_metadata` if they are not those of a network of this program.
    pub(super) fn assumed(file: &Container<'_>) -> Result<Metadata, CheckpointError> {
        let unet = UNetConfig::of_shapes(|name| file.shape(name));
        let unet = unet.ok_or(CheckpointError::NoMetadata)?;
        let missing = TrainConfig::of_older_files();
        let train = if unet.out_channels == missing.out_channels() {
            missing
        } else {
            TrainConfig {
                variance_type: VarianceType::LearnedRange,
                loss: LossKind::Hybrid,
                ..missing
            }
        };
        Ok(Self {
            assumed: true,
            ..Self::new(unet, train)
        })
    }

    /// The description of a run's weights after the steps done so far. `how` they were trained follows the word "Trained"
    /// in [`Metadata::origin`], and the weights that the run began with (`begun_with`, in words), if they were not fresh, follow
    /// that.
    pub fn of_run(
        trainer: &Trainer,
        loss: Option<f64>,
        how: &str,
        begun_with: Option<&str>,
    ) -> Self {
        let meta = Self::new(*trainer.unet(), trainer.config().clone());
        let (step, epoch) = (trainer.done(), trainer.epoch());
        let beginning = begun_with.map_or_else(String::new, |weights| {
            format!(", beginning with {weights},")
        });
        Self {
            step,
            epoch,
            loss,
            origin: format!(
                "Trained {how}{beginning} for {step} steps of {} images ({epoch:.2} epochs).",
                meta.train.batch_size
            ),
            class_names: names_for(&trainer.data().class_names, meta.unet.classes),
            commit: option_env!("DDPM_COMMIT").map(str::to_owned),
            ..meta
        }
    }

    /// Reads and checks the description of a file.
    ///
    /// # Errors
    /// `no_metadata`, `bad_metadata`, `wrong_config`.
    pub(super) fn parse(file: &Container<'_>) -> Result<Metadata, CheckpointError> {
        let text = file.metadata(KEY)?.ok_or(CheckpointError::NoMetadata)?;
        check_keys(text.as_bytes(), CheckpointError::bad_metadata)?;
        Version::check(text, FORMAT)?;
        let mut meta: Metadata =
            serde_json::from_str(text).map_err(CheckpointError::bad_metadata)?;
        meta.validate()?;
        let names: RecipeNames =
            serde_json::from_str(text).map_err(CheckpointError::bad_metadata)?;
        let names = names.train.into_keys();
        meta.ignored = names
            .filter(|name| !TrainConfig::NAMES.contains(&&name[..]))
            .collect();
        meta.check_class_names();
        Ok(meta)
    }

    /// Leaves out the names of the classes unless each class has one that fits in a list.
    fn check_class_names(&mut self) {
        let names = &self.class_names;
        let fits = names.len() == self.unet.classes
            && names
                .iter()
                .all(|name| name.chars().count() <= LONGEST_NAME);
        if !names.is_empty() && !fits {
            self.remarks.push(format!(
                "The names of the classes were left out: there are {} for {} classes, or one is longer than {LONGEST_NAME} \
                 characters.",
                names.len(),
                self.unet.classes
            ));
            self.class_names.clear();
        }
    }

    /// Sentences about what this program does not know of the recipe, had to assume, or read otherwise than it stands in
    /// the file, if there is anything.
    pub fn note(&self) -> Option<String> {
        let mut sentences = self.remarks.clone();
        if self.assumed {
            let train = &self.train;
            sentences.push(format!(
                "The file does not say how the network was trained: T = {}, the {} schedule and the prediction of {} are \
                 assumed.",
                train.timesteps,
                train.schedule.name(),
                train.prediction.name(),
            ));
        }
        if !self.ignored.is_empty() {
            sentences.push(format!(
                "The recipe has fields that this version of the program does not know and ignores: {}.",
                self.ignored.join(", ")
            ));
        }
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }

    /// [`Metadata::origin`] and [`Metadata::note`], for people. May be empty.
    pub fn provenance(&self) -> String {
        let sentences = [Some(self.origin.clone()), self.note()];
        let sentences: Vec<String> = sentences.into_iter().flatten().collect();
        sentences.join(" ").trim().to_owned()
    }

    /// So that no number from a file reaches a loop or an allocation unchecked.
    pub(super) fn validate(&self) -> Result<(), CheckpointError> {
        let wrong = |reason: String| CheckpointError::WrongConfig { reason };
        self.unet.validate().map_err(wrong)?;
        // The data set is not known here, so the batch may have any size above 0.
        self.train.validate(usize::MAX).map_err(wrong)?;
        self.train.check_network(&self.unet).map_err(wrong)?;
        if let Some(guide) = &self.guide {
            guide.validate(&self.unet).map_err(wrong)?;
        }
        if self.step > u64::from(u32::MAX) {
            return Err(wrong(format!("{} steps are beyond any run.", self.step)));
        }
        if !(self.epoch >= 0.0 && self.epoch.is_finite()) {
            return Err(wrong(format!("{} passes over the data.", self.epoch)));
        }
        if let Some((name, value)) = self.figures.iter().find(|(_, value)| !value.is_finite()) {
            return Err(wrong(format!("The figure \"{name}\" is {value}.")));
        }
        Ok(())
    }

    /// The tensors of the file: those of the network and, after them, those of the guide; and the number of values of the
    /// network's. `layout_of` returns the parameters of a network of a given shape.
    pub(super) fn layout(&self, layout_of: impl Fn(&UNetConfig) -> Layout) -> (Layout, usize) {
        let layout = layout_of(&self.unet);
        let parameters = layout.len();
        let layout = match &self.guide {
            Some(guide) => layout.followed_by(guide::PREFIX, layout_of(&guide.unet)),
            None => layout,
        };
        (layout, parameters)
    }

    /// The file's metadata: the description, and `format: pt`, by which other tools (`safetensors`
    /// for PyTorch, Hugging Face) recognise tensors in PyTorch's shapes.
    ///
    /// `to_resume` is true for a training run: its programs must know all of the recipe, those that draw digits only what
    /// decides the meaning of the network's outputs. The network's shape may need a newer program, too
    /// ([`UNetConfig::oldest_format`]).
    pub(super) fn entries(&self, to_resume: bool) -> BTreeMap<&'static str, String> {
        let recipe = self.train.oldest_format(to_resume);
        let guide = self.guide.as_ref().map_or(1, |_| guide::FORMAT);
        let written = Self {
            format: recipe.max(self.unet.oldest_format()).max(guide),
            ..self.clone()
        };
        described::entries(KEY, &written)
    }
}
