//! The recipe of a training run: everything that decides what it computes, apart from the network's shape and the data.
//!
//! A field is declared in one place, the call of [`recipe!`] below. From it come the field of [`TrainConfig`], its
//! default and its range with the message, the flag of `ddpm train`, the input in the page's form
//! ([`TrainConfig::fields`], which the worker sends), its place in weights files and in the saved state that
//! `--resume` reads, and what happens to it when training begins from trained weights. To add one, add an entry as
//! `recipe/declare.rs` shows and use its value where it counts.
//!
//! A file is written with the smallest format number that is true: that of the latest field in its recipe that is not at
//! `missing`, which is what older programs take for granted ([`TrainConfig::oldest_format`]). So a new field raises the number
//! that this program reads ([`TrainConfig::FORMAT`]), and only files that make use of it need a newer program.
//!
//! Rules about more than one field are in `recipe/rules.rs` ([`TrainConfig::validate`]).

mod choices;
mod declare;
mod field;
mod model;
mod plan;
mod range;
mod rules;
mod short_run;

pub use choices::{LossKind, LrDecay, TimestepSampling};
use declare::recipe;
use field::{About, FieldType};
pub use field::{Decides, FieldControl, FieldGroup, FieldValue, RecipeField};
pub use plan::RunPlan;
use range::Range;
pub use short_run::ShortRun;

use crate::diffusion::schedule::{MAX_TIMESTEPS, MIN_TIMESTEPS, ScheduleKind, VarianceType};
use crate::diffusion::{DEFAULT_CFG_SCALE, MAX_CFG_SCALE, Prediction};

/// Most pixels by which images may be shifted: MNIST leaves four free around a digit.
pub const MAX_SHIFT: u32 = 4;

recipe! {
    /// Everything that decides what a run computes; stored in every weights file.
    TrainConfig;

    /// Images a step, 1 to the size of the data set.
    batch_size: u32 {
        since: 1,
        default: 32,
        missing: 32,
        decides: Decides::Training,
        label: "Batch size",
        help: "Images a step",
        range: Range::at_least(1.0).up_to_images(),
        refusal: "The batch size is {}; it must be between 1 and the {max} images of the data.",
        group: FieldGroup::Main,
        place: 2,
    }

    /// Peak learning rate, above 0 and at most 1.
    learning_rate: f64 {
        since: 1,
        default: 1e-3,
        missing: 1e-3,
        decides: Decides::Training,
        label: "Learning rate",
        help: "Peak learning rate, above 0 and at most 1",
        range: Range::above(0.0).at_most(1.0),
        refusal: "The learning rate is {}; it must be above 0 and at most 1 (0.001 is a good start).",
        group: FieldGroup::Main,
        place: 3,
    }

    /// Steps over which the learning rate rises linearly from 0 to its peak.
    warmup_steps: u32 {
        since: 1,
        default: 50,
        missing: 50,
        decides: Decides::Training,
        label: "Warm-up",
        help: "Steps over which the learning rate rises from 0 to its peak",
        group: FieldGroup::More,
        place: 6,
    }

    /// Step at which the learning rate, falling along half a cosine after the warm-up, reaches 0; 0 keeps it at its
    /// peak, for runs without a planned end. Not in the page's form: a visitor stops when they have seen enough.
    decay_steps: u32 {
        since: 1,
        default: 0,
        missing: 0,
        decides: Decides::Training,
        label: "Decay",
        help: "Step at which the learning rate has fallen to 0 along half a cosine; 0 keeps it constant",
        group: FieldGroup::Hidden,
    }

    /// How the learning rate falls if `decay_steps` is not 0.
    lr_decay: LrDecay {
        since: 2,
        default: LrDecay::Cosine,
        missing: LrDecay::Cosine,
        decides: Decides::Training,
        label: "Decay's form",
        help: "How the learning rate falls: to 0 at the decay's step, or from that step on with 1/√step",
        group: FieldGroup::Hidden,
    }

    /// T, 10 to 4000.
    timesteps: u32 {
        since: 1,
        default: 1000,
        missing: 1000,
        decides: Decides::Outputs,
        label: "Timesteps (T)",
        help: "T of the noise schedule",
        hint: "10 to 4,000",
        range: Range::at_least(MIN_TIMESTEPS as f64).at_most(MAX_TIMESTEPS as f64),
        refusal: "T is {}; it must be between {min} and {max}.",
        group: FieldGroup::Main,
        place: 1,
    }

    /// How β runs over those steps, between the ends that the next fields name.
    schedule: ScheduleKind {
        since: 1,
        default: ScheduleKind::Linear,
        missing: ScheduleKind::Linear,
        decides: Decides::Outputs,
        label: "Noise schedule",
        help: "How β runs over the T steps",
        group: FieldGroup::More,
        place: 1,
    }

    /// Stretch the schedule so that nothing of the image is left at the last step (Lin et al. 2023).
    /// Not with `prediction` ε nor with `min_snr_gamma`: neither would learn that step.
    zero_terminal_snr: bool {
        since: 1,
        default: false,
        missing: false,
        decides: Decides::Outputs,
        label: "Zero terminal SNR",
        help: "Stretch the schedule so that nothing of the image is left at its last step; with the prediction v or x0 only",
        group: FieldGroup::More,
        place: 2,
    }

    /// The first β of the schedules that run from end to end in β, all but `cosine` and `log_snr` ([`Ends`]).
    beta_start: f64 {
        since: 2,
        default: 1e-4,
        missing: 1e-4,
        decides: Decides::Outputs,
        label: "First β",
        help: "First β of the noise schedule; not for cosine and log_snr",
        hint: "above 0, below 1",
        range: Range::above(0.0).below(1.0),
        refusal: "The first β is {}; it must be above 0 and below 1 (0.0001 is usual).",
        group: FieldGroup::More,
        place: 1,
    }

    /// The last β of these schedules.
    beta_end: f64 {
        since: 2,
        default: 0.02,
        missing: 0.02,
        decides: Decides::Outputs,
        label: "Last β",
        help: "Last β of the noise schedule; not for cosine and log_snr",
        hint: "above 0, below 1",
        range: Range::above(0.0).below(1.0),
        refusal: "The last β is {}; it must be above 0 and below 1 (0.02 is usual).",
        group: FieldGroup::More,
        place: 1,
    }

    /// ln SNR at the first step of the schedule `log_snr`.
    log_snr_max: f64 {
        since: 2,
        default: 13.3,
        missing: 13.3,
        decides: Decides::Outputs,
        label: "First ln SNR",
        help: "Log signal-to-noise ratio at the first step of the schedule log_snr",
        hint: "−20 to 20",
        range: Range::at_least(-20.0).at_most(20.0),
        refusal: "The first ln SNR is {}; it must be between {min} and {max} (13.3 is usual).",
        group: FieldGroup::More,
        place: 1,
    }

    /// ln SNR at the last step of the schedule `log_snr`.
    log_snr_min: f64 {
        since: 2,
        default: -5.0,
        missing: -5.0,
        decides: Decides::Outputs,
        label: "Last ln SNR",
        help: "Log signal-to-noise ratio at the last step of the schedule log_snr",
        hint: "−20 to 20",
        range: Range::at_least(-20.0).at_most(20.0),
        refusal: "The last ln SNR is {}; it must be between {min} and {max} (-5 is usual).",
        group: FieldGroup::More,
        place: 1,
    }

    /// The variance of the reverse step. With a learned one the network has a second output channel. Which of the two fixed
    /// ones it is matters to the loss `vlb` alone: samplers choose anew.
    variance_type: VarianceType {
        since: 2,
        default: VarianceType::FixedSmall,
        missing: VarianceType::FixedSmall,
        decides: Decides::Outputs,
        label: "Variance σ²",
        help: "Variance of the reverse step: fixed, or learned as a second output of the network",
        group: FieldGroup::More,
        place: 3,
    }

    /// What is minimised.
    loss: LossKind {
        since: 2,
        default: LossKind::Simple,
        missing: LossKind::Simple,
        decides: Decides::Training,
        label: "Loss",
        help: "What is minimised: the squared error, that and the variational bound, or the bound alone",
        group: FieldGroup::More,
        place: 4,
    }

    /// λ, the factor of L_vlb (in bits/dim) in the loss `hybrid`, in the paper 0.001 (Nichol & Dhariwal 2021, section 3.1).
    vlb_weight: f64 {
        since: 2,
        default: 0.001,
        missing: 0.001,
        decides: Decides::Training,
        label: "λ of L_vlb",
        help: "Factor of the variational bound in the hybrid loss",
        hint: "above 0, at most 1",
        range: Range::above(0.0).at_most(1.0),
        refusal: "λ of L_vlb is {}; it must be above 0 and at most 1 (0.001 is usual).",
        group: FieldGroup::More,
        place: 4,
    }

    /// How t is drawn for each image.
    t_sampling: TimestepSampling {
        since: 2,
        default: TimestepSampling::Uniform,
        missing: TimestepSampling::Uniform,
        decides: Decides::Training,
        label: "t is drawn",
        help: "How t is drawn: uniformly, evenly spread over each batch, or by the size of the bound's terms (for the loss vlb)",
        group: FieldGroup::More,
        place: 4,
    }

    /// What the network is trained to predict.
    prediction: Prediction {
        since: 1,
        default: Prediction::Epsilon,
        missing: Prediction::Epsilon,
        decides: Decides::Outputs,
        label: "Network predicts",
        help: "What the network says of a noisy image: its noise ε, the image x0, or the velocity v",
        group: FieldGroup::More,
        place: 3,
    }

    /// γ of min-SNR weighting (Hang et al. 2023), in the paper 5; 0 switches it off.
    min_snr_gamma: f64 {
        since: 1,
        default: 0.0,
        missing: 0.0,
        decides: Decides::Training,
        label: "Min-SNR γ",
        help: "γ of min-SNR weighting, 5 in its paper; 0 is off",
        range: Range::at_least(0.0),
        refusal: "The min-SNR γ is {}; it must be 0 (off) or a positive number (5 is usual).",
        group: FieldGroup::More,
        place: 4,
    }

    /// Decay of the exponential moving average of the weights, 0 to below 1. The first steps use
    /// min(decay, (1 + step)/(10 + step)), so that a short run's average is not its first values.
    ema_decay: f64 {
        since: 1,
        default: 0.999,
        missing: 0.999,
        decides: Decides::Training,
        label: "EMA decay",
        help: "Decay of the moving average of the weights that digits are drawn from, 0 to below 1",
        range: Range::at_least(0.0).below(1.0),
        refusal: "The EMA decay is {}; it must be at least 0 and below 1.",
        group: FieldGroup::Main,
        place: 4,
    }

    /// Width of a power-law moving average of the weights, relative to the length of the run (Karras et al. 2024, "EDM2",
    /// section 3.1: σ_rel); 0 takes the average with `ema_decay` instead.
    ema_std: f64 {
        since: 2,
        default: 0.0,
        missing: 0.0,
        decides: Decides::Training,
        label: "EMA width",
        help: "Width of the weights' power-law average as a share of the run so far, 0.05 to 0.1; 0 takes the EMA decay",
        hint: "0 to 0.25",
        range: Range::at_least(0.0).at_most(0.25),
        refusal: "The EMA width is {}; it must be 0 (off) or at most {max}.",
        group: FieldGroup::More,
        place: 7,
    }

    /// AdamW's decoupled decay; 0 is plain Adam.
    weight_decay: f64 {
        since: 1,
        default: 0.0,
        missing: 0.0,
        decides: Decides::Training,
        label: "Weight decay",
        help: "AdamW's weight decay, 0 to below 1; 0 is plain Adam",
        range: Range::at_least(0.0).below(1.0),
        refusal: "The weight decay is {}; it must be at least 0 and below 1.",
        group: FieldGroup::More,
        place: 8,
    }

    /// Largest L2 norm of the whole gradient; 0 switches clipping off.
    grad_clip: f64 {
        since: 1,
        default: 1.0,
        missing: 1.0,
        decides: Decides::Training,
        label: "Gradient clip",
        help: "Largest L2 norm of the whole gradient; 0 is off",
        range: Range::at_least(0.0),
        refusal: "The gradient clip is {}; it must be 0 (off) or a positive norm.",
        group: FieldGroup::More,
        place: 7,
    }

    /// Share of labels replaced by "no class", 0 to 1.
    label_dropout: f64 {
        since: 1,
        default: 0.1,
        missing: 0.1,
        decides: Decides::Training,
        label: "Label dropout",
        help: "Share of labels replaced by \"no class\", 0 to 1: what guidance and unconditional digits need",
        range: Range::at_least(0.0).at_most(1.0),
        refusal: "The label dropout is {}; it must be between 0 and 1.",
        group: FieldGroup::More,
        place: 9,
    }

    /// The scale of classifier-free guidance with which digits of these weights are drawn if nobody asks for another, 0 to
    /// [`MAX_CFG_SCALE`]. Weights that have learned for a short time do best with more than others.
    cfg_scale: f64 {
        since: 4,
        default: DEFAULT_CFG_SCALE,
        missing: 1.5,
        decides: Decides::Training,
        label: "Guidance of its digits",
        help: "Guidance with which digits of these weights are drawn if no other is asked for, 0 to 8; 1 is none",
        range: Range::at_least(0.0).at_most(MAX_CFG_SCALE),
        refusal: "The guidance of its digits is {}; it must be between {min} and {max} (1 is none).",
        group: FieldGroup::More,
        place: 9,
    }

    /// Draws with a class have guidance where t is at least this share of T, 0 to `cfg_t_max`
    /// ([`GuidanceInterval`](crate::diffusion::GuidanceInterval)).
    cfg_t_min: f64 {
        since: 6,
        default: 0.0,
        missing: 0.0,
        decides: Decides::Training,
        label: "Guidance from t / T",
        help: "Guidance of these weights' digits only where t is at least this share of T, 0 to 1; 0 is down to the last step",
        hint: "0 to 1",
        range: Range::at_least(0.0).at_most(1.0),
        refusal: "The share of T from which on guidance acts is {}; it must be between {min} and {max} (0 is down to the last step).",
        group: FieldGroup::More,
        place: 9,
    }

    /// Draws with a class have guidance where t is below this share of T, `cfg_t_min` to 1: 1 is up to the noisiest step
    /// ([`GuidanceInterval`](crate::diffusion::GuidanceInterval)).
    cfg_t_max: f64 {
        since: 6,
        default: 1.0,
        missing: 1.0,
        decides: Decides::Training,
        label: "Guidance below t / T",
        help: "Guidance of these weights' digits only where t is below this share of T, 0 to 1; 1 is up to the noisiest step",
        hint: "0 to 1",
        range: Range::at_least(0.0).at_most(1.0),
        refusal: "The share of T below which guidance acts is {}; it must be between {min} and {max} (1 is up to the noisiest step).",
        group: FieldGroup::More,
        place: 9,
    }

    /// Each image is moved by up to so many pixels along either axis, 0 to [`MAX_SHIFT`].
    max_shift: u32 {
        since: 1,
        default: 0,
        missing: 0,
        decides: Decides::Training,
        label: "Random shifts",
        help: "Move each image by up to so many pixels (0 to 4) along either axis",
        range: Range::at_least(0.0).at_most(MAX_SHIFT as f64),
        refusal: "The largest shift is {} pixels; it must be between 0 and {max}.",
        group: FieldGroup::More,
        place: 5,
    }

    /// Step s, from 0, takes its images from `first_example` + s·`batch_size` of the data's endless sequence on
    /// ([`Batches`](crate::data::Batches)). It is 0 unless the batch size was changed on the way, and may be below.
    first_example: f64 {
        since: 3,
        default: 0.0,
        missing: 0.0,
        decides: Decides::Training,
        label: "First example",
        help: "Place of the run's first image in the endless sequence of the data; not 0 after a change of the batch size",
        range: Range::at_least(-1e15).at_most(1e15),
        refusal: "The place of the first example is {}; it must be between {min} and {max}.",
        group: FieldGroup::Hidden,
    }

    /// Seed of first weights, order of the data, t, ε, label dropout and shifts.
    seed: u32 {
        since: 1,
        default: 0,
        missing: 0,
        decides: Decides::Training,
        label: "Training seed",
        help: "Seed of the first weights and of all that is random in training",
        range: Range::at_least(0.0).at_most(u32::MAX as f64),
        group: FieldGroup::Main,
        place: 5,
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
