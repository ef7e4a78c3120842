//! Guidance by a class and by a guide, and the steps in which it acts.

use ddpm::diffusion::{Denoiser, GuidanceInterval};
use ddpm::model::Model;
use ddpm::nn::unet::NO_CLASS;
use ddpm::runtime::Runtime;
use ddpm::samplers::GuidedModel;
use pollster::block_on;

use crate::support::gaussian::noise;
use crate::support::{assert_close, difference, read, runs, samplers};

/// Guidance by a guide against both networks asked one by one. A class that is asked for is none of its business.
#[test]
fn without_a_class_a_guide_is_led_away_from() {
    let runtime = Runtime::cpu();
    let plain = runs::untrained(&runtime);
    let model = samplers::with_guide(plain.clone(), &runtime);
    let guide = Model::clone(model.guide.as_ref().expect("just given"));
    let x_t = noise(1, 3, runtime.device());
    let ask = |model: &Model, labels: &[u8], cfg_scale| {
        let model = GuidedModel::new(model.clone(), labels, cfg_scale).unwrap();
        block_on(read(model.output(x_t.clone(), 50)))
    };
    let none = [NO_CLASS; 3];
    let (better, worse) = (ask(&plain, &none, 1.0), ask(&guide, &none, 1.0));
    assert!(difference(&better, &worse) > 1e-2);
    assert_eq!(ask(&model, &none, 1.0), better);
    for cfg_scale in [0.0, 1.5, 8.0] {
        let pairs = better.iter().zip(&worse);
        let expected: Vec<f32> = pairs
            .map(|(better, worse)| worse + cfg_scale * (better - worse))
            .collect();
        let found = ask(&model, &none, f64::from(cfg_scale));
        assert_close(&format!("scale {cfg_scale}"), &found, &expected, 1e-5);
    }
    for labels in [[3, 1, NO_CLASS], [4; 3]] {
        assert_eq!(ask(&model, &labels, 2.0), ask(&plain, &labels, 2.0));
    }
}

/// Guidance against both branches asked one by one.
#[test]
fn guidance_mixes_two_branches() {
    let runtime = Runtime::cpu();
    let device = runtime.device().clone();
    let model = runs::untrained(&runtime);
    let x_t = noise(1, 3, &device);
    let none = [NO_CLASS; 3];
    let ask = |labels: &[u8], cfg_scale| {
        let model = GuidedModel::new(model.clone(), labels, cfg_scale).unwrap();
        block_on(read(model.output(x_t.clone(), 50)))
    };
    let labels = [3, 1, NO_CLASS];
    let (with, without) = (ask(&labels, 1.0), ask(&none, 1.0));
    assert!(difference(&with, &without) > 1e-3);
    assert_eq!(ask(&labels, 0.0), without);
    assert_eq!(ask(&none, 5.0), without);
    for cfg_scale in [0.5, 3.0, 8.0] {
        let expected: Vec<f32> = with
            .iter()
            .zip(&without)
            .map(|(with, without)| without + cfg_scale * (with - without))
            .collect();
        let found = ask(&labels, f64::from(cfg_scale));
        assert_close(&format!("scale {cfg_scale}"), &found, &expected, 1e-5);
    }
    for (labels, cfg_scale) in [(&labels, 8.1), (&labels, -1.0), (&labels, f64::NAN)] {
        assert!(GuidedModel::new(model.clone(), labels, cfg_scale).is_err());
    }
    assert!(GuidedModel::new(model, &[11], 1.0).is_err());
}

/// Guidance acts from the first step of its interval on and below the end: elsewhere the output is that without. Each kind of guidance
/// has an interval of its own.
#[test]
fn guidance_acts_in_its_interval() {
    let runtime = Runtime::cpu();
    let x_t = noise(1, 3, runtime.device());
    let everywhere = samplers::with_guide(runs::untrained(&runtime), &runtime);
    let timesteps = everywhere.schedule.timesteps();
    let interval = GuidanceInterval {
        cfg_t_min: 20.0 / timesteps as f64,
        cfg_t_max: 50.0 / timesteps as f64,
    };
    let at = |model: &Model, labels: &[u8], t: usize, cfg_scale: f64| {
        let model = GuidedModel::new(model.clone(), labels, cfg_scale).unwrap();
        block_on(read(model.output(x_t.clone(), t)))
    };
    let (with_class, none) = ([3, 1, NO_CLASS], [NO_CLASS; 3]);
    let (mut by_class, mut by_guide) = (everywhere.clone(), everywhere.clone());
    by_class.cfg_interval = interval;
    by_guide.guide_interval = interval;
    for (model, labels, others) in [
        (&by_class, &with_class, &none),
        (&by_guide, &none, &with_class),
    ] {
        for (t, acts) in [(19, false), (20, true), (49, true), (50, false)] {
            let [plain, guided] = [1.0, 3.0].map(|scale| at(&everywhere, labels, t, scale));
            assert!(difference(&plain, &guided) > 1e-3);
            let expected = if acts { &guided } else { &plain };
            assert_eq!(&at(model, labels, t, 3.0), expected, "t = {t}");
            let other = at(model, others, t, 3.0);
            assert_eq!(other, at(&everywhere, others, t, 3.0), "t = {t}");
        }
    }
}
