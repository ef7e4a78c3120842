//! The page's type declarations and forms, held against the types here.

use ts_rs::TS;

use super::*;
use crate::checkpoint::Dtype;
use crate::data::DatasetInfo;
use crate::diffusion::Prediction;
use crate::diffusion::schedule::{Curves, ScheduleKind, Spacing};
use crate::nn::unet::Preset;
use crate::samplers::{Class, SamplerConfig, SamplerInfo, SamplerKind, Setting, VarianceType};
use crate::training::TrainConfig;

/// The page's type declarations are those of this file. When they are not, they are written
/// anew, and the test fails once so that the change is seen and committed.
#[test]
fn declarations_are_fresh() {
    let mut text = String::from(
        "// Written by `cargo test protocol` from crate/web/protocol/: do not edit.\n",
    );
    macro_rules! declare {
        ($($name:ty),* $(,)?) => {
            $(text.push_str(&format!("\nexport {}\n", <$name>::decl()));)*
        };
    }
    declare!(
        Command,
        GenerateOptions,
        Class,
        SamplerConfig,
        SamplerKind,
        Spacing,
        VarianceType,
        EditOptions,
        Edit,
        MeasureOptions,
        TrainOptions,
        TrainConfig,
        ScheduleKind,
        Prediction,
        Preset,
        Dtype,
        State,
        Activity,
        Event,
        Can,
        SamplerInfo,
        Setting,
        DeviceInfo,
        ModelInfo,
        Curves,
        DatasetInfo,
        Preview,
        SamplingProgress,
        Sampled,
        MeasuringProgress,
        Measured,
        TrainingProgress,
        Subject,
        Refusal,
    );
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/www/protocol.d.ts");
    let found = std::fs::read_to_string(path).unwrap_or_default();
    if found != text {
        std::fs::write(path, text).expect("www/ can be written");
        panic!("www/protocol.d.ts was stale and has been written anew: commit it");
    }
}

/// The forms that the page opens with hold the trainer's and the samplers' own defaults.
#[test]
fn the_forms_open_with_the_defaults() {
    let page = include_str!("../../../index.html");
    let config = TrainConfig::default();
    let sampler = SamplerConfig::default();
    for (id, default) in [
        ("steps", f64::from(sampler.kind.info().steps)),
        ("eta", sampler.eta),
        ("threshold", sampler.threshold_percentile),
        ("langevin-inner", f64::from(sampler.langevin_inner)),
        ("langevin-step-size", sampler.langevin_step_size),
        ("batch-size", f64::from(config.batch_size)),
        ("learning-rate", config.learning_rate),
        ("warmup", f64::from(config.warmup_steps)),
        ("timesteps", f64::from(config.timesteps)),
        ("min-snr-gamma", config.min_snr_gamma),
        ("max-shift", f64::from(config.max_shift)),
        ("ema-decay", config.ema_decay),
        ("weight-decay", config.weight_decay),
        ("grad-clip", config.grad_clip),
        ("label-dropout", config.label_dropout),
        ("training-seed", f64::from(config.seed)),
    ] {
        let (_, input) = page
            .split_once(&format!("<input id=\"{id}\""))
            .unwrap_or_else(|| panic!("the page has no input {id}"));
        let (_, value) = input.split_once("value=\"").expect("it has a value");
        let (value, _) = value.split_once('"').expect("closed");
        assert_eq!(value.parse::<f64>().expect("a number"), default, "{id}");
    }
    // Where no option is marked as selected, the first one is.
    for (id, names) in [
        (
            "beta-schedule",
            ScheduleKind::ALL.map(ScheduleKind::name).to_vec(),
        ),
        ("prediction", Prediction::ALL.map(Prediction::name).to_vec()),
    ] {
        let (_, select) = page
            .split_once(&format!("<select id=\"{id}\""))
            .unwrap_or_else(|| panic!("the page has no select {id}"));
        let (options, _) = select.split_once("</select>").expect("closed");
        let values = options.split("<option value=\"").skip(1);
        let values: Vec<&str> = values.map(|o| &o[..o.find('"').expect("closed")]).collect();
        assert_eq!(values, names, "{id}");
        assert!(!options.contains("selected"), "{id}");
    }
    assert_eq!(config.schedule, ScheduleKind::ALL[0]);
    assert_eq!(config.prediction, Prediction::ALL[0]);
    assert!(!config.zero_terminal_snr);
    for preset in Preset::ALL {
        let parameters = crate::nn::unet::UNet::layout(&preset.config()).len();
        let millions = parameters as f64 / 1e6;
        let digits = if millions < 1.0 { 2 } else { 1 };
        let option = format!("<option value=\"{}\"", preset.name());
        let (_, rest) = page.split_once(&option).expect("every preset is offered");
        let text = format!("{millions:.digits$} M</option>");
        let (label, _) = rest.split_once('\n').expect("a line");
        assert!(label.ends_with(&text), "{label} should end in {text}");
    }
}
