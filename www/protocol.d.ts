// Written by `cargo test protocol` from crate/web/protocol/: do not edit.

export type Command = { "type": "generate" } & GenerateOptions | { "type": "draft" } & GenerateOptions | { "type": "edit" } & EditOptions | { "type": "measure" } & MeasureOptions | { "type": "train" } & TrainOptions | { "type": "estimate", 
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
action: PicturesAction, } | { "type": "checkpoint" } | { "type": "trajectory", 
/**
 * Which part of the frames.
 */
what: FrameKind, 
/**
 * The digit, counted from 0; `None` for all of them.
 */
digit: number | null, } | { "type": "paint_frame", 
/**
 * Which part of the frame.
 */
what: FrameKind, 
/**
 * Its number in [`Sampled::frames`](super::Sampled::frames).
 */
frame: number, } | { "type": "recognise", 
/**
 * The digits, 28×28 bytes each, 0 black to 255 white, at most 64.
 */
pixels: Uint8Array, } | { "type": "step" } | { "type": "adjust" } & AdjustOptions | { "type": "examples", 
/**
 * Which images: another number shows others.
 */
set: number, } | { "type": "time_training" } & TrainOptions | { "type": "explain" } & ExplainOptions | { "type": "save", 
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
losses: Array<[number, number]>, 
/**
 * Whether it needs the test images to go on as it was: it validates on them.
 */
needs_test: boolean, 
/**
 * The step after which it is held, once; `None` if nobody has set one.
 */
stop_at: number | null, };

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
sampler: SamplerConfig, 
/**
 * Characters that name the classes, one for each digit, in place of `class`, and for [`Command::Generate`] and
 * [`Command::Draft`] in place of `count` ([`Class::spelt`]).
 */
text: string | null, 
/**
 * Begin between the noise of this seed and that of another.
 */
walk: Walk | null, 
/**
 * Show the finished digits only, and not the way there.
 */
still: boolean, };

export type Walk = { 
/**
 * The seed at the end of the way.
 */
to_seed: number, 
/**
 * How far along it, 0 to 1.
 */
position: number, };

export type Class = "any" | "all" | "none" | { "one": number } | { "each": Array<number | null> };

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
 * η of DDIM and DPM-Solver++, 0 (no noise after x_T) to 1 (as much as DDPM).
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
 * Compute the loss now and then on images that the network does not learn from: on the test images where they were loaded and
 * belong to the training images, else on a tenth of the images, which is held out.
 */
validate: boolean, 
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
 * The scale of classifier-free guidance with which digits of these weights are drawn if nobody asks for another, 0 to
 * [`MAX_CFG_SCALE`]. Weights that have learned for a short time do best with more than others.
 */
cfg_scale: number, 
/**
 * Draws with a class have guidance where t is at least this share of T, 0 to `cfg_t_max`
 * ([`GuidanceInterval`](crate::diffusion::GuidanceInterval)).
 */
cfg_t_min: number, 
/**
 * Draws with a class have guidance where t is below this share of T, `cfg_t_min` to 1: 1 is up to the noisiest step
 * ([`GuidanceInterval`](crate::diffusion::GuidanceInterval)).
 */
cfg_t_max: number, 
/**
 * Each image is moved by up to so many pixels along either axis, 0 to [`MAX_SHIFT`].
 */
max_shift: number, 
/**
 * Step s, from 0, takes its images from `first_example` + s·`batch_size` of the data's endless sequence on
 * ([`Batches`](crate::data::Batches)). It is 0 unless the batch size was changed on the way, and may be below.
 */
first_example: number, 
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

export type LossKind = "simple" | "hybrid" | "vlb";

export type TimestepSampling = "uniform" | "stratified" | "importance";

export type LrDecay = "cosine" | "inverse_sqrt";

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
short_runs: Array<ShortRun>, 
/**
 * The recipes to choose from, in the order to offer them.
 */
plans: Array<RunPlan>, } | { "type": "device" } & DeviceInfo | { "type": "model" } & ModelInfo | { "type": "schedule" } & Curves | { "type": "data" } & DatasetInfo | { "type": "estimate" } & Estimate | { "type": "pictures" } & PicturesInfo | { "type": "preview" } & Preview | { "type": "sampling" } & SamplingProgress | { "type": "sampled" } & Sampled | { "type": "drafted" } & Sampled | { "type": "measurement", 
/**
 * What [`MeasuringProgress::what`] will name, in this order.
 */
parts: Array<string>, } | { "type": "held_frames", 
/**
 * The noisiest first: those of passes, and last the images as they stand.
 */
frames: Array<Frame>, } | { "type": "trajectory" } & TrajectoryFrames | { "type": "frame_painted", 
/**
 * As asked.
 */
what: FrameKind, 
/**
 * As asked.
 */
frame: number, } | { "type": "recognised", 
/**
 * That of the pixels that were looked at, as in [`Sampled::fingerprint`].
 */
fingerprint: string, 
/**
 * The probability of each of the ten digits, ten numbers for each image, which add up to 1.
 */
probabilities: Array<number>, } | { "type": "measuring" } & MeasuringProgress | { "type": "measured" } & Measured | { "type": "training" } & TrainingProgress | { "type": "samples", 
/**
 * The row.
 */
row: SampleRow, 
/**
 * The steps of all rows that the session keeps now, the oldest first: the page forgets the others.
 */
kept: Array<number>, } | { "type": "examples" } & Examples | { "type": "speed", 
/**
 * The network's size.
 */
preset: Preset, 
/**
 * Images a step.
 */
batch_size: number, 
/**
 * Training images a second.
 */
images_per_s: number, } | { "type": "explained" } & Explained | { "type": "weights", 
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
info: RunInfo, 
/**
 * Its rows of samples, the oldest first.
 */
film: Array<SampleRow>, 
/**
 * Gradient norms, learning rates, speeds and losses by t so far.
 */
metrics: Array<MetricPoint>, 
/**
 * Steps and losses on images that it does not learn from.
 */
validation: Array<[number, number]>, } | { "type": "note", 
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
 * `Command::Step`.
 */
step: boolean, 
/**
 * `Command::Save`.
 */
save: boolean, 
/**
 * Loading a file with weights or training images.
 */
load: boolean, };

export type DefaultEta = { 
/**
 * Where a class is asked for.
 */
with_class: number, 
/**
 * Where none is.
 */
without_class: number, };

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
 * η if nobody chooses one; of no account without the setting.
 */
eta: DefaultEta, 
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

export type GuidanceInterval = { 
/**
 * The share of T from which on there is guidance, 0 to `cfg_t_max`.
 */
cfg_t_min: number, 
/**
 * The share of T below which there is guidance, `cfg_t_min` to 1.
 */
cfg_t_max: number, };

export type GuideInfo = { 
/**
 * Trainable numbers in its network.
 */
parameters: number, 
/**
 * The guidance with which digits are drawn without a class when nobody asks for another.
 */
cfg_scale: number, 
/**
 * The steps in which it acts.
 */
interval: GuidanceInterval, };

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
 * The guide, a weaker network away from which digits are drawn without a class; `None` if the weights have none.
 */
guide: GuideInfo | null, 
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
 * Those of the command; after an edit `count` is that of the images. The classes of a text are in `class`, its sampler is that
 * of a draft.
 */
options: GenerateOptions, 
/**
 * Places in a row of the picture.
 */
columns: number, 
/**
 * The place of each image in it: place p is in row p / `columns`.
 */
places: Array<number>, 
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
pixels: Uint8Array, 
/**
 * The class that each image was drawn for; 255 for one that was drawn without.
 */
labels: Array<number>, 
/**
 * The frames that were kept, which [`Command::Trajectory`](super::Command::Trajectory) and
 * [`Command::PaintFrame`](super::Command::PaintFrame) ask for, the noisiest first: those of passes, and last the images
 * themselves. Empty if none were kept, as of a blend that was cancelled on the way up to its noise.
 */
frames: Array<Frame>, };

export type Frame = { 
/**
 * The steps of the draw that were taken before it.
 */
step: number, 
/**
 * The t of x; `None` for an image without noise.
 */
t: number | null, 
/**
 * ᾱ of x, 0 to 1.
 */
alpha_bar: number, 
/**
 * The signal-to-noise ratio ᾱ/(1 − ᾱ) of x; infinite for an image without noise.
 */
snr: number, };

export type FrameKind = "x" | "x0_hat" | "eps_hat";

export type TrajectoryFrames = { 
/**
 * The part of the frames: x_t, the estimate x̂₀ or the estimate ε̂.
 */
what: FrameKind, 
/**
 * The digit, counted from 0; `None` for all of them.
 */
digit: number | null, 
/**
 * Digits in `pixels`: one, or all.
 */
digits: number, 
/**
 * Where each frame stands. Estimates have one less than [`Sampled::frames`]: nothing was estimated of the images at the
 * end.
 */
frames: Array<Frame>, 
/**
 * The frames, digit by digit, `digits`×`frames`×28×28 bytes: x and x̂₀ from 0 for −1 or less to 255 for 1 or more, ε̂ from 0
 * for −3 or less to 255 for 3 or more ([`EPS_RANGE`](crate::samplers::EPS_RANGE)).
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
 * The figures.
 */
figures: Figures, 
/**
 * Digits that the classifier does not recognise, the least certain first; not all of them where there are many.
 */
unsure: Array<UnsureDigit>, 
/**
 * Their images, one byte a pixel, N×28×28, 0 black to 255 white.
 */
unsure_pixels: Uint8Array, 
/**
 * All of it, as `ddpm evaluate` writes it.
 */
json: string, 
/**
 * Whether nothing is still to come.
 */
complete: boolean, };

export type UnsureDigit = { 
/**
 * Its number in the draw, from 0.
 */
number: number, 
/**
 * The digit that was asked for, if any.
 */
asked: number | null, 
/**
 * The digit that the classifier takes it for.
 */
seen: number, 
/**
 * The probability that the classifier gives to that digit, 0.1 to 0.95.
 */
confidence: number, };

export type Figures = { 
/**
 * The classifier that the figures depend on.
 */
classifier: ClassifierFigures, 
/**
 * The digits that were drawn for given labels.
 */
conditional: SetFigures | null, 
/**
 * The digits that were drawn without labels.
 */
unconditional: SetFigures | null, 
/**
 * The network's error in the noise.
 */
eps_error: EpsErrorFigures | null, 
/**
 * The variational bound.
 */
bits: BitsPerDimFigures | null, };

export type ClassifierFigures = { 
/**
 * The fraction of the test images that it classifies correctly.
 */
accuracy: Figure, };

export type SetFigures = { 
/**
 * The number of images.
 */
count: number, 
/**
 * The time that drawing took, in seconds; `None` for images read from a file.
 */
seconds: number | null, 
/**
 * The Fréchet distance from the test images. The reference is that of as many training images, of the same classes
 * if the samples have labels.
 */
frechet: WithReference<Figure>, 
/**
 * The fraction of images that the classifier is more than 95 % sure of, whichever digit it sees; the reference is that
 * of the same training images.
 */
recognised: WithReference<Figure>, 
/**
 * The fraction of images that the classifier assigns to their label; `None` for images without labels.
 */
accuracy: Accuracy | null, 
/**
 * The fraction of the images that the classifier assigns to each digit.
 */
histogram: [Figure, Figure, Figure, Figure, Figure, Figure, Figure, Figure, Figure, Figure], 
/**
 * The distances to the nearest training image. The reference is that of test images.
 */
neighbours: WithReference<DistanceSummary> | null, 
/**
 * The classification accuracy score (see [`super::cas`]). The reference is that of as many training images of the
 * same classes.
 */
cas: WithReference<Figure> | null, };

export type Accuracy = { 
/**
 * The accuracy on all images.
 */
all: Figure, 
/**
 * The accuracy on the images of each class; `None` for a class without images.
 */
by_class: [Figure | null, Figure | null, Figure | null, Figure | null, Figure | null, Figure | null, Figure | null, Figure | null, Figure | null, Figure | null], 
/**
 * How many images of each label the classifier assigns to each digit, `[label][digit]`.
 */
confusion: [[number, number, number, number, number, number, number, number, number, number], [number, number, number, number, number, number, number, number, number, number], [number, number, number, number, number, number, number, number, number, number], [number, number, number, number, number, number, number, number, number, number], [number, number, number, number, number, number, number, number, number, number], [number, number, number, number, number, number, number, number, number, number], [number, number, number, number, number, number, number, number, number, number], [number, number, number, number, number, number, number, number, number, number], [number, number, number, number, number, number, number, number, number, number], [number, number, number, number, number, number, number, number, number, number]], };

export type WithReference<T> = { 
/**
 * The figure of the samples.
 */
samples: T, 
/**
 * The figure of the real images.
 */
real: T, };

export type EpsErrorFigures = { 
/**
 * The number of test images used.
 */
images: number, 
/**
 * The error for t in each tenth of 0 … T − 1.
 */
tenths: [Figure, Figure, Figure, Figure, Figure, Figure, Figure, Figure, Figure, Figure], };

export type BitsPerDimFigures = { 
/**
 * The number of test images used.
 */
images: number, 
/**
 * The number of t drawn for each image, besides t = 0.
 */
strata: number, 
/**
 * The bound for each variance of the reverse process.
 */
bounds: Array<BitsPerDim>, };

export type BitsPerDim = { 
/**
 * The reverse process's variance σ², with which the bound was computed.
 */
variance_type: VarianceType, 
/**
 * The bound, `l_t` + `l` + `l_0`.
 */
total: Figure, 
/**
 * L_T: the information about the image that x_T still carries.
 */
l_t: Figure, 
/**
 * Σ L_{t−1}: the T − 1 reverse steps between noisy images.
 */
l: Figure, 
/**
 * L_0: the step from the cleanest noisy image to the grey levels.
 */
l_0: Figure, };

export type DistanceSummary = { 
/**
 * The mean.
 */
mean: Figure, 
/**
 * The smallest distance. It has no interval: no resample has a smaller one.
 */
smallest: Figure, 
/**
 * The distance that 1 % do not exceed.
 */
percentile_1: Figure, 
/**
 * The distance that 10 % do not exceed.
 */
percentile_10: Figure, 
/**
 * The distance that 50 % do not exceed.
 */
median: Figure, 
/**
 * The distance that 90 % do not exceed.
 */
percentile_90: Figure, 
/**
 * A histogram: the number of distances in 0 … ½, ½ … 1 and so on, 32 bins, of which the last has no upper end.
 */
halves: Array<number>, };

export type Figure = { 
/**
 * The figure, from the images that were measured.
 */
value: number, 
/**
 * The two ends of its 95 % confidence interval; `None` where resamples say nothing: for a figure of a single image, for
 * the smallest of many numbers, and for a figure that was not measured here.
 */
interval: [number, number] | null, };

export type SampleRow = { 
/**
 * Optimiser steps behind the weights that it was drawn from.
 */
step: number, 
/**
 * Its images, one byte a pixel, 28×28 each, 0 black to 255 white.
 */
pixels: Uint8Array, };

export type MetricPoint = { 
/**
 * The step, counted from 1.
 */
step: number, 
/**
 * The L2 norm of the gradient before clipping: the mean of the steps.
 */
grad_norm: number, 
/**
 * The learning rate of the last step.
 */
learning_rate: number, 
/**
 * Training images a second, over the last seconds.
 */
images_per_s: number, 
/**
 * The running mean of the loss in each tenth of 0 … T−1 ([`TenthMeans`]).
 */
tenths: [number | null, number | null, number | null, number | null, number | null, number | null, number | null, number | null, number | null, number | null], };

export type Examples = { 
/**
 * Optimiser steps behind the weights, which are those that are trained and not their average.
 */
step: number, 
/**
 * The number of the command.
 */
set: number, 
/**
 * The t of each image.
 */
t: Array<number>, 
/**
 * The loss of each image, as the recipe has it.
 */
losses: Array<number>, 
/**
 * Five pictures for each image, 28×28 bytes each: x₀, x_t, ε, ε̂ and x̂₀. Grey 128 is 0; black and white are −1 and 1, for ε and
 * ε̂ −2 and 2.
 */
pixels: Uint8Array, };

export type RunPlan = { 
/**
 * Its name in files and addresses.
 */
name: string, 
/**
 * What the page calls it.
 */
title: string, 
/**
 * What it gives, in sentences. Their figures are those of `docs/training.md` and `docs/quality.md`.
 */
gives: string, 
/**
 * The network.
 */
preset: Preset, 
/**
 * The recipe.
 */
config: TrainConfig, 
/**
 * The number of steps of the run; 0 goes on until it is paused.
 */
steps: number, 
/**
 * The number of steps that its length is told for: `steps`, or, without an end, those of its source.
 */
usual_steps: number, 
/**
 * Whether another network goes by the [`ShortRun`] of its own size.
 */
short: boolean, };

export type AdjustOptions = { 
/**
 * The learning rate at its peak; warm-up and fall stay where they are.
 */
learning_rate: number | null, 
/**
 * Images a step. The data go on where they were.
 */
batch_size: number | null, 
/**
 * The session is held after this step, once; 0 takes that back.
 */
stop_at: number | null, };

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
learning_rate: number, 
/**
 * The L2 norm of the gradient before clipping in each step of `losses`.
 */
grad_norms: Array<number>, 
/**
 * The learning rate of each step of `losses`.
 */
learning_rates: Array<number>, 
/**
 * The running mean of the loss in each tenth of 0 … T−1, from the smallest t on; `None` where no image had such a t.
 */
tenths: [number | null, number | null, number | null, number | null, number | null, number | null, number | null, number | null, number | null, number | null], 
/**
 * Losses on images that it does not learn from, which have become known since the last event: (step, loss).
 */
validation: Array<[number, number]>, 
/**
 * The learning rate at its peak, as [`AdjustOptions`](super::AdjustOptions) changes it.
 */
peak_learning_rate: number, 
/**
 * Images a step.
 */
batch_size: number, 
/**
 * The step after which the session will be held, once, if [`AdjustOptions`](super::AdjustOptions) asked for it.
 */
stop_at: number | null, };

export type ExplainOptions = { 
/**
 * Comes back in the answer.
 */
id: number, 
/**
 * The question.
 */
question: Question, };

export type Question = "images" | { "weights": { 
/**
 * While a training session runs: whether they are to be its average after the present step, from now on. Otherwise they
 * stay those of the step where it began, or where this was asked last.
 */
newest: boolean, } } | { "forgetting": { 
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
walk: PlaneWalk, 
/**
 * Forward passes, 1 to 100.
 */
steps: number, } } | { "inside": { 
/**
 * The image.
 */
noisy: NoisyImage, 
/**
 * A pass of the last draw, whose t and x_t take the place of those of `noisy`.
 */
drawn: DrawnPass | null, 
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

export type DrawnPass = { 
/**
 * Which of the images, counted from 0.
 */
digit: number, 
/**
 * The number of the frame, counted from 0.
 */
frame: number, };

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

export type Answer = { "refused": string } | { "images": ExampleImages } | { "weights": { 
/**
 * Optimiser steps behind them.
 */
step: number, } } | { "forgetting": Forgetting } | { "curves": Array<ScheduleCurve> } | { "schedules": Schedules } | { "predicted": Predicted } | { "step": Step } | { "pixel_step": StepNumbers } | { "terms": Terms } | { "score_row": ScoreRow } | { "score_point": ScorePoint } | { "score_walk": ScoreWalk } | { "inside": Inside };

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
 * σ² of each pixel where the network says it; else empty.
 */
variance: Array<number>, 
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

export type PlaneWalk = "ddim" | "langevin";

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
 * The errors, with those that were not switched off; `None` for a pass of a draw, where nobody knows the noise.
 */
errors: SquaredErrors | null, 
/**
 * The errors with all of them.
 */
errors_whole: SquaredErrors | null, };

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

export type Subject = "command" | "weights" | "data" | "train" | "generate" | "edit" | "measure" | "save" | "frames" | "recognise";

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
