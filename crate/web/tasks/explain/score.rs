//! The score on a plane through three images, and ways that samplers take as the plane sees them.
//!
//! At step t noisy images lie around √ᾱ_t times the clean ones, so the plane goes through the three images times √ᾱ_t. A point of it
//! has no noise outside of the plane, and the network has never seen such an image; so each point is given one draw of noise there,
//! the same for all points. What is drawn is the score along that slice of the space of noisy images.

use burn::tensor::{Tensor, TensorData};

use super::noisy::{REVERSE, eps_of, image, level, predict, read_images, standard_gaussian};
use crate::diffusion::schedule::Spacing;
use crate::diffusion::{Clip, ModelPrediction, ReverseStep};
use crate::model::Model;
use crate::nn::unet::{PIXELS, SIZE};
use crate::ops::read;
use crate::samplers::{Ddim, Sampler};
use crate::web::protocol::{
    Level, PlaneOptions, PlaneView, PlaneWalk, ScorePoint, ScoreRow, ScoreWalk,
};
use crate::web::tasks::TaskContext;

/// Most points in a row.
const MOST_POINTS: u32 = 32;
/// Most passes of a walk.
const MOST_STEPS: u32 = 100;
/// δ of a Langevin step, in units of the noise's variance 1 − ᾱ: large enough that a walk of 50 steps leaves its beginning
/// behind, and small enough that its noise, √δ, is less than half of the level's.
const STEP_SIZE: f64 = 0.2;

/// The plane, with an orthonormal basis.
struct Plane {
    level: Level,
    /// √ᾱ_t times the mean of the three images: where both coordinates are 0.
    origin: Vec<f32>,
    basis: [Vec<f32>; 2],
    /// The noise outside of the plane: √(1−ᾱ_t)·ε without its part in the plane.
    outside: Vec<f32>,
    view: PlaneView,
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    let products = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b));
    products.sum()
}

/// a + factor·b.
fn plus(a: &[f32], factor: f64, b: &[f32]) -> Vec<f32> {
    let sums = a
        .iter()
        .zip(b)
        .map(|(a, b)| (f64::from(*a) + factor * f64::from(*b)) as f32);
    sums.collect()
}

fn times(factor: f64, a: &[f32]) -> Vec<f32> {
    plus(&vec![0.0; a.len()], factor, a)
}

impl Plane {
    /// # Errors
    /// If there are not three images that lie in one plane only, or no such step, or if the device does not give ε back.
    async fn new(model: &Model, options: &PlaneOptions) -> Result<Self, String> {
        let ctx = model.context();
        let level = level(&model.schedule, options.t)?;
        let [a, b, c] = options.images.as_chunks::<PIXELS>().0 else {
            return Err("A plane needs three images.".into());
        };
        let [a, b, c] = [a, b, c].map(|bytes| image(ctx, bytes));
        let [a, b, c, eps] = read_images([a?, b?, c?, eps_of(ctx, options.seed)]).await?;
        let unit = |v: Vec<f32>| {
            let length = dot(&v, &v).sqrt();
            if length < 1e-3 {
                return Err("Choose three images that differ: these lie on one line.");
            }
            Ok(times(1.0 / length, &v))
        };
        let first = unit(plus(&b, -1.0, &a))?;
        let to_c = plus(&c, -1.0, &a);
        let second = unit(plus(&to_c, -dot(&to_c, &first), &first))?;
        let mean = times(1.0 / 3.0, &plus(&plus(&a, 1.0, &b), 1.0, &c));
        let at = |v: &[f32]| {
            let from_mean = plus(v, -1.0, &mean);
            [&first, &second].map(|direction| level.signal * dot(&from_mean, direction))
        };
        let images = [at(&a), at(&b), at(&c)];
        // A square around the three images, and as far beyond them as their noise reaches.
        let middle_and_half = [0, 1].map(|axis| {
            let coordinates = images.map(|point| point[axis]);
            let (least, most) = (
                coordinates.into_iter().fold(f64::MAX, f64::min),
                coordinates.into_iter().fold(f64::MIN, f64::max),
            );
            ((least + most) / 2.0, (most - least) / 2.0)
        });
        let half = middle_and_half[0].1.max(middle_and_half[1].1) * 1.25 + 2.5 * level.noise;
        let view = PlaneView {
            level,
            images,
            from: middle_and_half.map(|(middle, _)| middle - half),
            to: middle_and_half.map(|(middle, _)| middle + half),
        };
        let noise = times(level.noise, &eps);
        let outside = plus(
            &plus(&noise, -dot(&noise, &first), &first),
            -dot(&noise, &second),
            &second,
        );
        Ok(Self {
            level,
            origin: times(level.signal, &mean),
            basis: [first, second],
            outside,
            view,
        })
    }

    /// The noisy image at a point.
    fn at(&self, point: [f64; 2]) -> Vec<f32> {
        let origin = plus(&self.origin, 1.0, &self.outside);
        plus(
            &plus(&origin, point[0], &self.basis[0]),
            point[1],
            &self.basis[1],
        )
    }

    /// A direction, as far as it lies in the plane.
    fn along(&self, direction: &[f32]) -> [f64; 2] {
        [0, 1].map(|axis| dot(direction, &self.basis[axis]))
    }

    /// The coordinates of an image of noise level ᾱ, stretched to the plane's level.
    fn place(&self, x: &[f32], alpha_bar: f64) -> [f64; 2] {
        let stretch = if alpha_bar > 0.0 {
            self.level.signal / alpha_bar.sqrt()
        } else {
            1.0
        };
        self.along(&plus(&times(stretch, x), -1.0, &self.origin))
    }
}

fn batch(model: &Model, images: &[Vec<f32>]) -> Tensor<4> {
    let shape = [images.len(), 1, SIZE, SIZE];
    Tensor::from_data(
        TensorData::new(images.concat(), shape),
        model.context().device(),
    )
}

fn score_of(said: &ModelPrediction, alpha_bar: f64) -> Tensor<4> {
    let coefficients = said.prediction.coefficients_to_score(alpha_bar);
    coefficients.apply(said.output.clone(), said.x_t.clone())
}

/// The score at `size` points of a row of the plane.
///
/// # Errors
/// If the plane, the row or the class does not exist, or if the device does not give numbers back.
pub(super) async fn row(
    model: &Model,
    options: &PlaneOptions,
    row: u32,
    size: u32,
) -> Result<ScoreRow, String> {
    if !(2..=MOST_POINTS).contains(&size) || row >= size {
        return Err(format!(
            "A plane is drawn with 2 to {MOST_POINTS} points in a row."
        ));
    }
    let plane = Plane::new(model, options).await?;
    let PlaneView { from, to, .. } = plane.view;
    let share = |index: u32| (f64::from(index) + 0.5) / f64::from(size);
    let coordinate = |axis: usize, index: u32| from[axis] + share(index) * (to[axis] - from[axis]);
    let points: Vec<[f64; 2]> = (0..size)
        .map(|column| [coordinate(0, column), coordinate(1, row)])
        .collect();
    let images: Vec<_> = points.iter().map(|&point| plane.at(point)).collect();
    let steps = vec![options.t as usize; images.len()];
    let said = predict(model, batch(model, &images), &steps, options.class)?;
    let scores = read(score_of(&said, plane.level.alpha_bar)).await?;
    Ok(ScoreRow {
        view: plane.view,
        row,
        scores: scores
            .chunks_exact(PIXELS)
            .map(|score| plane.along(score))
            .collect(),
        points,
    })
}

/// # Errors
/// If a coordinate is no number, or far outside of everything.
fn check(point: [f64; 2]) -> Result<(), String> {
    if point.iter().all(|coordinate| coordinate.abs() < 1e3) {
        return Ok(());
    }
    Err("There is no such point in the plane.".into())
}

/// The score at one point of the plane.
///
/// # Errors
/// If the plane, the point or the class does not exist, or if the device does not give numbers back.
pub(super) async fn point(
    model: &Model,
    options: &PlaneOptions,
    point: [f64; 2],
) -> Result<ScorePoint, String> {
    check(point)?;
    let plane = Plane::new(model, options).await?;
    let alpha_bar = plane.level.alpha_bar;
    let x_t = batch(model, &[plane.at(point)]);
    let said = predict(model, x_t.clone(), &[options.t as usize], options.class)?;
    let score = score_of(&said, alpha_bar);
    let images = [x_t, said.eps(alpha_bar), score, said.x0(alpha_bar)];
    let [x_t, eps_hat, score, x0_hat] = read_images(images).await?;
    Ok(ScorePoint {
        view: plane.view,
        in_plane: plane.along(&score),
        length: dot(&score, &score).sqrt(),
        x_t,
        eps_hat,
        score,
        x0_hat,
    })
}

/// A way from a point of the plane. The event loop gets a turn after each pass.
///
/// # Errors
/// If the plane, the point or the class does not exist, or there are too many steps, or if the device does not give numbers
/// back.
pub(super) async fn walk(
    context: &TaskContext,
    model: &Model,
    options: &PlaneOptions,
    point: [f64; 2],
    walk: PlaneWalk,
    steps: u32,
) -> Result<ScoreWalk, String> {
    check(point)?;
    if !(1..=MOST_STEPS).contains(&steps) {
        return Err(format!("A walk has 1 to {MOST_STEPS} steps."));
    }
    let plane = Plane::new(model, options).await?;
    let t = options.t as usize;
    let ctx = model.context();
    // No more passes than there are levels.
    let down = Spacing::Linspace.timesteps(t + 1, steps as usize);
    let ddim = Ddim::new(&model.schedule, down, 0.0, Clip::Static);
    let passes = match walk {
        PlaneWalk::Ddim => ddim.timesteps().len(),
        PlaneWalk::Langevin => steps as usize,
    };
    let start = plane.at(point);
    let mut x = batch(model, std::slice::from_ref(&start));
    let mut path = vec![point];
    let mut end = start;
    for pass in 0..passes {
        let z = || {
            let number = REVERSE + pass as u64;
            standard_gaussian(ctx, options.seed, number, 1)
        };
        let (step, clip, at, alpha_bar) = match walk {
            PlaneWalk::Ddim => (
                ddim.coefficients(pass, model.prediction, false),
                ddim.clip(),
                ddim.timesteps().t(pass),
                ddim.timesteps().alpha_bar(pass + 1),
            ),
            PlaneWalk::Langevin => (
                langevin(model, plane.level),
                Clip::None,
                t,
                plane.level.alpha_bar,
            ),
        };
        let said = predict(model, x, &[at], options.class)?;
        x = step.apply(said, clip, None, z).0;
        end = read(x.clone()).await?;
        path.push(plane.place(&end, alpha_bar));
        context.turn().await;
    }
    Ok(ScoreWalk {
        view: plane.view,
        path,
        end,
    })
}

/// x + ½·δ·score + √δ·z with δ = [`STEP_SIZE`]·(1−ᾱ) (Song & Ermon 2019, algorithm 1).
fn langevin(model: &Model, level: Level) -> ReverseStep {
    let delta = STEP_SIZE * level.noise.powi(2);
    let stay = ReverseStep {
        x_t: 1.0,
        z: delta.sqrt(),
        ..ReverseStep::default()
    };
    // The score is −ε̂/√(1−ᾱ).
    let factor = -0.5 * delta / level.noise;
    stay.plus_eps(factor, model.prediction, level.alpha_bar, Clip::None)
}
