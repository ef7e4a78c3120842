//! Runs that several ranks share, as threads of this process.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use pollster::block_on;

use super::tests::{recipe, stripes};
use super::*;
use crate::distributed::threads::Threads;
use crate::distributed::{
    Collective, CollectiveError, Communicator, PendingSum, Ranks, SumFormat, Summed,
};
use crate::nn::unet::Preset;
use crate::ops::read;

/// What a rank has at the end.
#[derive(Debug, Clone, PartialEq)]
struct Outcome {
    params: Vec<f32>,
    ema: Vec<f32>,
    steps: Vec<StepMetrics>,
}

fn outcome(trainer: &mut Trainer, count: usize) -> Outcome {
    let steps: Vec<StepMetrics> = (0..count)
        .flat_map(|_| block_on(trainer.step()).unwrap())
        .collect();
    let state = trainer.state();
    Outcome {
        params: block_on(read(state.params)).unwrap(),
        ema: block_on(read(state.ema)).unwrap(),
        steps,
    }
}

/// Calls `rank` in each of `size` ranks with its runtime.
fn each<T: Send>(size: usize, format: SumFormat, rank: impl Fn(Runtime) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = Threads::connect(size)
            .into_iter()
            .map(|end| {
                let rank = &rank;
                scope.spawn(move || {
                    let limit = Duration::from_secs(600);
                    let ranks = Communicator::start(|| Ok(end), limit, format).unwrap();
                    rank(Runtime::cpu().with_ranks(Ranks::of(Rc::new(ranks))))
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

fn begin(config: &TrainConfig, runtime: &Runtime) -> Trainer {
    let unet = crate::nn::unet::UNetConfig {
        out_channels: config.out_channels(),
        ..Preset::Tiny.config()
    };
    Trainer::new(config.clone(), unet, stripes(30), runtime).unwrap()
}

/// `count` steps of `size` ranks.
fn by_ranks(config: &TrainConfig, size: usize, count: usize, format: SumFormat) -> Outcome {
    let mut found = each(size, format, |runtime| {
        outcome(&mut begin(config, &runtime), count)
    });
    let first = found.remove(0);
    for other in found {
        assert_eq!(other, first, "all ranks have the same");
    }
    first
}

/// The distance of two vectors, relative to the length of the first.
fn distance(a: &[f32], b: &[f32]) -> f64 {
    let square = |x: f32| f64::from(x) * f64::from(x);
    let difference: f64 = a.iter().zip(b).map(|(&a, &b)| square(a - b)).sum();
    (difference / a.iter().map(|&a| square(a)).sum::<f64>()).sqrt()
}

/// The t of the images of each step.
fn times(outcome: &Outcome) -> Vec<Vec<u32>> {
    let of_step = |step: &StepMetrics| step.images.iter().map(|image| image.t).collect();
    outcome.steps.iter().map(of_step).collect()
}

fn assert_same_run(found: &Outcome, alone: &Outcome, context: &str) {
    assert_eq!(times(found), times(alone), "{context}");
    for (a, b) in found.steps.iter().zip(&alone.steps) {
        assert!(
            (a.loss / b.loss - 1.0).abs() < 1e-4,
            "{context}: {a:?} and {b:?}"
        );
    }
    let difference = distance(&alone.params, &found.params);
    assert!(
        difference < 1e-5,
        "{context}: parameters differ by {difference}"
    );
    let difference = distance(&alone.ema, &found.ema);
    assert!(
        difference < 1e-5,
        "{context}: averages differ by {difference}"
    );
}

/// Recipes with everything that a batch depends on.
fn recipes() -> Vec<(&'static str, TrainConfig)> {
    let base = TrainConfig {
        batch_size: 6,
        ..recipe()
    };
    vec![
        (
            "labels dropped, images moved, the norm clipped",
            TrainConfig {
                label_dropout: 0.5,
                max_shift: 2,
                grad_clip: 0.1,
                ..base.clone()
            },
        ),
        (
            "t in strata, losses weighted",
            TrainConfig {
                t_sampling: TimestepSampling::Stratified,
                min_snr_gamma: 5.0,
                ..base.clone()
            },
        ),
        (
            "t by importance",
            TrainConfig {
                loss: LossKind::Vlb,
                t_sampling: TimestepSampling::Importance,
                // Few t and many images, so that each t soon has the ten terms from which on t is drawn by them.
                timesteps: 10,
                batch_size: 24,
                ..base
            },
        ),
    ]
}

/// As many ranks as divide the batch, numbers that do not, and more than it has images.
#[test]
fn ranks_train_what_one_process_trains() {
    for (name, config) in recipes() {
        let alone = outcome(&mut begin(&config, &Runtime::cpu()), 20);
        for size in [2, 4, 7] {
            let found = by_ranks(&config, size, 20, SumFormat::F32);
            assert_same_run(&found, &alone, &format!("{name}, {size} ranks"));
        }
    }
}

#[test]
fn runs_of_as_many_ranks_are_equal_to_the_bit() {
    for format in [SumFormat::F32, SumFormat::Bf16] {
        let [first, second] = [(); 2].map(|()| by_ranks(&recipe(), 3, 5, format));
        assert_eq!(first, second);
    }
}

#[test]
fn gradients_in_bf16_train_nearly_the_same() {
    let exact = by_ranks(&recipe(), 2, 10, SumFormat::F32);
    let rounded = by_ranks(&recipe(), 2, 10, SumFormat::Bf16);
    assert_eq!(times(&exact), times(&rounded));
    for (a, b) in exact.steps.iter().zip(&rounded.steps) {
        assert!((a.loss / b.loss - 1.0).abs() < 0.02, "{a:?} and {b:?}");
    }
    assert!(exact.params != rounded.params);
}

/// A run that four ranks began, two go on with and one ends has the batches of one that was never interrupted.
#[test]
fn another_number_of_ranks_goes_on_with_the_same_batches() {
    let (_, config) = recipes().remove(2);
    let whole = outcome(&mut begin(&config, &Runtime::cpu()), 24);
    let mut state: Option<(Vec<Vec<f32>>, u64, Option<TermHistory>)> = None;
    let mut steps = Vec::new();
    for (size, count) in [(4, 10), (2, 10), (1, 4)] {
        let before = &state;
        let part = |runtime: Runtime| {
            let mut trainer = match before {
                None => begin(&config, &runtime),
                Some((vectors, step, history)) => {
                    let mut vectors = vectors.iter().map(|v| flat_tensor(v, runtime.device()));
                    let mut next = || vectors.next().unwrap();
                    let state = OptimizerState {
                        params: next(),
                        m: next(),
                        v: next(),
                        ema: next(),
                        step: *step,
                        history: history.clone(),
                    };
                    let unet = *begin(&config, &Runtime::cpu()).unet();
                    Trainer::from_state(config.clone(), unet, stripes(30), &runtime, state).unwrap()
                }
            };
            let outcome = outcome(&mut trainer, count);
            let OptimizerState {
                params,
                m,
                v,
                ema,
                step,
                history,
            } = trainer.state();
            let vectors = [params, m, v, ema].map(|vector| block_on(read(vector)).unwrap());
            // As a file keeps it.
            let history = history.map(|history| {
                TermHistory::from_numbers(config.timesteps as usize, &history.numbers()).unwrap()
            });
            (outcome, (vectors.to_vec(), step, history))
        };
        let (outcome, after) = match size {
            1 => part(Runtime::cpu()),
            _ => each(size, SumFormat::F32, part).remove(0),
        };
        steps.extend(outcome.steps.clone());
        state = Some(after);
        if size == 1 {
            let found = Outcome {
                steps: std::mem::take(&mut steps),
                ..outcome
            };
            assert_same_run(&found, &whole, "4, 2 and 1 ranks");
        }
    }
}

/// A rank whose parameters are not those of the others does not train on in silence.
#[test]
fn ranks_that_have_drifted_apart_are_named() {
    let errors = each(3, SumFormat::F32, |runtime| {
        let mut trainer = begin(&recipe(), &runtime);
        block_on(trainer.step()).unwrap();
        if runtime.ranks().rank() == 2
            && let Steps::Host(state) = &mut trainer.steps
        {
            state.params = state.params.clone() * (1.0 + 1e-6);
        }
        block_on(trainer.step()).unwrap_err().to_string()
    });
    for error in errors {
        assert!(
            error.starts_with("the parameters of rank 2 before step 2 are not those of rank 0"),
            "{error}"
        );
    }
}

/// All ranks stop after the same step, whichever of them was asked to.
#[test]
fn ranks_stop_after_the_same_step() {
    let steps = each(3, SumFormat::F32, |runtime| {
        let mut trainer = begin(&recipe(), &runtime);
        while !trainer.stops() {
            if runtime.ranks().rank() == 1 && trainer.done() == 2 {
                trainer.ask_to_stop();
            }
            block_on(trainer.step()).unwrap();
        }
        trainer.done()
    });
    assert_eq!(steps, [3, 3, 3]);
}

/// A step whose loss is not finite fails in every rank, changes nothing, and fails once more when it is taken again.
#[test]
fn a_failed_step_fails_everywhere() {
    let config = TrainConfig {
        t_sampling: TimestepSampling::Stratified,
        ..recipe()
    };
    let found = each(2, SumFormat::F32, |runtime| {
        let mut trainer = begin(&config, &runtime);
        let first = block_on(trainer.step()).unwrap();
        if let Steps::Host(state) = &mut trainer.steps {
            state.params = state.params.clone() * f32::INFINITY;
        }
        let errors = [(); 2].map(|()| block_on(trainer.step()).unwrap_err().to_string());
        assert_eq!(errors[0], errors[1]);
        (trainer.done(), errors[0].clone(), first)
    });
    assert_eq!(found[0].0, 1);
    assert!(found[0].1.contains("at step 2"), "{}", found[0].1);
    assert_eq!(found[0].1, found[1].1);
    assert_eq!(found[0].2, found[1].2);
}

/// What a rank asks of its collective in a step.
#[derive(Debug, PartialEq)]
enum Call {
    /// Its number. A rank needs it to make its part of a batch, and for nothing else in a step.
    MakeBatch,
    StartSum,
    Wait,
}

/// What connects the first of two ranks with the other one, whose gradient is 0. It notes what it is asked.
struct Scripted(Rc<RefCell<Vec<Call>>>);

impl Scripted {
    fn note(&self, call: Call) {
        self.0.borrow_mut().push(call);
    }
}

/// A sum that is there as soon as somebody waits for it.
struct ScriptedSum {
    rank: Scripted,
    summed: Summed,
}

impl PendingSum for ScriptedSum {
    fn wait(self: Box<Self>) -> Result<Summed, CollectiveError> {
        self.rank.note(Call::Wait);
        Ok(self.summed)
    }
}

impl Collective for Scripted {
    fn rank(&self) -> usize {
        self.note(Call::MakeBatch);
        0
    }

    fn size(&self) -> usize {
        2
    }

    fn local(&self) -> (usize, usize) {
        (0, 2)
    }

    fn start_sum(&self, _: &str, values: Vec<f32>, note: Vec<u8>) -> Box<dyn PendingSum> {
        self.note(Call::StartSum);
        // The other rank has as many images, so its note may be the same.
        let notes = vec![note.clone(), note];
        Box::new(ScriptedSum {
            rank: Self(self.0.clone()),
            summed: Summed { values, notes },
        })
    }

    fn all_to_all(&self, _: &str, _: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, CollectiveError> {
        unreachable!("a step is one sum")
    }

    fn bytes_sent(&self) -> u64 {
        0
    }

    fn seconds_waited(&self) -> f64 {
        0.0
    }

    fn abort(&self) -> ! {
        unreachable!("no step fails")
    }
}

/// A rank makes the next step's batch while the gradients travel: after their sum has been started, and before it is waited for.
#[test]
fn the_next_batch_is_made_before_the_sum_is_waited_for() {
    let calls = Rc::<RefCell<Vec<Call>>>::default();
    let ranks = Ranks::of(Rc::new(Scripted(calls.clone())));
    let mut trainer = begin(&recipe(), &Runtime::cpu().with_ranks(ranks));
    let mut step = || {
        calls.borrow_mut().clear();
        block_on(trainer.step()).unwrap();
        calls.take()
    };
    assert_eq!(
        step(),
        [Call::MakeBatch, Call::StartSum, Call::MakeBatch, Call::Wait]
    );
    // The batch of the second step is there already.
    assert_eq!(step(), [Call::StartSum, Call::MakeBatch, Call::Wait]);
}
