use super::*;
use crate::images::to_bytes;
use crate::nn::unet::{PIXELS, Preset, SIZE, UNet};
use crate::nn::var_builder::flat_tensor;
use crate::runtime::Runtime;
use crate::samplers::{SamplerConfig, SamplerKind};
use crate::training::TrainConfig;

const TIMESTEPS: usize = 20;

fn cpu() -> Runtime {
    Runtime::cpu()
}

/// First values make the network say 0 of everything; these do not.
fn untrained(runtime: &Runtime) -> Model {
    let config = Preset::Tiny.config();
    let mut values = UNet::layout(&config).initial(0);
    for (at, value) in values.iter_mut().enumerate() {
        *value += 0.03 * (at as f32).sin();
    }
    let recipe = TrainConfig {
        timesteps: TIMESTEPS as u32,
        ..TrainConfig::default()
    };
    recipe.model(runtime, &config, flat_tensor(&values, runtime.device()))
}

fn options() -> GenerateOptions {
    GenerateOptions {
        count: 2,
        seed: 7,
        class: Class::Any,
        cfg_scale: 1.0,
        sampler: SamplerConfig {
            steps: 4,
            ..SamplerConfig::default()
        },
        text: None,
        walk: None,
        still: false,
    }
}

/// A bar down the middle.
fn bar() -> Vec<u8> {
    (0..PIXELS)
        .map(|at| {
            if (12..16).contains(&(at % SIZE)) {
                255
            } else {
                0
            }
        })
        .collect()
}

fn left_half() -> Vec<u8> {
    (0..PIXELS)
        .map(|at| u8::from(at % SIZE < SIZE / 2))
        .collect()
}

fn finish(mut drawing: Drawing) -> Vec<u8> {
    let mut taken = 0;
    while drawing.step().is_some() {
        taken += 1;
        assert_eq!(drawing.done(), taken);
    }
    assert_eq!(taken, drawing.steps());
    to_bytes(&drawing.images().to_data().try_into_vec::<f32>().unwrap())
}

fn edited(edit: Edit, draw: GenerateOptions) -> Result<Drawing, Refusal> {
    let runtime = cpu();
    super::edit(untrained(&runtime), &EditOptions { draw, edit })
}

/// What the page drew before there was a choice, for the choices it opens with.
#[test]
fn the_defaults_are_plain_ddpm() {
    let runtime = cpu();
    let model = untrained(&runtime);
    let drawn = finish(generate(model.clone(), &options()).unwrap());
    let sampler = crate::samplers::Ddpm::with_steps(&model.schedule, 4);
    let labels = crate::samplers::random_labels(10, 7, 0, 2);
    let plain = Sampling::new(model, Box::new(sampler), 7, &labels, 0);
    assert_eq!(drawn, finish(plain.into()));
}

#[test]
fn every_sampler_draws_and_the_class_counts() {
    let runtime = cpu();
    let mut seen = Vec::new();
    for kind in SamplerKind::ALL {
        for class in [Class::Any, Class::None, Class::All, Class::One(3)] {
            let mut options = options();
            options.sampler.kind = kind;
            options.class = class.clone();
            let drawn = finish(generate(untrained(&runtime), &options).unwrap());
            assert_eq!(drawn.len(), 2 * PIXELS, "{kind:?} {class:?}");
            assert!(!seen.contains(&drawn), "{kind:?} {class:?}");
            seen.push(drawn);
        }
    }
}

#[test]
fn what_is_out_of_range_is_named() {
    let runtime = cpu();
    let wrong = |change: &dyn Fn(&mut GenerateOptions)| {
        let mut options = options();
        change(&mut options);
        match generate(untrained(&runtime), &options) {
            Ok(_) => panic!("{options:?} was taken"),
            Err(refusal) => refusal.message,
        }
    };
    for (message, words) in [
        (
            wrong(&|o| o.count = 0),
            "0 digits cannot be drawn at once: choose 1 to 64.",
        ),
        (wrong(&|o| o.count = 65), "65 digits"),
        (wrong(&|o| o.sampler.steps = 0), "0 steps cannot be taken"),
        (wrong(&|o| o.sampler.steps = 21), "choose 1 to 20."),
        (
            wrong(&|o| o.cfg_scale = 9.0),
            "guidance scale is 9; it must be between 0 and 8",
        ),
        (
            wrong(&|o| o.cfg_scale = f64::NAN),
            "The guidance is missing or not a number.",
        ),
        (wrong(&|o| o.sampler.eta = 1.5), "η is 1.5"),
        (
            wrong(&|o| o.sampler.threshold_percentile = 0.0),
            "percentile is 0",
        ),
        (
            wrong(&|o| o.sampler.langevin_inner = 0),
            "at least 1 step at each level",
        ),
        (
            wrong(&|o| o.sampler.langevin_step_size = f64::NAN),
            "step size is missing",
        ),
        (wrong(&|o| o.class = Class::One(10)), "no class 10"),
    ] {
        assert!(message.contains(words), "{message}");
    }
}

/// The first seed's classes and the noise between the two, whose ends are the two draws.
#[test]
fn a_walk_leads_from_one_seed_to_another() {
    let runtime = cpu();
    let at = |walk: Option<Walk>, seed: u32| {
        let mut options = options();
        options.class = Class::One(3);
        options.sampler = options.sampler.draft(TIMESTEPS);
        (options.seed, options.walk) = (seed, walk);
        finish(generate(untrained(&runtime), &options).unwrap())
    };
    let to = |position: f64| {
        let to_seed = 8;
        Some(Walk { to_seed, position })
    };
    let (from, end) = (at(None, 7), at(None, 8));
    assert_eq!(at(to(0.0), 7), from);
    assert_eq!(at(to(1.0), 7), end);
    let between = at(to(0.5), 7);
    assert!(between != from && between != end);
    for (position, words) in [(1.5, "is 1.5; it must be between"), (f64::NAN, "NaN")] {
        let mut options = options();
        options.walk = to(position);
        let refused = generate(untrained(&runtime), &options).err().unwrap();
        assert!(refused.message.contains(words), "{}", refused.message);
    }
}

#[test]
fn a_picture_becomes_versions_of_itself() {
    let at = |t: u32| finish(edited(Edit::Picture { image: bar(), t }, options()).unwrap());
    let apart = |drawn: &[u8]| -> u32 {
        let pairs = drawn.iter().zip(bar().repeat(2));
        pairs.map(|(&a, b)| u32::from(a.abs_diff(b))).sum()
    };
    let (little, much) = (at(6), at(19));
    assert_eq!(little.len(), 2 * PIXELS);
    assert_ne!(
        little[..PIXELS],
        little[PIXELS..],
        "each has noise of its own"
    );
    assert!(apart(&little) < apart(&much));
    assert_eq!(little, at(6));
    let mut classless = options();
    classless.class = Class::None;
    let (image, t) = (bar(), 6);
    let decided = finish(edited(Edit::Picture { image, t }, classless).unwrap());
    assert_eq!(little, decided, "with any class the picture decides");
}

#[test]
fn only_the_marked_part_is_drawn_anew() {
    let part = Edit::Part {
        image: bar(),
        mask: left_half(),
    };
    let drawn = finish(edited(part, options()).unwrap());
    for (at, (&found, given)) in drawn.iter().zip(bar().repeat(2)).enumerate() {
        if at % SIZE >= SIZE / 2 {
            assert_eq!(found, given, "pixel {at}");
        }
    }
    let left = drawn
        .iter()
        .enumerate()
        .filter(|(at, _)| at % SIZE < SIZE / 2);
    let given = bar().repeat(2);
    assert!(left.clone().any(|(at, &found)| found != given[at]));
}

#[test]
fn a_blend_goes_up_with_two_and_down_with_eight() {
    let blend = Edit::Blend {
        from: bar(),
        to: left_half().iter().map(|&on| on * 255).collect(),
    };
    let mut drawing = edited(blend, options()).unwrap();
    assert_eq!(drawing.steps(), 2 * TIMESTEPS);
    for _ in 0..TIMESTEPS {
        assert_eq!(drawing.images().dims()[0], 2);
        drawing.step().unwrap();
    }
    drawing.step().unwrap();
    assert_eq!(
        (drawing.done(), drawing.steps()),
        (TIMESTEPS + 1, 2 * TIMESTEPS)
    );
    assert_eq!(drawing.images().dims()[0], BLEND_COUNT);
}

#[test]
fn a_picture_that_cannot_be_used_is_refused() {
    let refused = |edit: Edit, draw: GenerateOptions| match edited(edit, draw) {
        Ok(_) => panic!("taken"),
        Err(refusal) => refusal.code,
    };
    let picture = |image: Vec<u8>, t: u32| Edit::Picture { image, t };
    assert_eq!(
        refused(picture(vec![0; PIXELS], 9), options()),
        "empty_picture"
    );
    assert_eq!(refused(picture(vec![9; 10], 9), options()), "bad_picture");
    assert_eq!(refused(picture(bar(), 20), options()), "bad_strength");
    let mut trailing = options();
    trailing.sampler.spacing = crate::diffusion::schedule::Spacing::Trailing;
    assert_eq!(refused(picture(bar(), 2), trailing), "bad_strength");
    let part = |mask: Vec<u8>| Edit::Part { image: bar(), mask };
    assert_eq!(refused(part(vec![0; PIXELS]), options()), "empty_mask");
    assert_eq!(refused(part(vec![1]), options()), "bad_picture");
    let (from, to) = (bar(), vec![0; PIXELS]);
    assert_eq!(
        refused(Edit::Blend { from, to }, options()),
        "empty_picture"
    );
}
