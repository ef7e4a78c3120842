//! Agreement of all samplers with diffusers, or with their paper's formulas: single steps, and whole draws with a network.
//!
//! Cases are found by the sampler's name in the registry, so a sampler without any fails here.

use std::rc::Rc;

use burn::tensor::Tensor;
use ddpm::diffusion::schedule::{Schedule, ScheduleKind, VarianceType};
use ddpm::diffusion::{Denoiser, GuidanceInterval, ModelPrediction, Prediction};
use ddpm::model::Model;
use ddpm::nn::unet::{NO_CLASS, UNet, UNetConfig};
use ddpm::nn::var_builder::flat_tensor;
use ddpm::ops::{Gaussians, gaussian};
use ddpm::rng::{Purpose, sample_id};
use ddpm::runtime::Runtime;
use ddpm::samplers::{
    DdimInversion, GuidedModel, SampleNoise, Sampler, SamplerConfig, SamplerKind, Sampling,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::agreement::micro;
use super::{Golden, assert_close, read};

/// The noise that pass `index` of a draw adds, counted from 0, as `Sampling` names it.
pub fn noise_of_pass(noise: SampleNoise, index: usize) -> Gaussians {
    Gaussians {
        seed: noise.seed,
        purpose: Purpose::Sampling,
        first: sample_id(noise.first, index as u32 + 1),
        used: 0,
    }
}

/// A fixture's description.
pub fn parse<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("the fixture is as expected")
}

#[derive(Deserialize)]
struct Case {
    sampler: String,
    prediction: Prediction,
    spacing: String,
    clip: String,
    steps: usize,
    #[serde(default)]
    rescale: bool,
    #[serde(default)]
    key: String,
    #[serde(default)]
    inputs: String,
    #[serde(default)]
    index: Vec<usize>,
    #[serde(flatten)]
    rest: serde_json::Map<String, Value>,
}

impl Case {
    fn schedule(&self) -> Schedule {
        Schedule::new(ScheduleKind::Linear, 1000, self.rescale)
    }

    fn sampler(&self, percentile: &Value) -> Box<dyn Sampler> {
        let mut config = json!({
            "kind": self.sampler,
            "steps": self.steps,
            "spacing": self.spacing,
            "clip": self.clip == "static",
            "thresholding": self.clip == "dynamic",
            "threshold_percentile": percentile,
        });
        config.as_object_mut().unwrap().extend(self.rest.clone());
        let config: SamplerConfig = serde_json::from_value(config).unwrap();
        config.validate(1000, VarianceType::FixedSmall).unwrap();
        config.build(&self.schedule())
    }
}

/// A sampler's name in files, as goldens have it.
fn name(kind: SamplerKind) -> String {
    let name = serde_json::to_value(kind).unwrap();
    name.as_str().expect("a name").to_owned()
}

/// Every sampler of the registry with its cases, of which there must be some.
fn by_sampler<'a>(cases: &'a [Case], fixture: &str) -> Vec<(SamplerKind, Vec<&'a Case>)> {
    let of = |kind| {
        let name = name(kind);
        let found: Vec<&Case> = cases.iter().filter(|case| case.sampler == name).collect();
        assert!(
            !found.is_empty(),
            "tests/golden has no {fixture} of the sampler {name}: give it a branch in tests/golden/samplers.py \
             (DiffusersDraw, draw_of) and cases in `scheduler_steps` and DRAWS, then make them with `python tests/golden/make.py \
             scheduler_steps trajectories` (tests/golden/README.md says in which environment)"
        );
        (kind, found)
    };
    SamplerKind::ALL.map(of).to_vec()
}

fn steps() -> (Value, Vec<Case>) {
    let about: Value = parse(include_str!("../golden/scheduler_steps.json"));
    let cases = serde_json::from_value(about["cases"].clone()).unwrap();
    (about, cases)
}

/// The t that each sampler asks the network at with each spacing.
pub fn spacings_agree() {
    let (about, cases) = steps();
    for (_, cases) in by_sampler(&cases, "steps") {
        for case in cases {
            let expected = about["timesteps"][&case.sampler][&case.spacing].clone();
            let expected: Vec<usize> = serde_json::from_value(expected).unwrap();
            let sampler = case.sampler(&about["percentile"]);
            assert_eq!(sampler.timesteps().as_slice(), expected, "{}", case.key);
        }
    }
}

/// Every single step of the fixture, from the same x, output and noise; `wanted` picks some by key.
pub async fn steps_agree(wanted: impl Fn(&str) -> bool, runtime: &Runtime) {
    let device = runtime.device();
    let golden = Golden::read(include_bytes!("../golden/scheduler_steps.safetensors"));
    let (about, cases) = steps();
    // No result is left out: inputs are named `in.…`, and everything else is a case's.
    let results = golden.names().filter(|name| !name.starts_with("in."));
    assert_eq!(results.count(), cases.len());
    for (kind, cases) in by_sampler(&cases, "steps") {
        let cases: Vec<&Case> = cases.into_iter().filter(|case| wanted(&case.key)).collect();
        assert!(!cases.is_empty(), "no case of {kind:?} is wanted");
        for case in cases {
            let sampler = case.sampler(&about["percentile"]);
            let rows = rows(golden.tensor(&case.inputs, device));
            let expected = golden.values(&case.key);
            let expected = expected.chunks(expected.len() / case.index.len());
            let mut prev_x0 = None;
            for ((row, &index), expected) in rows.into_iter().zip(&case.index).zip(expected) {
                let guess = ModelPrediction {
                    x_t: row[0].clone(),
                    output: row[1].clone(),
                    variance: None,
                    prediction: case.prediction,
                };
                let step = sampler.step(index, guess, prev_x0, &|| row[2].clone());
                prev_x0 = step.x0_hat;
                let key = format!("{} step {index}", case.key);
                assert_close(&key, &read(step.x).await, expected, 1e-5);
            }
        }
    }
}

/// [steps, what, B, 1, H, W] taken apart.
fn rows(all: Tensor<6>) -> Vec<Vec<Tensor<4>>> {
    all.split(1, 0)
        .into_iter()
        .map(|row| {
            row.split(1, 1)
                .into_iter()
                .map(|tensor| tensor.squeeze_dims(&[0, 1]))
                .collect()
        })
        .collect()
}

/// Whole draws with the network, by each sampler, and the way up of DDIM.
pub async fn trajectories_agree(runtime: &Runtime) {
    let device = runtime.device();
    let weights = Golden::read(include_bytes!("../golden/unet_micro.safetensors"));
    let golden = Golden::read(include_bytes!("../golden/trajectories.safetensors"));
    let about: Value = parse(include_str!("../golden/trajectories.json"));
    let draws: Vec<Case> = serde_json::from_value(about["walks"].clone()).unwrap();
    // In the fixture "no class" has the number of its row in the embedding, 10.
    let rows: Vec<u8> = serde_json::from_value(about["y"].clone()).unwrap();
    let labels: Vec<u8> = rows
        .into_iter()
        .map(|row| if row == 10 { NO_CLASS } else { row })
        .collect();
    let config = micro();
    let params = weights.flat("param.", &UNet::layout(&config));
    let noise: Vec<Tensor<4>> = golden
        .tensor::<5>("noise", device)
        .split(1, 0)
        .into_iter()
        .map(|tensor| tensor.squeeze_dim(0))
        .collect();
    by_sampler(&draws, "trajectory");
    let results = golden.names().filter(|name| name.starts_with("x0."));
    assert_eq!(results.count(), draws.len());
    for (number, draw) in draws.iter().enumerate() {
        let schedule = draw.schedule();
        let sampler = if draw.sampler == "inversion" {
            let timesteps = (0..10).rev().map(|step| step * 100).collect();
            Box::new(DdimInversion::new(&schedule, timesteps))
        } else {
            draw.sampler(&about["percentile"])
        };
        let params = flat_tensor(&params, device);
        let model = Model::new(
            runtime,
            &config,
            schedule,
            draw.prediction,
            VarianceType::FixedSmall,
            params,
        );
        let model = GuidedModel::new(model, &labels, 1.0).unwrap();
        let mut x = noise[0].clone();
        let mut prev_x0 = None;
        for (index, &t) in sampler.timesteps().as_slice().iter().enumerate() {
            let guess = model.predict(x, t);
            let step = sampler.step(index, guess, prev_x0, &|| noise[index + 1].clone());
            (x, prev_x0) = (step.x, step.x0_hat);
        }
        let expected = golden.values(&format!("x0.{number}"));
        let key = format!("{} {:?} {}", draw.sampler, draw.prediction, draw.spacing);
        assert_close(&key, &read(x).await, expected, 1e-4);
    }
}

/// On a GPU: draws whose steps the device takes by itself, by each sampler, against the same steps taken one by one.
/// `half_weights` says that the device rounds the weights to 16 bits.
pub async fn replays_agree(runtime: &Runtime, half_weights: bool) {
    let weights = Golden::read(include_bytes!("../golden/unet_micro.safetensors"));
    let model = |weights: Golden, prefix: &str, config: &UNetConfig, variance_type| {
        let params = weights.flat(prefix, &UNet::layout(config));
        let params = flat_tensor(&params, runtime.device());
        let schedule = Schedule::linear(1000);
        Model::new(
            runtime,
            config,
            schedule,
            Prediction::Epsilon,
            variance_type,
            params,
        )
    };
    let fixed = VarianceType::FixedSmall;
    let micro = model(weights, "param.", &micro(), fixed);
    replays_of(runtime, &micro, fixed, half_weights).await;
    // Without a class, with and without clipping, led away from a guide.
    let guided = with_guide(micro, runtime);
    let none: &[u8] = &[NO_CLASS; 2];
    for (kind, clip) in [
        (SamplerKind::Ddpm, false),
        (SamplerKind::DpmSolverPp2m, true),
    ] {
        let config = replayed(kind, clip, fixed);
        let guidance = (3.0, interval(0.2, 1.0));
        Box::pin(replay_agrees(runtime, &guided, config, none, guidance)).await;
    }
    if half_weights {
        // The other network's weights are random and its outputs larger: rounding them to 16 bits moves its draws by 1e-3,
        // which says nothing of the replay.
        return;
    }
    // The same of a network with a learned variance, with that and with a fixed one.
    let weights = Golden::read(include_bytes!("../golden/bounds.safetensors"));
    let about: Value = parse(include_str!("../golden/bounds.json"));
    let config = serde_json::from_value(about["networks"]["learned"].clone()).unwrap();
    let learned = VarianceType::LearnedRange;
    let model = model(weights, "learned.param.", &config, learned);
    for variance_type in [learned, fixed] {
        replays_of(runtime, &model, variance_type, half_weights).await;
    }
}

/// The steps from a share of T on and below another.
fn interval(cfg_t_min: f64, cfg_t_max: f64) -> GuidanceInterval {
    GuidanceInterval {
        cfg_t_min,
        cfg_t_max,
    }
}

/// [`replays_agree`] for a model and the variance that the samplers are to have.
async fn replays_of(
    runtime: &Runtime,
    model: &Model,
    variance_type: VarianceType,
    half_weights: bool,
) {
    let classes = model.config().classes as u8;
    let three: &[u8] = &[3 % classes, NO_CLASS, 7 % classes];
    let (nine, four): (&[u8], &[u8]) = (&[9 % classes], &[4 % classes]);
    // Each sampler draws with two of these in turn: clipped and not, each with and without guidance, of one image and several. An
    // entry says whether x̂₀ is clipped, the guidance scale with the steps in which it acts, and the labels.
    let manners = [
        (true, (1.0, interval(0.0, 1.0)), three),
        (false, (1.5, interval(0.0, 1.0)), three),
        (true, (2.0, interval(0.2, 0.5)), nine),
        (false, (1.0, interval(0.0, 1.0)), four),
    ];
    let twice = SamplerKind::ALL.into_iter().flat_map(|kind| [kind, kind]);
    for (kind, (clip, guidance, labels)) in twice.zip(manners.into_iter().cycle()) {
        // With 16-bit weights a draw that hands an unclipped x̂₀ to its next pass is compared clipped: computing x̂₀ multiplies
        // the rounding of the output by √(1−ᾱ)/√ᾱ, 157 at t = 999, which is more than the bound below allows (1.6e-4).
        let uses_prev_x0 = matches!(kind, SamplerKind::DpmSolverPp2m | SamplerKind::Heun);
        let clip = clip || (half_weights && uses_prev_x0);
        let config = replayed(kind, clip, variance_type);
        // On the heap, as a debug build's future of a draw is larger than a test's stack has room for.
        Box::pin(replay_agrees(runtime, model, config, labels, guidance)).await;
    }
}

/// The sampler of a draw that is replayed.
fn replayed(kind: SamplerKind, clip: bool, variance_type: VarianceType) -> SamplerConfig {
    SamplerConfig {
        kind,
        clip,
        steps: 6,
        eta: 0.5,
        variance_type,
        ..SamplerConfig::default()
    }
}

/// A draw whose steps the device takes by itself against the same steps taken one by one. `guidance` is its scale, and the steps in
/// which it acts.
async fn replay_agrees(
    runtime: &Runtime,
    model: &Model,
    config: SamplerConfig,
    labels: &[u8],
    guidance: (f64, GuidanceInterval),
) {
    let (cfg_scale, interval) = guidance;
    let ctx = runtime.context();
    let noise = SampleNoise { seed: 5, first: 2 };
    let start = noise.start(ctx, labels.len());
    let sampler = config.build(&model.schedule);
    let mut model = model.clone();
    (model.cfg_interval, model.guide_interval) = (interval, interval);
    let model = GuidedModel::new(model, labels, cfg_scale).unwrap();
    let mut x = start.clone();
    let mut prev_x0 = None;
    let mut expected = Vec::new();
    for (index, &t) in sampler.timesteps().as_slice().iter().enumerate() {
        let z = || gaussian(ctx, noise_of_pass(noise, index), x.dims());
        let step = sampler.step(index, model.predict(x.clone(), t), prev_x0, &z);
        (x, prev_x0) = (step.x, step.x0_hat);
        expected.push(read(x.clone()).await);
    }
    let mut sampling = Sampling::run(ctx, Box::new(model), sampler, start, noise);
    for (step, expected) in expected.iter().enumerate() {
        sampling.step().expect("as many steps");
        let SamplerConfig { kind, clip, .. } = config;
        assert_eq!(sampling.captured(), Ok(()), "{kind:?} {step}");
        let found = read(sampling.images().clone()).await;
        let key = format!("{kind:?}, clip {clip}, {cfg_scale}, step {step}");
        assert_close(&key, &found, expected, 1e-4);
    }
    assert_eq!(sampling.step(), None);
}

/// The model with a guide that has other channel counts, another number of classes and other outputs.
pub fn with_guide(mut model: Model, runtime: &Runtime) -> Model {
    let unet = UNetConfig {
        classes: 0,
        ..UNetConfig::new([6, 4, 8], 2)
    };
    let mut params = UNet::layout(&unet).initial(5);
    for (index, value) in params.iter_mut().enumerate() {
        *value += 0.02 * (index as f32).sin();
    }
    model.guide = Some(Rc::new(Model::new(
        runtime,
        &unet,
        model.schedule.clone(),
        model.prediction,
        model.variance_type,
        flat_tensor(&params, runtime.device()),
    )));
    model
}
