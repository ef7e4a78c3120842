//! Questions about the bound, about the score and about the inside of the network.

use burn::tensor::TensorData;

use super::explain::{asked, close, image, noisy, refused};
use super::*;
use crate::diffusion::schedule::VarianceType;
use crate::diffusion::{Clip, VariationalBound, bits_per_dim};
use crate::images::from_bytes;
use crate::nn::unet::NO_CLASS;
use crate::ops::{Gaussians, gaussian};
use crate::rng::Purpose;
use crate::samplers::GuidedModel;
use crate::web::protocol::{
    Answer, Inside, PlaneOptions, PlaneWalk, Question, ScorePoint, ScoreWalk, Terms,
};

fn plane(t: u32) -> PlaneOptions {
    let (images, _) = digits(2);
    PlaneOptions {
        images: [&images[16..], &image()].concat(),
        seed: 3,
        t,
        class: None,
    }
}

fn point(page: &Page, t: u32, point: [f64; 2]) -> ScorePoint {
    let plane = plane(t);
    match asked(page, Question::ScorePoint { plane, point }) {
        Answer::ScorePoint(point) => point,
        other => panic!("{other:?}"),
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn numbers(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| value.into()).collect()
}

/// The plane's basis, by Gram and Schmidt.
fn basis() -> [Vec<f64>; 2] {
    let images: Vec<Vec<f64>> = plane(0)
        .images
        .chunks(PIXELS)
        .map(|bytes| numbers(&from_bytes(bytes)))
        .collect();
    let less = |a: &[f64], factor: f64, b: &[f64]| -> Vec<f64> {
        a.iter().zip(b).map(|(a, b)| a - factor * b).collect()
    };
    let unit = |v: Vec<f64>| -> Vec<f64> {
        let length = dot(&v, &v).sqrt();
        v.into_iter().map(|value| value / length).collect()
    };
    let first = unit(less(&images[1], 1.0, &images[0]));
    let to_third = less(&images[2], 1.0, &images[0]);
    let second = unit(less(&to_third, dot(&to_third, &first), &first));
    [first, second]
}

#[test]
fn the_score_is_the_noise_turned_round() {
    let page = Page::with_weights();
    let basis = basis();
    let found = point(&page, 9, [1.5, -0.5]);
    let level = found.view.level;
    for at in 0..PIXELS {
        close(
            found.score[at],
            -f64::from(found.eps_hat[at]) / level.noise,
            1e-4,
        );
    }
    let score = numbers(&found.score);
    close(found.length, dot(&score, &score).sqrt(), 1e-4);
    // Two points of the plane differ by what their coordinates say, and by nothing outside of it.
    let other = point(&page, 9, [3.5, 1.5]);
    let along = basis[0]
        .iter()
        .zip(&basis[1])
        .map(|(a, b)| 2.0 * a + 2.0 * b);
    for ((&there, &here), step) in other.x_t.iter().zip(&found.x_t).zip(along) {
        close(there, f64::from(here) + step, 1e-4);
    }
    for axis in [0, 1] {
        close(found.in_plane[axis], dot(&score, &basis[axis]), 1e-4);
    }
    // The distances of the images in the plane are those of the images.
    let [a, b, _] = found.view.images;
    let bytes = plane(0).images;
    let [from, to] = [0, 1].map(|index| numbers(&from_bytes(&bytes[index * PIXELS..][..PIXELS])));
    let apart: f64 = from.iter().zip(&to).map(|(a, b)| (a - b).powi(2)).sum();
    close(
        (a[0] - b[0]).hypot(a[1] - b[1]),
        level.signal * apart.sqrt(),
        1e-4,
    );
}

#[test]
fn a_row_has_the_scores_of_its_points() {
    let page = Page::with_weights();
    let question = Question::ScoreRow {
        plane: plane(9),
        row: 2,
        size: 5,
    };
    let Answer::ScoreRow(row) = asked(&page, question) else {
        panic!("another answer");
    };
    assert_eq!((row.points.len(), row.scores.len()), (5, 5));
    for (&at, score) in row.points.iter().zip(&row.scores) {
        let single = point(&page, 9, at);
        assert_eq!(single.view, row.view);
        close(score[0], single.in_plane[0], 1e-3);
        close(score[1], single.in_plane[1], 1e-3);
    }
    let why = refused(
        &page,
        Question::ScoreRow {
            plane: plane(9),
            row: 5,
            size: 5,
        },
    );
    assert!(why.contains("points"), "{why}");
    let line = PlaneOptions {
        images: [image(), image(), image()].concat(),
        ..plane(9)
    };
    let why = refused(
        &page,
        Question::ScorePoint {
            plane: line,
            point: [0.0; 2],
        },
    );
    assert!(why.contains("line"), "{why}");
}

fn walk(page: &Page, walk: PlaneWalk, steps: u32) -> ScoreWalk {
    let question = Question::ScoreWalk {
        plane: plane(9),
        point: [1.5, -0.5],
        walk,
        steps,
    };
    match asked(page, question) {
        Answer::ScoreWalk(walk) => walk,
        other => panic!("{other:?}"),
    }
}

#[test]
fn walks_begin_at_their_point() {
    let page = Page::with_weights();
    let down = walk(&page, PlaneWalk::Ddim, 5);
    assert_eq!((down.path[0], down.path.len()), ([1.5, -0.5], 6));
    assert!(down.end.iter().all(|value| value.abs() <= 1.0), "an image");
    let longer = walk(&page, PlaneWalk::Ddim, 40);
    assert_eq!(
        longer.path.len(),
        11,
        "no more passes than there are levels"
    );
    let around = walk(&page, PlaneWalk::Langevin, 5);
    assert_eq!(around.path.len(), 6);
    // Its noise has deviation √(0.2·(1−ᾱ)) a step.
    let noise = around.view.level.noise;
    let first = around.path[1];
    assert!(
        (first[0] - 1.5).hypot(first[1] + 0.5) < 5.0 * noise,
        "{first:?}"
    );
    assert_ne!(around.path[1], down.path[1]);
}

fn inside(page: &Page, without: &[&str]) -> Inside {
    let question = Question::Inside {
        noisy: noisy(9),
        drawn: None,
        class: Some(4),
        without: without.iter().map(|&name| name.into()).collect(),
        pixel: 783,
    };
    match asked(page, question) {
        Answer::Inside(inside) => inside,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_inside_of_the_network() {
    let page = Page::with_weights();
    let found = inside(&page, &[]);
    let parts: Vec<_> = found
        .parts
        .iter()
        .map(|part| (part.name.as_str(), part.channels, part.size))
        .collect();
    let expected = [
        ("conv_in", 12, 28),
        ("down.0", 12, 28),
        ("down.1", 24, 14),
        ("mid.block1", 24, 7),
        ("mid.attn", 24, 7),
        ("mid.block2", 24, 7),
        ("up.0", 24, 14),
        ("up.1", 12, 28),
    ];
    assert_eq!(parts, expected);
    for part in &found.parts {
        let size = (part.size * part.size) as usize;
        assert_eq!(part.pixels.len(), size * 16.min(part.channels as usize));
        // The last pixel of the first channel.
        let byte = 127.5 * (part.pixel / part.span) + 127.5;
        close(
            f64::from(part.pixels[size - 1]),
            byte.clamp(0.0, 255.0),
            0.51,
        );
    }
    let [attention] = &found.attention[..] else {
        panic!("one attention");
    };
    assert_eq!(
        (attention.name.as_str(), attention.size, attention.token),
        ("mid.attn", 7, 48)
    );
    close(attention.heads[0].iter().sum::<f32>(), 1.0, 1e-5);
    for (at, &value) in found.embedding.iter().enumerate() {
        let sum = f64::from(found.time[at]) + f64::from(found.class[at]);
        close(value, sum / (1.0 + (-sum).exp()), 1e-5);
    }
    assert_eq!(found.errors, found.errors_whole);
    let cut = inside(&page, &["down.0"]);
    assert_eq!(cut.errors_whole, found.errors_whole);
    assert_ne!(cut.x0_hat, found.x0_hat);
    assert_ne!(inside(&page, &["down.1"]).x0_hat, cut.x0_hat);
    let wrong = Question::Inside {
        noisy: noisy(9),
        drawn: None,
        class: None,
        without: vec!["mid".into()],
        pixel: 0,
    };
    assert!(refused(&page, wrong).contains("mid"));
}

fn terms(page: &Page, times: Vec<u32>) -> Terms {
    let question = Question::Terms {
        image: image(),
        seed: 3,
        times,
        class: None,
        variance_type: VarianceType::FixedSmall,
        pixel: 20,
    };
    match asked(page, question) {
        Answer::Terms(terms) => terms,
        other => panic!("{other:?}"),
    }
}

/// All terms, asked for in parts, add up to the bound as [`VariationalBound::evaluate`] has it.
#[test]
fn the_terms_add_up_to_the_bound() {
    let page = Page::with_weights();
    let parts = [
        terms(&page, (0..7).collect()),
        terms(&page, (7..20).rev().collect()),
    ];
    let bits: f64 = parts
        .iter()
        .flat_map(|part| &part.terms)
        .map(|term| term.bits)
        .sum();
    let weights = page.driver.weights_in_use().unwrap();
    let runtime = Runtime::cpu();
    let model = weights.model(&runtime);
    let noise = Gaussians {
        seed: 3,
        purpose: Purpose::Explanation,
        first: 0,
        used: 0,
    };
    let bound = VariationalBound {
        schedule: model.schedule.clone(),
        variance_type: VarianceType::FixedSmall,
        clip: Clip::Static,
    };
    let x0 = TensorData::new(from_bytes(&image()), [1, 1, SIZE, SIZE]);
    let x0 = Tensor::from_data(x0, runtime.device());
    let eps = |_| gaussian(runtime.context(), noise, [1, 1, SIZE, SIZE]);
    let denoiser = GuidedModel::new(model, &[NO_CLASS], 1.0).unwrap();
    let nats: f32 = bound.evaluate(&denoiser, &x0, &eps).total().into_scalar();
    let expected = bits_per_dim(f64::from(nats), PIXELS);
    close((bits + parts[0].l_t) / expected, 1.0, 1e-4);
    for part in &parts {
        for term in &part.terms {
            let pixel = term.pixel;
            if term.level.t == 0 {
                assert!(term.weight.is_none() && pixel.nats > 0.0);
                continue;
            }
            let ratio = pixel.beta_tilde / pixel.variance;
            close(ratio, 1.0, 1e-5);
            let error = pixel.x0_factor * (pixel.x0 - pixel.x0_hat);
            close(
                pixel.nats,
                0.5 * error.powi(2) / pixel.variance,
                1e-3 * pixel.nats.abs().max(0.1),
            );
            // Without clipping the term would be the weight times the error of ε̂.
            let simple = term.weight.unwrap() * term.errors.eps * PIXELS as f64;
            assert!(bits_per_dim(simple, PIXELS) > 0.9 * term.bits);
        }
    }
}
