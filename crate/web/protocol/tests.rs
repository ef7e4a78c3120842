//! The page's type declarations and forms, held against the types here.

use ts_rs::TS;

use super::*;
use crate::checkpoint::Dtype;
use crate::data::{Conversion, DatasetId, DatasetInfo, Fit};
use crate::diffusion::schedule::{Curves, ScheduleKind, Spacing};
use crate::diffusion::{DEFAULT_CFG_SCALE, GuidanceInterval, MAX_CFG_SCALE, Prediction};
use crate::evaluation::bits_per_dim::BitsPerDim;
use crate::evaluation::bootstrap::Estimate as Figure;
use crate::evaluation::figures::{
    Accuracy, BitsPerDimFigures, ClassifierFigures, EpsErrorFigures, Figures, SetFigures,
    WithReference,
};
use crate::evaluation::neighbours::DistanceSummary;
use crate::nn::unet::Preset;
use crate::samplers::{
    Class, DefaultEta, Frame, FrameKind, SamplerConfig, SamplerInfo, SamplerKind, Setting,
    VarianceType,
};
use crate::training::{
    Decides, FieldControl, FieldGroup, FieldValue, LossKind, LrDecay, MetricPoint, RecipeField,
    RunPlan, ShortRun, TimestepSampling, TrainConfig,
};

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
        AssumeOptions,
        RunInfo,
        DatasetId,
        GenerateOptions,
        Walk,
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
        RecipeField,
        ShortRun,
        FieldControl,
        FieldValue,
        FieldGroup,
        Decides,
        ScheduleKind,
        Prediction,
        LossKind,
        TimestepSampling,
        LrDecay,
        Preset,
        Dtype,
        State,
        Activity,
        Event,
        Can,
        DefaultEta,
        SamplerInfo,
        Setting,
        DeviceInfo,
        GuidanceInterval,
        GuideInfo,
        ModelInfo,
        Curves,
        DatasetInfo,
        PicturesInfo,
        Estimate,
        PicturesAction,
        Conversion,
        Fit,
        Preview,
        SamplingProgress,
        Sampled,
        Frame,
        FrameKind,
        TrajectoryFrames,
        MeasuringProgress,
        Measured,
        UnsureDigit,
        Figures,
        ClassifierFigures,
        SetFigures,
        Accuracy,
        WithReference<Figure>,
        EpsErrorFigures,
        BitsPerDimFigures,
        BitsPerDim,
        DistanceSummary,
        Figure,
        SampleRow,
        MetricPoint,
        Examples,
        RunPlan,
        AdjustOptions,
        TrainingProgress,
        ExplainOptions,
        Question,
        NoisyImage,
        DrawnPass,
        PixelStepOptions,
        Explained,
        Answer,
        ExampleImages,
        Level,
        Forgetting,
        Histogram,
        ScheduleCurve,
        ScheduleSample,
        SquaredErrors,
        Predicted,
        StepCoefficients,
        Step,
        StepNumbers,
        Terms,
        Term,
        PixelTerm,
        Schedules,
        PlaneOptions,
        PlaneWalk,
        PlaneView,
        ScoreRow,
        ScorePoint,
        ScoreWalk,
        Inside,
        PartOutput,
        AttentionRow,
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

#[test]
fn the_page_begins_with_the_default_guidance() {
    let field = format!(
        "id=\"guidance\" type=\"number\" min=\"0\" max=\"{MAX_CFG_SCALE}\" step=\"any\" \
         value=\"{DEFAULT_CFG_SCALE}\""
    );
    let page = include_str!("../../../index.html");
    assert!(page.contains(&field), "{field}");
}

/// The forms that the page opens with hold the samplers' own defaults, and places for the recipe's fields.
#[test]
fn the_forms_open_with_the_defaults() {
    let page = include_str!("../../../index.html");
    let sampler = SamplerConfig::default();
    for (id, default) in [
        ("steps", f64::from(sampler.kind.info().steps)),
        ("eta", sampler.eta),
        ("threshold", sampler.threshold_percentile),
        ("langevin-inner", f64::from(sampler.langevin_inner)),
        ("langevin-step-size", sampler.langevin_step_size),
    ] {
        let (_, input) = page
            .split_once(&format!("<input id=\"{id}\""))
            .unwrap_or_else(|| panic!("the page has no input {id}"));
        let (_, value) = input.split_once("value=\"").expect("it has a value");
        let (value, _) = value.split_once('"').expect("closed");
        assert_eq!(value.parse::<f64>().expect("a number"), default, "{id}");
    }
    let in_sight = |field: &RecipeField| field.group == FieldGroup::Main;
    assert_eq!(
        page.matches("<div class=\"field\"></div>").count(),
        TrainConfig::fields().into_iter().filter(in_sight).count(),
        "index.html reserves a place for each field of the recipe that is in sight at once, so that the page does not \
         jump when the form is built"
    );
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
