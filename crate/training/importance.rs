//! Importance sampling of t for the loss `vlb` (Nichol & Dhariwal 2021, "Improved denoising diffusion probabilistic models",
//! section 3.3).
//!
//! The terms of the variational bound differ by orders of magnitude along t, so an estimate from uniformly random t is very
//! noisy. Its variance is smallest if t is drawn with a probability p(t) in proportion to √E\[L_t²\], and each term divided
//! by T·p(t), which leaves the mean as it was (eq. 18 there). E\[L_t²\] is estimated by the last ten terms of each t; until
//! every t has ten, t is uniform.

use std::collections::VecDeque;

use super::steps::MAX_IN_FLIGHT;

/// The number of terms that are remembered for each t.
const REMEMBERED: usize = 10;
/// The share of t that is drawn uniformly in any case, so that no t is forgotten, as in the paper's code.
const UNIFORM_SHARE: f64 = 0.001;

/// The last terms of the bound at each t, and the t that they lead to.
///
/// A step's terms are used from the third step after it on, whether they are known before or not. A GPU is that many steps
/// ahead of the host, and the t of a run must not depend on how soon its results arrive.
#[derive(Debug, Clone, PartialEq)]
pub struct TermHistory {
    /// The last terms of each t, at most [`REMEMBERED`], the oldest first.
    terms: Vec<VecDeque<f32>>,
    /// The steps whose terms are not among `terms` yet, the oldest first.
    recent: VecDeque<Drawn>,
}

/// The t of one step.
#[derive(Debug, Clone, PartialEq)]
struct Drawn {
    /// The number of the step, counted from 1.
    step: u64,
    t: Vec<usize>,
    /// The factor of each image's term in the loss, 1/(T·p(t)).
    weights: Vec<f32>,
    /// The terms without these factors; empty until they are known.
    terms: Vec<f32>,
}

impl TermHistory {
    /// The history before the first step, for a schedule of `timesteps` steps.
    pub fn new(timesteps: usize) -> Self {
        Self {
            terms: vec![VecDeque::new(); timesteps],
            recent: VecDeque::new(),
        }
    }

    /// Draws a t for each image of the step with this number, counted from 1, and returns them with the factors of the
    /// images' terms in the loss.
    ///
    /// * `uniform`: a random number in 0 … 1 for each image
    pub fn draw(&mut self, step: u64, uniform: &[f32]) -> (Vec<usize>, Vec<f32>) {
        let ahead = 1 + MAX_IN_FLIGHT as u64;
        while self
            .recent
            .front()
            .is_some_and(|old| old.step + ahead <= step)
        {
            let old = self.recent.pop_front().expect("it has a front");
            self.remember(&old.t, &old.terms);
        }
        let probabilities = self.probabilities();
        let mut sum = 0.0;
        let ends: Vec<f64> = probabilities
            .iter()
            .map(|probability| {
                sum += probability;
                sum
            })
            .collect();
        let last = ends.len() - 1;
        let at = |&u: &f32| {
            ends.partition_point(|&end| end <= f64::from(u) * sum)
                .min(last)
        };
        let t: Vec<usize> = uniform.iter().map(at).collect();
        let weight = |&t: &usize| (1.0 / (ends.len() as f64 * probabilities[t])) as f32;
        let weights: Vec<f32> = t.iter().map(weight).collect();
        self.recent.push_back(Drawn {
            step,
            t: t.clone(),
            weights: weights.clone(),
            terms: Vec::new(),
        });
        (t, weights)
    }

    /// Takes note of the terms of a step, with their factors in them, as the loss has them.
    pub fn observe(&mut self, step: u64, weighted: &[f32]) {
        if let Some(drawn) = self.recent.iter_mut().find(|drawn| drawn.step == step) {
            let terms = weighted.iter().zip(&drawn.weights);
            drawn.terms = terms.map(|(term, weight)| term / weight).collect();
        }
    }

    /// Forgets the steps after this one, which changed nothing.
    pub fn rewind(&mut self, step: u64) {
        self.recent.retain(|drawn| drawn.step <= step);
    }

    fn remember(&mut self, t: &[usize], terms: &[f32]) {
        for (&t, &term) in t.iter().zip(terms) {
            let of_t = &mut self.terms[t];
            if of_t.len() == REMEMBERED {
                of_t.pop_front();
            }
            of_t.push_back(term);
        }
    }

    /// p(t) of each t; together 1, but for rounding.
    fn probabilities(&self) -> Vec<f64> {
        let timesteps = self.terms.len() as f64;
        let size = |terms: &VecDeque<f32>| {
            let squares = terms.iter().map(|&term| f64::from(term).powi(2));
            (squares.sum::<f64>() / REMEMBERED as f64).sqrt()
        };
        let sizes: Vec<f64> = self.terms.iter().map(size).collect();
        let sum: f64 = sizes.iter().sum();
        let complete = self.terms.iter().all(|terms| terms.len() == REMEMBERED);
        if !complete || sum <= 0.0 || !sum.is_finite() {
            return vec![1.0 / timesteps; self.terms.len()];
        }
        let share = |size: f64| (1.0 - UNIFORM_SHARE) * size / sum + UNIFORM_SHARE / timesteps;
        sizes.into_iter().map(share).collect()
    }

    /// The history as numbers: for each t how many terms there are, and these; then for each recent step whose terms are
    /// known its number, the number of its images, and each image's t and term.
    pub fn numbers(&self) -> Vec<f32> {
        let mut numbers = Vec::new();
        for terms in &self.terms {
            numbers.push(terms.len() as f32);
            numbers.extend(terms);
        }
        for drawn in self.recent.iter().filter(|drawn| !drawn.terms.is_empty()) {
            numbers.extend([drawn.step as f32, drawn.t.len() as f32]);
            let images = drawn.t.iter().zip(&drawn.terms);
            numbers.extend(images.flat_map(|(&t, &term)| [t as f32, term]));
        }
        numbers
    }

    /// The history of a schedule of `timesteps` steps that [`TermHistory::numbers`] wrote.
    ///
    /// # Errors
    /// If these are no such numbers.
    pub fn from_numbers(timesteps: usize, numbers: &[f32]) -> Result<Self, String> {
        Self::parse(timesteps, &mut numbers.iter().copied()).ok_or_else(|| {
            "The numbers of the terms at each t do not fit the number of timesteps.".to_owned()
        })
    }

    fn parse(timesteps: usize, numbers: &mut impl Iterator<Item = f32>) -> Option<Self> {
        let whole = |number: f32, below: usize| {
            let whole = number as usize;
            (whole as f32 == number && whole < below).then_some(whole)
        };
        let mut history = Self::new(timesteps);
        for terms in &mut history.terms {
            let count = whole(numbers.next()?, REMEMBERED + 1)?;
            for _ in 0..count {
                terms.push_back(numbers.next()?);
            }
        }
        while let Some(step) = numbers.next() {
            // No step is further ahead of the host, see `draw`.
            if history.recent.len() > MAX_IN_FLIGHT {
                return None;
            }
            let step = whole(step, u32::MAX as usize)? as u64;
            let images = whole(numbers.next()?, usize::MAX)?;
            let mut drawn = Drawn {
                step,
                t: Vec::new(),
                weights: Vec::new(),
                terms: Vec::new(),
            };
            for _ in 0..images {
                drawn.t.push(whole(numbers.next()?, timesteps)?);
                drawn.terms.push(numbers.next()?);
            }
            history.recent.push_back(drawn);
        }
        Some(history)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream};

    /// T = 4 with terms 1, 2, 3 and 10 at t = 0 … 3.
    const TERMS: [f32; 4] = [1.0, 2.0, 3.0, 10.0];

    /// A history of `steps` steps of 8 images each, and the t and weights of the step after them.
    fn after(steps: u64) -> (TermHistory, Vec<usize>, Vec<f32>) {
        let mut history = TermHistory::new(TERMS.len());
        let mut stream = Stream::new(0, Purpose::Training, 0);
        let mut draw = |history: &mut TermHistory, step| {
            let uniform: Vec<f32> = (0..8).map(|_| stream.uniform()).collect();
            history.draw(step, &uniform)
        };
        for step in 1..=steps {
            let (t, weights) = draw(&mut history, step);
            let terms = t.iter().zip(&weights).map(|(&t, weight)| TERMS[t] * weight);
            history.observe(step, &terms.collect::<Vec<f32>>());
        }
        let (t, weights) = draw(&mut history, steps + 1);
        (history, t, weights)
    }

    #[test]
    fn t_is_uniform_until_each_has_ten_terms() {
        let (_, _, weights) = after(4);
        assert_eq!(weights, [1.0; 8]);
    }

    #[test]
    fn p_of_t_is_in_proportion_to_the_size_of_the_terms() {
        let (history, t, weights) = after(40);
        let sum: f64 = TERMS.iter().map(|&term| f64::from(term)).sum();
        for (term, probability) in TERMS.iter().zip(history.probabilities()) {
            let expected = 0.999 * f64::from(*term) / sum + 0.001 / 4.0;
            assert!((probability - expected).abs() < 1e-6, "{probability}");
        }
        // A term with its weight is about the same for each t, which is what makes the mean's variance small.
        for (t, weight) in t.into_iter().zip(weights) {
            let term = f64::from(TERMS[t] * weight);
            assert!((term - sum / 4.0).abs() < 0.02, "{term}");
        }
        // The mean over p(t) of the weighted terms is the uniform mean.
        let probabilities = history.probabilities();
        let weighted = TERMS.iter().zip(&probabilities);
        let mean: f64 = weighted
            .map(|(&term, p)| p * f64::from(term) / (4.0 * p))
            .sum();
        assert!((mean - sum / 4.0).abs() < 1e-9);
    }

    /// A step's t depend on the steps up to the third before it, whatever is known of later ones.
    #[test]
    fn terms_count_from_the_third_step_on() {
        let drawn = |late: bool| {
            let (mut history, ..) = after(40);
            let uniform = [0.1, 0.4, 0.6, 0.9];
            for step in 42..44 {
                let (t, _) = history.draw(step, &uniform);
                if !late {
                    history.observe(step, &vec![1e6; t.len()]);
                }
            }
            history.observe(41, &[5.0; 8]);
            history.draw(44, &uniform)
        };
        assert_eq!(drawn(false), drawn(true));
    }

    #[test]
    fn numbers_restore_the_history() {
        let (mut history, ..) = after(40);
        history.observe(41, &[2.0; 8]);
        let numbers = history.numbers();
        let mut again = TermHistory::from_numbers(TERMS.len(), &numbers).unwrap();
        assert_eq!(again.numbers(), numbers);
        let uniform: Vec<f32> = (0..64).map(|k| k as f32 / 64.0).collect();
        for step in 42..46 {
            let drawn = history.draw(step, &uniform);
            assert_eq!(again.draw(step, &uniform), drawn);
            for history in [&mut history, &mut again] {
                history.observe(step, &vec![1.0; 64]);
            }
        }
        for bad in [&numbers[1..], &numbers[..numbers.len() - 1], &[11.0]] {
            assert!(TermHistory::from_numbers(TERMS.len(), bad).is_err());
        }
        assert!(TermHistory::from_numbers(5, &numbers).is_err());
    }

    /// More steps than can be ahead of the host would take many times the numbers' room, and a step beyond counting would
    /// overflow in `draw`.
    #[test]
    fn impossible_steps_are_refused() {
        let (mut history, ..) = after(40);
        history.observe(41, &[2.0; 8]);
        let numbers = history.numbers();
        assert_eq!(history.recent.len(), 1 + MAX_IN_FLIGHT);
        let more = [&numbers[..], &[42.0, 1.0, 0.0, 2.0]].concat();
        assert!(TermHistory::from_numbers(TERMS.len(), &more).is_err());
        let without = TermHistory::new(TERMS.len()).numbers();
        let alone = |step: f32| {
            let numbers = [&without[..], &[step, 1.0, 0.0, 2.0]].concat();
            TermHistory::from_numbers(TERMS.len(), &numbers)
        };
        assert_eq!(alone(42.0).unwrap().recent.len(), 1);
        for step in [-1.0, 0.5, 1e18, f32::MAX] {
            assert!(alone(step).is_err(), "{step}");
        }
    }

    #[test]
    fn steps_that_changed_nothing_are_forgotten() {
        let (mut history, ..) = after(40);
        history.rewind(39);
        assert_eq!(history.recent.back().unwrap().step, 39);
    }
}
