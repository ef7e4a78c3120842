//! The declaration of the recipe, and what comes from it.

use serde_json::{Value, json};

use super::*;
use crate::diffusion::schedule::Schedule;
use crate::nn::unet::{Preset, UNet};
use crate::nn::var_builder::flat_tensor;
use crate::runtime::Runtime;

fn as_json(config: &TrainConfig) -> Value {
    serde_json::to_value(config).unwrap()
}

/// The default recipe with one field at `value`.
fn with(name: &str, value: Value) -> TrainConfig {
    let mut json = as_json(&TrainConfig::default());
    json[name] = value;
    serde_json::from_value(json).unwrap()
}

#[test]
fn a_model_is_asked_as_its_recipe_says() {
    let unet = Preset::Tiny.config();
    let recipe = TrainConfig {
        timesteps: 50,
        schedule: ScheduleKind::Cosine,
        zero_terminal_snr: true,
        prediction: Prediction::V,
        ..TrainConfig::default()
    };
    recipe.validate(32).unwrap();
    let runtime = Runtime::cpu();
    let params = flat_tensor(&UNet::layout(&unet).initial(0), runtime.device());
    let model = recipe.model(&runtime, &unet, params);
    assert_eq!(
        model.schedule,
        Schedule::new(ScheduleKind::Cosine, 50, true)
    );
    assert_eq!(model.schedule.alpha_bars()[49], 0.0);
    assert_eq!(model.prediction, Prediction::V);

    let finer = TrainConfig {
        learning_rate: 1e-4,
        ..TrainConfig::default()
    };
    let continued = finer.continuing(&recipe);
    assert_eq!(continued.learning_rate, 1e-4);
    assert_eq!(continued.build_schedule(), model.schedule);
    assert_eq!(continued.prediction, Prediction::V);
}

/// How t is drawn belongs to the run and not to the weights that it begins with; only importance sampling, which needs the
/// bound's terms, gives way where the loss has none.
#[test]
fn a_warm_start_keeps_how_t_is_drawn() {
    let learned = TrainConfig {
        variance_type: VarianceType::LearnedRange,
        loss: LossKind::Hybrid,
        ..TrainConfig::default()
    };
    let drawn = |t_sampling, other: &TrainConfig| {
        let loss = match t_sampling {
            TimestepSampling::Importance => LossKind::Vlb,
            _ => LossKind::Simple,
        };
        let recipe = TrainConfig {
            t_sampling,
            loss,
            ..TrainConfig::default()
        };
        let continued = recipe.continuing(other);
        continued.validate(100).unwrap();
        continued.t_sampling
    };
    for other in [&TrainConfig::default(), &learned] {
        for t_sampling in [
            TimestepSampling::Uniform,
            TimestepSampling::Stratified,
            TimestepSampling::Importance,
        ] {
            assert_eq!(drawn(t_sampling, other), t_sampling);
        }
    }
    let hybrid = TrainConfig {
        t_sampling: TimestepSampling::Importance,
        loss: LossKind::Hybrid,
        ..TrainConfig::default()
    };
    assert_eq!(
        hybrid.continuing(&learned).t_sampling,
        TimestepSampling::Uniform
    );
}

/// A field that is declared is everywhere: in files and the protocol, among the command line's flags, in the page's
/// form, and in training that begins from weights.
#[test]
fn every_field_is_everywhere() {
    let default = as_json(&TrainConfig::default());
    let in_files: Vec<&str> = default
        .as_object()
        .unwrap()
        .keys()
        .map(|k| &k[..])
        .collect();
    let sorted = |mut names: Vec<&'static str>| {
        names.sort_unstable();
        names
    };
    assert_eq!(sorted(TrainConfig::NAMES.to_vec()), in_files);
    let fields = TrainConfig::fields();
    assert_eq!(sorted(fields.iter().map(|f| f.name).collect()), in_files);

    let command = <TrainConfig as clap::Args>::augment_args(clap::Command::new("train"));
    let flags: Vec<_> = command.get_arguments().collect();
    assert_eq!(flags.len(), fields.len());
    for field in &fields {
        let name = field.name;
        assert_eq!(json!(field.default), with_whole(&default[name]), "{name}");
        assert!(!field.label.is_empty() && !field.help.is_empty(), "{name}");

        let flag = flags.iter().find(|flag| flag.get_id() == name).unwrap();
        assert_eq!(flag.get_long(), Some(&name.replace('_', "-")[..]));
        assert_eq!(flag.get_help().unwrap().to_string(), field.help);
        let value = field.another_value();
        let changed = with(name, value.clone());
        assert_eq!(as_json(&changed)[name], value, "{name}");

        let kept = as_json(&changed.clone().with_outputs_of(&TrainConfig::default()));
        let taken_over = as_json(&TrainConfig::default().with_outputs_of(&changed));
        let expected = match field.decides {
            Decides::Outputs => [&default[name], &value],
            Decides::Training => [&value, &default[name]],
        };
        assert_eq!([&kept[name], &taken_over[name]], expected, "{name}");
    }
    for name in ["timesteps", "schedule", "zero_terminal_snr", "prediction"] {
        let field = fields.iter().find(|field| field.name == name).unwrap();
        assert_eq!(field.decides, Decides::Outputs, "{name}");
    }
}

/// A number as `FieldValue` has it: JSON tells whole ones from others.
fn with_whole(value: &Value) -> Value {
    value.as_f64().map_or_else(|| value.clone(), |n| json!(n))
}

#[test]
fn flags_set_the_fields() {
    use clap::{Args, Command, FromArgMatches};
    let parse = |arguments: &[String]| {
        let command = TrainConfig::augment_args(Command::new("train").no_binary_name(true));
        TrainConfig::from_arg_matches(&command.get_matches_from(arguments)).unwrap()
    };
    assert_eq!(parse(&[]), TrainConfig::default());
    for field in TrainConfig::fields() {
        let value = field.another_value();
        let flag = format!("--{}", field.name.replace('_', "-"));
        let arguments = match &value {
            Value::Bool(true) => vec![flag],
            Value::String(text) => vec![flag, text.clone()],
            number => vec![flag, number.to_string()],
        };
        assert_eq!(parse(&arguments), with(field.name, value), "{}", field.name);
    }
}

#[test]
fn numbers_out_of_range_are_refused_by_name() {
    TrainConfig::default().validate(32).unwrap();
    let refused = |config: TrainConfig, message: &str| {
        assert_eq!(config.validate(100).unwrap_err(), message);
    };
    for size in [0, 101] {
        let message = format!(
            "The batch size is {size}; it must be between 1 and the 100 images of the data."
        );
        refused(with("batch_size", json!(size)), &message);
    }
    for steps in [9, 4001] {
        let message = format!("T is {steps}; it must be between 10 and 4000.");
        refused(with("timesteps", json!(steps)), &message);
    }
    refused(
        with("max_shift", json!(5)),
        "The largest shift is 5 pixels; it must be between 0 and 4.",
    );
    refused(
        with("ema_decay", json!(1.0)),
        "The EMA decay is 1; it must be at least 0 and below 1.",
    );
    refused(
        with("weight_decay", json!(-0.5)),
        "The weight decay is -0.5; it must be at least 0 and below 1.",
    );
    with("label_dropout", json!(1.0)).validate(100).unwrap();
    refused(
        with("label_dropout", json!(1.5)),
        "The label dropout is 1.5; it must be between 0 and 1.",
    );
    refused(
        with("learning_rate", json!(0)),
        "The learning rate is 0; it must be above 0 and at most 1 (0.001 is a good start).",
    );
    for (value, shown) in [
        (f64::NAN, "missing or not a number"),
        (f64::INFINITY, "inf"),
    ] {
        let broken = TrainConfig {
            grad_clip: value,
            ..TrainConfig::default()
        };
        let message =
            format!("The gradient clip is {shown}; it must be 0 (off) or a positive norm.");
        refused(broken, &message);
        let broken = TrainConfig {
            min_snr_gamma: value,
            ..TrainConfig::default()
        };
        let message = format!(
            "The min-SNR γ is {shown}; it must be 0 (off) or a positive number (5 is usual)."
        );
        refused(broken, &message);
    }
}

/// A number of the page that is out of range needs words of its own.
#[test]
fn fractions_have_a_message() {
    for field in TrainConfig::fields() {
        if let FieldControl::Number { whole: false, .. } = field.control {
            // JSON has no NaN, so the largest numbers stand in for what no range allows.
            let mut huge = with(field.name, json!(-f64::MAX));
            let message = huge.validate(100).unwrap_err();
            assert!(
                message.contains("; it must be "),
                "{}: {message}",
                field.name
            );
            assert!(!message.contains(['{', '}']), "{}: {message}", field.name);
            huge = TrainConfig::default();
            huge.validate(100).unwrap();
        }
    }
}

/// The page offers recipes that the program takes, and that end as planned.
#[test]
fn short_runs_are_sound() {
    for preset in Preset::ALL {
        let ShortRun { config, steps, .. } = ShortRun::of(preset);
        config.validate(60_000).unwrap();
        config.check_network(&preset.config()).unwrap();
        assert_eq!(config.decay_steps, steps);
        assert!(config.warmup_steps < steps);
    }
}

/// The fields of the first format are in reach of every program, whatever their values.
#[test]
fn the_first_format_has_these_fields() {
    const FIRST: [&str; 15] = [
        "batch_size",
        "learning_rate",
        "warmup_steps",
        "decay_steps",
        "timesteps",
        "schedule",
        "zero_terminal_snr",
        "prediction",
        "min_snr_gamma",
        "ema_decay",
        "weight_decay",
        "grad_clip",
        "label_dropout",
        "max_shift",
        "seed",
    ];
    for field in TrainConfig::fields() {
        let changed = with(field.name, field.another_value());
        if FIRST.contains(&field.name) {
            assert_eq!(changed.oldest_format(true), 1, "{}", field.name);
        } else {
            assert!(changed.oldest_format(true) > 1, "{}: since 1?", field.name);
        }
    }
    let nothing: TrainConfig = serde_json::from_value(json!({})).unwrap();
    assert_eq!(nothing, TrainConfig::of_older_files());
}

/// What fields of later formats do, on a recipe of three.
mod a_later_recipe {
    use serde_json::json;

    use super::super::declare::recipe;
    use super::super::field::{About, Decides, FieldGroup, FieldType, RecipeField};

    recipe! {
        /// A recipe with fields of formats 1 to 3.
        Later;

        /// In files since the first format.
        seed: u32 {
            since: 1,
            default: 3,
            missing: 0,
            decides: Decides::Training,
            label: "Seed",
            help: "A seed",
            group: FieldGroup::Main,
        }

        /// Came with format 3.
        beta2: f64 {
            since: 3,
            default: 0.999,
            missing: 0.999,
            decides: Decides::Training,
            label: "β₂",
            help: "Adam's second decay",
        }

        /// Came with format 2.
        beta_end: f64 {
            since: 2,
            default: 0.03,
            missing: 0.02,
            decides: Decides::Outputs,
            label: "Last β",
            help: "The last β",
            group: FieldGroup::More,
        }
    }

    #[test]
    fn a_file_names_the_oldest_program_that_understands_it() {
        assert_eq!(Later::FORMAT, 3);
        let formats = |later: &Later| [false, true].map(|resumed| later.oldest_format(resumed));
        // Programs of format 1 would take 0.02 for granted.
        let new = Later::default();
        assert_eq!(formats(&new), [2, 2]);
        let old = Later {
            beta_end: 0.02,
            ..new.clone()
        };
        assert_eq!(formats(&old), [1, 1]);
        // A field that only training depends on keeps no older program from drawing digits.
        let tuned = Later { beta2: 0.99, ..new };
        assert_eq!(formats(&tuned), [2, 3]);
    }

    #[test]
    fn older_files_keep_their_meaning_when_a_default_changes() {
        let read = |text| serde_json::from_value::<Later>(text).unwrap();
        let expected = Later {
            seed: 5,
            beta_end: 0.02,
            beta2: 0.999,
        };
        assert_eq!(read(json!({ "seed": 5 })), expected);
        assert_eq!(read(json!({ "seed": 5, "beta_3": true })), expected);
        // A file without any recipe, which the description in `checkpoint` reads in the same way.
        #[derive(serde::Deserialize)]
        struct Description {
            #[serde(default = "Later::of_older_files")]
            train: Later,
        }
        let empty: Description = serde_json::from_value(json!({})).unwrap();
        let expected = Later {
            seed: 0,
            ..expected
        };
        assert_eq!(empty.train, expected);
        assert_ne!(empty.train, Later::default());
    }

    #[test]
    fn the_form_is_in_order_and_training_begins_as_declared() {
        let names: Vec<&str> = Later::fields().iter().map(|field| field.name).collect();
        assert_eq!(names, ["seed", "beta_end", "beta2"]);
        let new = Later::default().with_outputs_of(&of_older_files());
        assert_eq!((new.seed, new.beta_end), (3, 0.02));
        assert_eq!(Later::NAMES, ["seed", "beta2", "beta_end"]);
        new.check_each(1).unwrap();
        let broken = Later {
            beta2: f64::NAN,
            ..new
        };
        assert!(broken.check_each(1).unwrap_err().contains("not a number"));
    }
}
