// Written by `cargo test protocol` from crate/web/protocol/: do not edit.

export type Command = { "type": "generate" } & GenerateOptions | { "type": "edit" } & EditOptions | { "type": "measure" } & MeasureOptions | { "type": "train" } & TrainOptions | { "type": "estimate", 
/**
 * As in [`TrainOptions`].
 */
preset: Preset, 
/**
 * As in [`TrainOptions`].
 */
from_current: boolean, 
/**
 * The recipe's.
 */
batch_size: number, } | { "type": "pause" } | { "type": "resume" } | { "type": "cancel" } | { "type": "reset" } | { "type": "assume" } & AssumeOptions | { "type": "pictures", 
/**
 * How.
 */
conversion: Conversion, 
/**
 * What to do with them then.
 */
action: PicturesAction, } | { "type": "checkpoint" } | { "type": "explain" } & ExplainOptions | { "type": "save", 
/**
 * Number format of the file.
 */
dtype: Dtype, };

export type AssumeOptions = { 
/**
 * T of the schedule that they were trained over.
 */
timesteps: number, 
/**
 * How β runs over it, with the default ends.
 */
schedule: ScheduleKind, 
/**
 * What the network predicts.
 */
prediction: Prediction, };

export type RunInfo = { 
/**
 * `None` where the network's shape is none of the presets'.
 */
preset: Preset | null, 
/**
 * Optimiser steps taken.
 */
step: number, 
/**
 * Passes over the training images.
 */
epoch: number, 
/**
 * The smoothed loss, if there was a step.
 */
loss: number | null, 
/**
 * The step at which it stops by itself, if it does.
 */
end: number | null, 
/**
 * What it learned from; `None` if the file does not say it.
 */
data: DatasetId | null, 
/**
 * Steps and losses, at most some thousand.
 */
losses: Array<[number, number]>, };

export type DatasetId = { 
/**
 * [`Dataset::name`].
 */
name: string, 
/**
 * The number of images.
 */
images: number, 
/**
 * The fingerprints of all pixels and of all labels ([`fingerprint`]).
 */
fingerprint: string, };

export type GenerateOptions = { 
/**
 * Digits to draw, 1 to 64.
 */
count: number, 
/**
 * Any whole number below 2³²; the same seed and weights give the same digits on one device and
 * browser.
 */
seed: number, 
/**
 * Which digits.
 */
class: Class, 
/**
 * How much the class counts, 0 to 8: 0 not at all, 1 as trained, more exaggerates it
 * ([`GuidedModel`](crate::samplers::GuidedModel)).
 */
cfg_scale: number, 
/**
 * How they are drawn, and in how many steps.
 */
sampler: SamplerConfig, };

export type Class = "any" | "all" | "none" | { "one": number };

export type SamplerConfig = { 
/**
 * Which sampler.
 */
kind: SamplerKind, 
/**
 * Forward passes of the network, 1 to T, whatever the sampler makes of them: Heun takes 2L − 1 for L noise levels.
 */
steps: number, 
/**
 * Which t they are at. Langevin has its own.
 */
spacing: Spacing, 
/**
 * σ² of DDPM; a learned one must be that of the weights.
 */
variance_type: VarianceType, 
/**
 * η of DDIM, 0 (no noise) to 1 (as much as DDPM).
 */
eta: number, 
/**
 * Hold x̂₀ in −1 … 1.
 */
clip: boolean, 
/**
 * Dynamic thresholding of x̂₀, in place of `clip`.
 */
thresholding: boolean, 
/**
 * The percentile of |x̂₀| that it takes for the range, above 0 and at most 1.
 */
threshold_percentile: number, 
/**
 * Passes that Langevin takes at each noise level, 1 or more.
 */
langevin_inner: number, 
/**
 * Their size as a share of the level's variance, above 0 and at most 2.
 */
langevin_step_size: number, };

export type SamplerKind = "ddpm" | "ddim" | "dpm++2m" | "langevin" | "heun";

export type Spacing = "linspace" | "leading" | "trailing";

export type VarianceType = "fixed_small" | "fixed_large" | "learned" | "learned_range";

export type EditOptions = { 
/**
 * How, and how many versions; any class means none. A blend takes no notice of it.
 */
draw: GenerateOptions, 
/**
 * What is made of which picture.
 */
edit: Edit, };

export type Edit = { "picture": { 
/**
 * The picture.
 */
image: Uint8Array, 
/**
 * Noise level that the picture is taken to, 0 to T−1.
 */
t: number, } } | { "part": { 
/**
 * The picture.
 */
image: Uint8Array, 
/**
 * 0 where the picture is kept.
 */
mask: Uint8Array, } } | { "blend": { 
/**
 * The first picture.
 */
from: Uint8Array, 
/**
 * The last picture.
 */
to: Uint8Array, } };

export type MeasureOptions = { 
/**
 * How, and how many digits, 2 to 10,000.
 */
draw: GenerateOptions, 
/**
 * Measure how far the digits are from the nearest training images.
 */
neighbours: boolean, 
/**
 * Measure what a classifier learns from the digits alone (the classification accuracy score).
 */
cas: boolean, 
/**
 * Measure ε-MSE and bits/dim of the network on test images.
 */
network: boolean, };

export type TrainOptions = { 
/**
 * The recipe.
 */
config: TrainConfig, 
/**
 * Network size. Ignored when `from_current` is set.
 */
preset: Preset, 
/**
 * Begin from the weights in use instead of fresh ones. Their preset then holds, and the fields of their recipe
 * that decide what their outputs mean ([`TrainConfig::continuing`]).
 */
from_current: boolean, 
/**
 * Draw a row of samples from the EMA weights every so many steps; 0 never.
 */
sample_every: number, 
/**
 * Reverse steps of those samples.
 */
sample_steps: number, 
/**
 * Stop by itself after so many steps; 0 goes on until paused. The learning rate falls to 0 there along half a cosine,
 * whatever `config` says of its decay; without an end it stays at its peak.
 */
max_steps: number, 
/**
 * What the session's checkpoints are called, which the page keeps.
 */
run: string, };

export type TrainConfig = { 
/**
 * Images a step, 1 to the size of the data set.
 */
batch_size: number, 
/**
 * Peak learning rate, above 0 and at most 1.
 */
learning_rate: number, 
/**
 * Steps over which the learning rate rises linearly from 0 to its peak.
 */
warmup_steps: number, 
/**
 * Step at which the learning rate, falling along half a cosine after the warm-up, reaches 0; 0 keeps it at its
 * peak, for runs without a planned end. Not in the page's form: a visitor stops when they have seen enough.
 */
decay_steps: number, 
/**
 * How the learning rate falls if `decay_steps` is not 0.
 */
lr_decay: LrDecay, 
/**
 * T, 10 to 4000.
 */
timesteps: number, 
/**
 * How β runs over those steps, between the ends that the next fields name.
 */
schedule: ScheduleKind, 
/**
 * Stretch the schedule so that nothing of the image is left at the last step (Lin et al. 2023).
 * Not with `prediction` ε nor with `min_snr_gamma`: neither would learn that step.
 */
zero_terminal_snr: boolean, 
/**
 * The first β of the schedules that run from end to end in β, all but `cosine` and `log_snr` ([`Ends`]).
 */
beta_start: number, 
/**
 * The last β of these schedules.
 */
beta_end: number, 
/**
 * ln SNR at the first step of the schedule `log_snr`.
 */
log_snr_max: number, 
/**
 * ln SNR at the last step of the schedule `log_snr`.
 */
log_snr_min: number, 
/**
 * The variance of the reverse step. With a learned one the network has a second output channel. Which of the two fixed
 * ones it is matters to the loss `vlb` alone: samplers choose anew.
 */
variance_type: VarianceType, 
/**
 * What is minimised.
 */
loss: LossKind, 
/**
 * λ, the factor of L_vlb (in bits/dim) in the loss `hybrid`, in the paper 0.001 (Nichol & Dhariwal 2021, section 3.1).
 */
vlb_weight: number, 
/**
 * How t is drawn for each image.
 */
t_sampling: TimestepSampling, 
/**
 * What the network is trained to predict.
 */
prediction: Prediction, 
/**
 * γ of min-SNR weighting (Hang et al. 2023), in the paper 5; 0 switches it off.
 */
min_snr_gamma: number, 
/**
 * Decay of the exponential moving average of the weights, 0 to below 1. The first steps use
 * min(decay, (1 + step)/(10 + step)), so that a short run's average is not its first values.
 */
ema_decay: number, 
/**
 * Width of a power-law moving average of the weights, relative to the length of the run (Karras et al. 2024, "EDM2",
 * section 3.1: σ_rel); 0 takes the average with `ema_decay` instead.
 */
ema_std: number, 
/**
 * AdamW's decoupled decay; 0 is plain Adam.
 */
weight_decay: number, 
/**
 * Largest L2 norm of the whole gradient; 0 switches clipping off.
 */
grad_clip: number, 
/**
 * Share of labels replaced by "no class", 0 to 1.
 */
label_dropout: number, 
/**
 * Each image is moved by up to so many pixels along either axis, 0 to [`MAX_SHIFT`].
 */
max_shift: number, 
/**
 * Seed of first weights, order of the data, t, ε, label dropout and shifts.
 */
seed: number, };

export type RecipeField = { 
/**
 * Its name in the recipe.
 */
name: keyof TrainConfig, 
/**
 * What the page calls it.
 */
label: string, 
/**
 * Unit or range, in a few words; may be empty.
 */
hint: string, 
/**
 * A sentence that says what it does, without the full stop.
 */
help: string, 
/**
 * What it is set with.
 */
control: FieldControl, 
/**
 * Its value in a new recipe.
 */
default: FieldValue, 
/**
 * What its value decides, and so whether training from trained weights may choose it.
 */
decides: Decides, 
/**
 * Where the form has it.
 */
group: FieldGroup, };

export type ShortRun = { 
/**
 * The network that the recipe is for.
 */
preset: Preset, 
/**
 * The recipe.
 */
config: TrainConfig, 
/**
 * The number of steps of the run. The learning rate falls to 0 there.
 */
steps: number, };

export type FieldControl = { "kind": "number", 
/**
 * The lower end of the range, if it has one.
 */
min: number | null, 
/**
 * The upper end of the range, if it has one that does not depend on the data.
 */
max: number | null, 
/**
 * True if the number has no fraction.
 */
whole: boolean, } | { "kind": "switch" } | { "kind": "choice", 
/**
 * Each name as it is in files, and as people read it.
 */
options: Array<[string, string]>, };

export type FieldValue = number | boolean | string;

export type FieldGroup = "main" | "more" | "hidden";

export type Decides = "outputs" | "training";

export type ScheduleKind = "linear" | "scaled_linear" | "cosine" | "sigmoid" | "log_snr";

export type Prediction = "epsilon" | "x0" | "v";

export type Preset = "tiny" | "small" | "base";

export type Dtype = "f32" | "f16";

export type State = "loading" | "ready" | "generating" | "training" | "paused" | "error";

export type Activity = "nothing" | "generation" | "training" | "measurement";

export type Event = { "type": "state", 
/**
 * The state.
 */
state: State, 
/**
 * The task that runs, or else the one that is held.
 */
activity: Activity, 
/**
 * Commands that would be taken now.
 */
can: Can, } | { "type": "samplers", 
/**
 * The registry.
 */
samplers: Array<SamplerInfo>, } | { "type": "recipe", 
/**
 * The declaration of [`TrainConfig`].
 */
fields: Array<RecipeField>, 
/**
 * What the form opens with, for each preset.
 */
short_runs: Array<ShortRun>, } | { "type": "device" } & DeviceInfo | { "type": "model" } & ModelInfo | { "type": "schedule" } & Curves | { "type": "data" } & DatasetInfo | { "type": "estimate" } & Estimate | { "type": "pictures" } & PicturesInfo | { "type": "preview" } & Preview | { "type": "sampling" } & SamplingProgress | { "type": "sampled" } & Sampled | { "type": "measuring" } & MeasuringProgress | { "type": "measured" } & Measured | { "type": "training" } & TrainingProgress | { "type": "samples", 
/**
 * Optimiser steps behind those weights.
 */
step: number, } | { "type": "explained" } & Explained | { "type": "weights", 
/**
 * The file's content.
 */
bytes: Uint8Array, 
/**
 * A name for the file.
 */
name: string, } | { "type": "refused" } & Refusal | { "type": "checkpoint", 
/**
 * [`TrainOptions::run`](super::TrainOptions::run).
 */
run: string, 
/**
 * The file, a safetensors file that `ddpm train --resume` reads, too.
 */
bytes: Uint8Array, 
/**
 * What is in it.
 */
info: RunInfo, } | { "type": "run_opened", 
/**
 * What its checkpoints are called.
 */
run: string, 
/**
 * What was in the file.
 */
info: RunInfo, } | { "type": "note", 
/**
 * What the file is.
 */
what: Subject, 
/**
 * Sentences for people.
 */
message: string, } | { "type": "other_preset", 
/**
 * The file's name.
 */
name: string, 
/**
 * Preset of the file. `None` where the shape is none of the presets'.
 */
offered: Preset | null, 
/**
 * Preset of the weights in use, `None` as above.
 */
current: Preset | null, } | { "type": "crash", 
/**
 * The panic's message and stack, to be copied into a bug report.
 */
report: string, };

export type Can = { 
/**
 * `Command::Generate`.
 */
generate: boolean, 
/**
 * `Command::Edit`.
 */
edit: boolean, 
/**
 * `Command::Measure`.
 */
measure: boolean, 
/**
 * `Command::Train`.
 */
train: boolean, 
/**
 * `Command::Pause`.
 */
pause: boolean, 
/**
 * `Command::Resume`.
 */
resume: boolean, 
/**
 * `Command::Cancel`.
 */
cancel: boolean, 
/**
 * `Command::Reset`.
 */
reset: boolean, 
/**
 * `Command::Save`.
 */
save: boolean, 
/**
 * Loading a file with weights or training images.
 */
load: boolean, };

export type SamplerInfo = { 
/**
 * Its name in files, commands and the page.
 */
kind: SamplerKind, 
/**
 * What people call it.
 */
title: string, 
/**
 * Forward passes that it does well with, for digits to look at.
 */
steps: number, 
/**
 * Those it has a use for.
 */
settings: Array<Setting>, };

export type Setting = "spacing" | "variance" | "eta" | "clip" | "inner" | "step_size";

export type DeviceInfo = { 
/**
 * `webgpu` or `cpu`.
 */
kind: string, 
/**
 * The adapter as the browser names it, or the CPU path's name.
 */
name: string, 
/**
 * Why this device was taken, in a sentence.
 */
reason: string, 
/**
 * Facts for the device panel: name and value.
 */
facts: Array<[string, string]>, };

export type ModelInfo = { 
/**
 * `None` where the shape is none of the presets'.
 */
preset: Preset | null, 
/**
 * The number of classes that the network knows; 0 if it is unconditional.
 */
classes: number, 
/**
 * What they are called, one name for each; empty where they are digits or the file does not say it.
 */
class_names: Array<string>, 
/**
 * Trainable numbers in the network.
 */
parameters: number, 
/**
 * T of the schedule that the weights were trained with.
 */
timesteps: number, 
/**
 * Where they came from: a file's name, or "trained on this page".
 */
source: string, 
/**
 * Whether the file does not say what the network's outputs mean, so that the recipe is a guess, which
 * [`Command::Assume`](super::Command::Assume) changes.
 */
assumed: boolean, 
/**
 * What the file's own metadata says of its making, in sentences; may be empty.
 */
provenance: string, 
/**
 * Commit of the program that trained them, if known.
 */
commit: string | null, 
/**
 * The recipe they were trained with.
 */
recipe: TrainConfig, 
/**
 * Mean training loss over the last part of the run, if known.
 */
loss: number | null, 
/**
 * What an evaluation found: name and value.
 */
figures: Array<[string, number]>, 
/**
 * Optimiser steps behind the weights.
 */
steps: number, };

export type Curves = { 
/**
 * ᾱ_t, falling from about 1 to 0.
 */
alpha_bar: Array<number>, 
/**
 * √ᾱ_t, the factor of x_0 in x_t.
 */
signal: Array<number>, 
/**
 * √(1−ᾱ_t), the factor of ε in x_t.
 */
noise: Array<number>, 
/**
 * The signal-to-noise ratio ᾱ_t/(1−ᾱ_t), from about 1e4 down to 0: meant for a logarithmic axis, which has no
 * place for the 0.
 */
snr: Array<number>, };

export type DatasetInfo = { 
/**
 * [`Dataset::name`].
 */
name: string, 
/**
 * The number of images.
 */
images: number, 
/**
 * The number of images of each class ([`Dataset::network_classes`]).
 */
classes: Array<number>, 
/**
 * [`Dataset::class_names`].
 */
class_names: Array<string>, 
/**
 * The mean of all pixels, on a scale from 0 (background) to 1 (ink).
 */
mean: number, 
/**
 * The standard deviation of all pixels, on the same scale.
 */
std: number, };

export type PicturesInfo = { 
/**
 * What they are called.
 */
name: string, 
/**
 * The number of pictures of each class.
 */
classes: Array<number>, 
/**
 * What the classes are called, one name for each; empty where they are numbers.
 */
class_names: Array<string>, 
/**
 * The conversion that is shown.
 */
conversion: Conversion, 
/**
 * Some of the images that they become, 28×28 bytes each, 0 black to 255 white.
 */
pixels: Uint8Array, };

export type Estimate = { 
/**
 * Memory while it trains, in bytes, the training images included if they are here: an estimate.
 */
bytes: number, 
/**
 * The largest batch of this network that the device can take.
 */
most_images: number, };

export type PicturesAction = "preview" | "use" | "discard";

export type Conversion = { 
/**
 * Black and white are exchanged, for dark drawings on a bright ground.
 */
invert: boolean, 
/**
 * Rows and columns are exchanged, as the files of EMNIST need it.
 */
transpose: boolean, 
/**
 * How a picture fills the image.
 */
fit: Fit, };

export type Fit = "whole" | "centred";

export type Preview = { 
/**
 * The class that it was drawn for; `None` if the network knows no classes.
 */
digit: number | null, 
/**
 * The t of each picture, from T−1 down to 0.
 */
times: Array<number>, 
/**
 * The pictures, one byte a pixel, 28×28 each, 0 black to 255 white.
 */
pixels: Uint8Array, };

export type SamplingProgress = { 
/**
 * Steps done, 1 to `steps`.
 */
step: number, 
/**
 * Steps in all.
 */
steps: number, 
/**
 * The t that was just left, T−1 to 0; on the way up to noise the one reached.
 */
t: number, 
/**
 * Seconds spent stepping; pauses do not count.
 */
elapsed_s: number, 
/**
 * Estimate of the seconds left.
 */
left_s: number, };

export type Sampled = { 
/**
 * Those of the command; after an edit `count` is that of the images.
 */
options: GenerateOptions, 
/**
 * Steps taken in all.
 */
steps: number, 
/**
 * False when it was cancelled on the way.
 */
complete: boolean, 
/**
 * Seconds spent stepping; pauses do not count.
 */
elapsed_s: number, 
/**
 * A hash of the pixels: equal fingerprints, equal digits.
 */
fingerprint: string, 
/**
 * The images, one byte a pixel, `count`×28×28, 0 black to 255 white.
 */
pixels: Uint8Array, };

export type MeasuringProgress = { 
/**
 * Its present part, in a few words.
 */
what: string, 
/**
 * Share of it that is done, 0 to 1.
 */
share: number, 
/**
 * Estimate of the seconds to its end.
 */
left_s: number | null, };

export type Measured = { 
/**
 * A table: the figure's name, its value for the samples and for real images; the first row is the head.
 */
rows: Array<[string, string, string]>, 
/**
 * All of it, as `ddpm evaluate` writes it.
 */
json: string, 
/**
 * Whether nothing is still to come.
 */
complete: boolean, };

export type TrainingProgress = { 
/**
 * Optimiser steps done.
 */
step: number, 
/**
 * Passes over the data done, with fraction.
 */
epoch: number, 
/**
 * Losses that have become known since the last event: (step, loss). They are read late, so
 * the last one may be a few steps behind `step`.
 */
losses: Array<[number, number]>, 
/**
 * Training images a second, over the last seconds.
 */
images_per_s: number, 
/**
 * Seconds spent stepping; pauses do not count.
 */
elapsed_s: number, 
/**
 * Estimate of the seconds to the end of the run, if it has an end.
 */
left_s: number | null, 
/**
 * Estimate of the seconds to the end of this epoch.
 */
epoch_left_s: number, 
/**
 * Learning rate of the next step.
 */
learning_rate: number, };

export type ExplainOptions = { 
/**
 * Comes back in the answer.
 */
id: number, 
/**
 * The question.
 */
question: Question, };

export type Question = "images" | { "forgetting": { 
/**
 * The image.
 */
noisy: NoisyImage, 
/**
 * The pixel whose way is told, 0 to 783.
 */
pixel: number, } } | { "curves": { 
/**
 * Whether each is stretched to a terminal SNR of 0.
 */
rescale: boolean, } } | { "schedules": { 
/**
 * The image.
 */
noisy: NoisyImage, 
/**
 * As in [`Question::Curves`].
 */
rescale: boolean, } } | { "predict": { 
/**
 * The image.
 */
noisy: NoisyImage, 
/**
 * The class that the network is told, if any.
 */
class: number | null, } } | { "step": { 
/**
 * The image; its x_t is where the step begins, unless `x_t` is given.
 */
noisy: NoisyImage, 
/**
 * Where the step begins: x_{t−1} of the step before. Empty for x_t of `noisy`.
 */
x_t: Array<number>, 
/**
 * How many steps of the schedule are taken at once, 1 or more; the step ends at x_0 where fewer are left.
 */
stride: number, 
/**
 * The class that the network is told, if any.
 */
class: number | null, 
/**
 * σ².
 */
variance_type: VarianceType, 
/**
 * Whether x̂₀ is clamped to −1 … 1.
 */
clip: boolean, } } | { "pixel_step": PixelStepOptions } | { "terms": { 
/**
 * x_0.
 */
image: Uint8Array, 
/**
 * Names ε, which is the same at every t.
 */
seed: number, 
/**
 * The t, 1 to 64 of them.
 */
times: Array<number>, 
/**
 * The class that the network is told, if any.
 */
class: number | null, 
/**
 * σ² of the bound.
 */
variance_type: VarianceType, 
/**
 * The pixel whose part in each term is told, 0 to 783.
 */
pixel: number, } } | { "score_row": { 
/**
 * The plane.
 */
plane: PlaneOptions, 
/**
 * Which row, 0 to `size` − 1.
 */
row: number, 
/**
 * Points in a row, and rows, 2 to 32.
 */
size: number, } } | { "score_point": { 
/**
 * The plane.
 */
plane: PlaneOptions, 
/**
 * The point, in the plane's coordinates.
 */
point: [number, number], } } | { "score_walk": { 
/**
 * The plane.
 */
plane: PlaneOptions, 
/**
 * The point, in the plane's coordinates.
 */
point: [number, number], 
/**
 * Which way.
 */
walk: Walk, 
/**
 * Forward passes, 1 to 100.
 */
steps: number, } } | { "inside": { 
/**
 * The image.
 */
noisy: NoisyImage, 
/**
 * The class that the network is told, if any.
 */
class: number | null, 
/**
 * Skip connections that are switched off, by the names of the parts that they come from (`down.0`, `down.1`).
 */
without: Array<string>, 
/**
 * The pixel whose attention is told, 0 to 783.
 */
pixel: number, } };

export type NoisyImage = { 
/**
 * x_0.
 */
image: Uint8Array, 
/**
 * Names ε.
 */
seed: number, 
/**
 * The step.
 */
t: number, };

export type PixelStepOptions = { 
/**
 * The pixel of x_t.
 */
x_t: number, 
/**
 * The noise that the network sees in it.
 */
eps_hat: number, 
/**
 * The Gaussian number that is added.
 */
z: number, 
/**
 * ᾱ_t, above 0 and below 1.
 */
alpha_bar: number, 
/**
 * β_t, above 0 and below 1.
 */
beta: number, 
/**
 * σ²; not a learned one.
 */
variance_type: VarianceType, 
/**
 * Whether x̂₀ is clamped to −1 … 1.
 */
clip: boolean, };

export type Explained = { 
/**
 * That of the question.
 */
id: number, 
/**
 * The answer.
 */
answer: Answer, };

export type Answer = { "refused": string } | { "images": ExampleImages } | { "forgetting": Forgetting } | { "curves": Array<ScheduleCurve> } | { "schedules": Schedules } | { "predicted": Predicted } | { "step": Step } | { "pixel_step": StepNumbers } | { "terms": Terms } | { "score_row": ScoreRow } | { "score_point": ScorePoint } | { "score_walk": ScoreWalk } | { "inside": Inside };

export type ExampleImages = { 
/**
 * Their pixels, 28×28 bytes each; empty if no training images are loaded.
 */
pixels: Uint8Array, 
/**
 * The class of each.
 */
labels: Array<number>, };

export type Level = { 
/**
 * The step.
 */
t: number, 
/**
 * β_t.
 */
beta: number, 
/**
 * ᾱ_t.
 */
alpha_bar: number, 
/**
 * √ᾱ_t.
 */
signal: number, 
/**
 * √(1−ᾱ_t).
 */
noise: number, 
/**
 * ᾱ_t/(1−ᾱ_t).
 */
snr: number, };

export type Forgetting = { 
/**
 * The schedule at t.
 */
level: Level, 
/**
 * ε of the closed form.
 */
eps: Array<number>, 
/**
 * x_t by the closed form.
 */
x_t: Array<number>, 
/**
 * x_t at the end of the chain, which has noise of its own in each step.
 */
chain: Array<number>, 
/**
 * The pixel at every step of the chain: x_0, and then after step 0, 1, … t.
 */
path: Array<number>, 
/**
 * √ᾱ·x_0 of the pixel for each entry of `path`: the mean that the closed form gives.
 */
means: Array<number>, 
/**
 * One standard deviation, √(1−ᾱ), below it.
 */
lower: Array<number>, 
/**
 * And above it.
 */
upper: Array<number>, 
/**
 * The last step's z of the pixel.
 */
z: number, 
/**
 * How the pixels of both are spread.
 */
histogram: Histogram, };

export type Histogram = { 
/**
 * The middle of each bin; the first and the last also count what lies beyond them.
 */
middles: Array<number>, 
/**
 * The number of pixels of the closed form's x_t in each.
 */
jump: Array<number>, 
/**
 * The number of pixels of the chain's x_t in each.
 */
chain: Array<number>, 
/**
 * How many there would be in each by N(0, 1).
 */
gaussian: Array<number>, 
/**
 * Mean and standard deviation of the closed form's pixels.
 */
moments: [number, number], 
/**
 * Mean and standard deviation of the chain's pixels.
 */
chain_moments: [number, number], };

export type ScheduleCurve = { 
/**
 * Which.
 */
kind: ScheduleKind, 
/**
 * The schedule at these t.
 */
levels: Array<Level>, };

export type ScheduleSample = { 
/**
 * Which.
 */
kind: ScheduleKind, 
/**
 * The schedule at t.
 */
level: Level, 
/**
 * x_t.
 */
x_t: Array<number>, };

export type SquaredErrors = { 
/**
 * Of ε̂, which is L_simple at this t.
 */
eps: number, 
/**
 * Of x̂₀.
 */
x0: number, 
/**
 * Of v̂.
 */
v: number, };

export type Predicted = { 
/**
 * The schedule at t.
 */
level: Level, 
/**
 * What the network was trained to say; the others are computed from it.
 */
prediction: Prediction, 
/**
 * The noisy image.
 */
x_t: Array<number>, 
/**
 * The noise in it.
 */
eps: Array<number>, 
/**
 * The noise that the network sees in it.
 */
eps_hat: Array<number>, 
/**
 * x̂₀.
 */
x0_hat: Array<number>, 
/**
 * v = √ᾱ·ε − √(1−ᾱ)·x_0.
 */
v: Array<number>, 
/**
 * v̂.
 */
v_hat: Array<number>, 
/**
 * How far off it is.
 */
errors: SquaredErrors, };

export type StepCoefficients = { 
/**
 * ᾱ_t.
 */
alpha_bar: number, 
/**
 * ᾱ where the step ends; 1 at x_0.
 */
alpha_bar_prev: number, 
/**
 * β of the step, 1 − ᾱ_t/ᾱ_prev.
 */
beta: number, 
/**
 * Factor of x̂₀ in the mean.
 */
x0: number, 
/**
 * Factor of x_t in the mean.
 */
x_t: number, 
/**
 * β̃.
 */
beta_tilde: number, 
/**
 * σ, which is 0 in the step to x_0. `None` if the network says it for each pixel.
 */
sigma: number | null, };

export type Step = { 
/**
 * Where it begins.
 */
level: Level, 
/**
 * The t where it ends; `None` at x_0.
 */
prev: number | null, 
/**
 * Its numbers.
 */
coefficients: StepCoefficients, 
/**
 * Where it begins.
 */
x_t: Array<number>, 
/**
 * The noise that the network sees.
 */
eps_hat: Array<number>, 
/**
 * x̂₀ as the network says it.
 */
x0_hat: Array<number>, 
/**
 * x̂₀ as it is used.
 */
x0_used: Array<number>, 
/**
 * The posterior's mean.
 */
mean: Array<number>, 
/**
 * σ·z.
 */
noise: Array<number>, 
/**
 * z.
 */
z: Array<number>, 
/**
 * Where it ends.
 */
x_prev: Array<number>, };

export type StepNumbers = { 
/**
 * The step's numbers.
 */
coefficients: StepCoefficients, 
/**
 * x̂₀ = (x_t − √(1−ᾱ_t)·ε̂)/√ᾱ_t.
 */
x0_hat: number, 
/**
 * x̂₀ as it is used.
 */
x0_used: number, 
/**
 * The posterior's mean, from `x0_used` and x_t.
 */
mean: number, 
/**
 * The same mean from ε̂ without x̂₀, which knows no clipping (Ho et al. 2020, eq. 11).
 */
mean_by_eps: number, 
/**
 * Where the step ends, mean + σ·z.
 */
x_prev: number, };

export type Terms = { 
/**
 * L_T in bits/dim, which no network changes.
 */
l_t: number, 
/**
 * One for each t that was asked for.
 */
terms: Array<Term>, };

export type Term = { 
/**
 * The schedule at t; t = 0 is L_0, t ≥ 1 the KL divergence of the step from t.
 */
level: Level, 
/**
 * The term in bits/dim: the bound is the sum of all terms and L_T.
 */
bits: number, 
/**
 * The errors of what the network said.
 */
errors: SquaredErrors, 
/**
 * The factor of the squared error of ε̂ in the term, in nats a pixel: what L_simple replaces by 1. `None` for the decoder's
 * term and for a learned variance, where the term is no multiple of the error.
 */
weight: number | null, 
/**
 * The pixel's part in the term.
 */
pixel: PixelTerm, };

export type PixelTerm = { 
/**
 * x_0.
 */
x0: number, 
/**
 * x̂₀, clamped to −1 … 1.
 */
x0_hat: number, 
/**
 * Factor of x_0 in the posterior's mean; 1 for the decoder.
 */
x0_factor: number, 
/**
 * β̃ of the posterior; 0 for the decoder.
 */
beta_tilde: number, 
/**
 * σ² of p.
 */
variance: number, 
/**
 * Its nats.
 */
nats: number, };

export type Schedules = { 
/**
 * The noise, the same in all.
 */
eps: Array<number>, 
/**
 * The image under each.
 */
samples: Array<ScheduleSample>, };

export type PlaneOptions = { 
/**
 * The three images, one after another.
 */
images: Uint8Array, 
/**
 * Names the noise outside of the plane, and that of walks.
 */
seed: number, 
/**
 * The noise level.
 */
t: number, 
/**
 * The class that the network is told, if any.
 */
class: number | null, };

export type Walk = "ddim" | "langevin";

export type PlaneView = { 
/**
 * The schedule at t.
 */
level: Level, 
/**
 * √ᾱ_t times each image, in the plane's coordinates.
 */
images: [[number, number], [number, number], [number, number]], 
/**
 * The least coordinates that are drawn.
 */
from: [number, number], 
/**
 * The largest.
 */
to: [number, number], };

export type ScoreRow = { 
/**
 * The plane.
 */
view: PlaneView, 
/**
 * The row.
 */
row: number, 
/**
 * The points.
 */
points: Array<[number, number]>, 
/**
 * The score at each, as far as it lies in the plane.
 */
scores: Array<[number, number]>, };

export type ScorePoint = { 
/**
 * The plane.
 */
view: PlaneView, 
/**
 * The noisy image at that point.
 */
x_t: Array<number>, 
/**
 * The noise that the network sees in it.
 */
eps_hat: Array<number>, 
/**
 * −ε̂/√(1−ᾱ_t).
 */
score: Array<number>, 
/**
 * x̂₀.
 */
x0_hat: Array<number>, 
/**
 * The score as far as it lies in the plane.
 */
in_plane: [number, number], 
/**
 * The length of the whole score.
 */
length: number, };

export type ScoreWalk = { 
/**
 * The plane.
 */
view: PlaneView, 
/**
 * Where it was after each pass, first the point where it began. Less noisy images are stretched as those of the plane
 * are: by √ᾱ_t/√ᾱ of their own level.
 */
path: Array<[number, number]>, 
/**
 * Where it ended: an image, or x_t.
 */
end: Array<number>, };

export type Inside = { 
/**
 * The schedule at t.
 */
level: Level, 
/**
 * The noisy image.
 */
x_t: Array<number>, 
/**
 * The outputs of the network's parts, in the order in which they are computed.
 */
parts: Array<PartOutput>, 
/**
 * The attention of the chosen pixel's token.
 */
attention: Array<AttentionRow>, 
/**
 * SiLU(embedding of t + embedding of the class), which goes to every residual block, for this t and class.
 */
embedding: Array<number>, 
/**
 * The embedding of t alone.
 */
time: Array<number>, 
/**
 * The embedding of the class alone, or of no class.
 */
class: Array<number>, 
/**
 * x̂₀ with all skip connections that were not switched off.
 */
x0_hat: Array<number>, 
/**
 * x̂₀ with all of them.
 */
x0_hat_whole: Array<number>, 
/**
 * The errors, with those that were not switched off.
 */
errors: SquaredErrors, 
/**
 * The errors with all of them.
 */
errors_whole: SquaredErrors, };

export type PartOutput = { 
/**
 * Its name, as its parameters have it.
 */
name: string, 
/**
 * How many channels it has.
 */
channels: number, 
/**
 * Its height and width in pixels.
 */
size: number, 
/**
 * The first of its channels, `size`×`size` bytes each; 128 is 0, and 0 and 255 are −`span` and `span`.
 */
pixels: Uint8Array, 
/**
 * See `pixels`.
 */
span: number, 
/**
 * The root of the mean square of all channels.
 */
rms: number, 
/**
 * The chosen pixel's value in the first channel.
 */
pixel: number, };

export type AttentionRow = { 
/**
 * The attention's name.
 */
name: string, 
/**
 * Tokens along an edge of the image.
 */
size: number, 
/**
 * The token's number.
 */
token: number, 
/**
 * The weights of each head, `size`×`size` each; they sum to 1.
 */
heads: Array<Array<number>>, };

export type Subject = "command" | "weights" | "data" | "train" | "generate" | "edit" | "measure" | "save";

export type Refusal = { 
/**
 * What the user was trying: the page shows the message beside the form that it belongs to.
 */
what: Subject, 
/**
 * A short stable name for scripts, e.g. `not_safetensors`, `idx_magic`.
 */
code: string, 
/**
 * What was wrong and what to do about it.
 */
message: string, 
/**
 * The largest batch that can be trained, if the one asked for was too large.
 */
batch: number | null, };
