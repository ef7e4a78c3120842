//! Questions about the score and about the inside of the network.

use super::explain::{asked, close, image, noisy, refused};
use super::*;
use crate::images::from_bytes;
use crate::web::protocol::{
    Answer, Inside, PlaneOptions, PlaneWalk, Question, ScorePoint, ScoreWalk,
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
    for at in 0..PIXELS {
        let step = 2.0 * basis[0][at] + 2.0 * basis[1][at];
        close(other.x_t[at], f64::from(found.x_t[at]) + step, 1e-4);
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
        class: None,
        without: vec!["mid".into()],
        pixel: 0,
    };
    assert!(refused(&page, wrong).contains("mid"));
}
