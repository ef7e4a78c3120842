//! Ranks as threads of one process.

use std::sync::Barrier;
use std::time::Duration;

use super::agreement::{GREETING, agree_by, facts, meet_with};
use super::threads::Threads;
use super::*;
use crate::rng::{Purpose, Stream};

/// How long a rank may keep silent where none does.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs `rank` as each of `size` ranks, and returns what they return.
fn run<T: Send>(
    size: usize,
    limit: Duration,
    format: SumFormat,
    rank: impl Fn(&Communicator) -> T + Sync,
) -> Vec<T> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = Threads::connect(size)
            .into_iter()
            .map(|end| {
                let rank = &rank;
                scope.spawn(move || rank(&Communicator::start(|| Ok(end), limit, format).unwrap()))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

/// Random numbers of very different sizes, other ones for each rank: their sum depends on the order.
fn values(rank: usize, count: usize) -> Vec<f32> {
    let mut stream = Stream::new(rank as u64, Purpose::Init, 0);
    (0..count)
        .map(|_| (stream.uniform() - 0.5) * 10f32.powi(stream.below(8) as i32 - 4))
        .collect()
}

#[test]
fn a_sum_is_that_in_the_order_of_the_ranks_in_every_rank() {
    for size in [2, 3, 4, 7] {
        // Fewer values than ranks, as many as the ranks divide, and others.
        for count in [0, 1, 5, 12, 1000] {
            let summed = run(size, LIMIT, SumFormat::F32, |rank| {
                let own = values(rank.rank(), count);
                let note = vec![rank.rank() as u8; rank.rank()];
                rank.start_sum("a sum", own, note).wait().unwrap()
            });
            let mut expected = vec![0.0; count];
            for rank in 0..size {
                for (sum, value) in expected.iter_mut().zip(values(rank, count)) {
                    *sum += value;
                }
            }
            let notes: Vec<Vec<u8>> = (0..size).map(|rank| vec![rank as u8; rank]).collect();
            for found in summed {
                assert_eq!(found.values, expected);
                assert_eq!(found.notes, notes);
            }
        }
    }
}

#[test]
fn bf16_halves_the_bytes_and_is_the_same_in_every_rank() {
    let count = 4096;
    let sum = |format| {
        run(4, LIMIT, format, |rank| {
            let own = values(rank.rank(), count);
            let summed = rank.start_sum("a sum", own, Vec::new()).wait();
            (summed.unwrap().values, rank.bytes_sent())
        })
    };
    let (exact, rounded) = (sum(SumFormat::F32), sum(SumFormat::Bf16));
    let parts: Vec<Vec<f32>> = (0..4).map(|rank| values(rank, count)).collect();
    for (at, (value, exact)) in rounded[0].0.iter().zip(&exact[0].0).enumerate() {
        // Four rounded parts and a rounded sum, each by 2⁻⁸ of its size at most.
        let sizes: f32 = parts.iter().map(|part| part[at].abs()).sum();
        assert!(
            (value - exact).abs() <= 2.0 * sizes / 256.0,
            "{value} and {exact}"
        );
    }
    for (values, _) in &rounded {
        assert_eq!(values, &rounded[0].0);
    }
    let (exact, rounded) = (exact[0].1 as f64, rounded[0].1 as f64);
    // 2·(n−1)/n of the vector, and the messages' headers.
    assert!(
        (exact / (1.5 * 4.0 * count as f64) - 1.0).abs() < 0.02,
        "{exact}"
    );
    assert!((rounded / exact - 0.5).abs() < 0.02, "{rounded} of {exact}");
}

#[test]
fn bytes_are_gathered_broadcast_and_waited_for() {
    let found = run(3, LIMIT, SumFormat::F32, |rank| {
        let own = vec![rank.rank() as u8; 2];
        let everywhere = rank.broadcast("news", own.clone()).unwrap();
        let at_first = rank.gather("results", own.clone()).unwrap();
        let all = rank.all_gather("all", own).unwrap();
        rank.barrier("the end").unwrap();
        (everywhere, at_first, all)
    });
    let all = [[0u8; 2], [1; 2], [2; 2]].map(Vec::from).to_vec();
    for (rank, (everywhere, at_first, each)) in found.into_iter().enumerate() {
        assert_eq!(everywhere, [0, 0]);
        assert_eq!(each, all);
        assert_eq!(at_first, if rank == 0 { all.clone() } else { Vec::new() });
    }
}

/// A rank that takes no part is named, with what the others waited for.
#[test]
fn a_silent_rank_is_named() {
    // However slowly the threads start, no rank's time runs before all are there, and the silent rank is there until the
    // others have noticed its silence.
    let (started, noticed) = (Barrier::new(3), Barrier::new(3));
    let found = run(3, Duration::from_secs(3), SumFormat::F32, |rank| {
        started.wait();
        let error = (rank.rank() != 1).then(|| {
            let sum = rank.start_sum("the sum of step 7", vec![1.0; 9], Vec::new());
            sum.wait().unwrap_err()
        });
        noticed.wait();
        error
    });
    for error in [&found[0], &found[2]] {
        let error = error.as_ref().unwrap().to_string();
        assert!(error.contains("rank 1 did not answer"), "{error}");
        assert!(error.contains("the sum of step 7"), "{error}");
        assert!(error.contains("--rank-timeout"), "{error}");
    }
}

#[test]
fn a_rank_that_is_somewhere_else_is_named() {
    let found = run(2, LIMIT, SumFormat::F32, |rank| {
        let what = ["the sum of step 3", "the sum of step 4"][rank.rank()];
        rank.all_gather(what, Vec::new()).unwrap_err().to_string()
    });
    assert_eq!(
        found[0],
        "rank 1 is at another point of the program than rank 0: the sum of step 4, not the sum of step 3"
    );
    assert!(
        found[1].starts_with("rank 0 is at another point"),
        "{}",
        found[1]
    );
}

#[test]
fn ranks_that_were_started_differently_are_named() {
    let found = run(3, LIMIT, SumFormat::F32, |rank| {
        meet(rank, "train").unwrap();
        let command = if rank.rank() == 2 { "sample" } else { "train" };
        meet(rank, command).unwrap_err().to_string()
    });
    for error in found {
        let expected = "the command is sample in rank 2 (machine here, process ";
        assert!(error.contains(expected), "{error}");
        assert!(error.ends_with("and train in rank 0"), "{error}");
    }
}

/// Each rank knows which one is of another version or commit, and of which.
#[test]
fn a_rank_of_another_version_is_named() {
    for (name, other) in [("the version", "0.0.9"), ("the commit", "0123abc")] {
        let found = run(3, LIMIT, SumFormat::F32, |rank| {
            let mut facts = facts("train");
            let fact = facts.iter_mut().find(|(fact, _)| fact == name).unwrap();
            let own = fact.1.clone();
            if rank.rank() == 2 {
                fact.1 = other.to_owned();
            }
            (own, meet_with(rank, facts).unwrap_err().to_string())
        });
        for (own, error) in found {
            let expected = format!("{name} is {other} in rank 2 (machine here, process ");
            assert!(error.contains(&expected), "{error}");
            assert!(error.ends_with(&format!("and {own} in rank 0")), "{error}");
        }
    }
}

/// A version that greets in another way is one that differs, too.
#[test]
fn a_greeting_that_cannot_be_read_is_of_another_version() {
    let found = run(2, LIMIT, SumFormat::F32, |rank| {
        if rank.rank() == 1 {
            rank.all_gather(GREETING, b"good day".to_vec()).unwrap();
            return None;
        }
        Some(meet(rank, "train").unwrap_err().to_string())
    });
    let error = found[0].as_ref().unwrap();
    assert!(
        error.starts_with("rank 1 is of another version of the program"),
        "{error}"
    );
}

/// A fact that only some ranks have differs, whichever rank has it.
#[test]
fn a_fact_that_one_rank_lacks_is_a_difference() {
    for lacking in 0..2 {
        let found = run(2, LIMIT, SumFormat::F32, |rank| {
            let mut facts = vec![("the command".to_owned(), "train".to_owned())];
            if rank.rank() != lacking {
                facts.push(("the seed".to_owned(), "7".to_owned()));
            }
            agree_by(rank, facts).unwrap_err().to_string()
        });
        let expected = match lacking {
            0 => "the seed is 7 in rank 1 and nothing in rank 0",
            _ => "the seed is nothing in rank 1 and 7 in rank 0",
        };
        for error in found {
            assert!(error.ends_with(&format!("the same: {expected}")), "{error}");
        }
    }
}

/// burn's own collective, which the backends of this program do not have. When it gets one, it belongs behind [`Collective`].
/// docs/scaling.md quotes the words; those of wgpu are looked at in `tests/gpu.rs`.
#[cfg(feature = "cpu")]
#[test]
fn burn_has_no_collective_on_flex() {
    use burn::tensor::distributed::{ReduceOperation, all_reduce};
    use burn::tensor::{Device, Tensor};
    let panic = std::panic::catch_unwind(|| {
        let device = Device::flex();
        let values = Tensor::<1>::ones([2], &device);
        all_reduce(values, ReduceOperation::Sum, vec![device]).resolve()
    });
    let panic = panic.expect_err("there is one now");
    let words = panic.downcast_ref::<String>().cloned().unwrap_or_default();
    assert!(
        words.starts_with("Distributed operations are not supported for tensor kind Flex("),
        "{words}"
    );
}

#[test]
fn shares_are_even_and_leave_nothing_out() {
    let shares = |count, size| {
        (0..size)
            .map(|rank| share(count, rank, size))
            .collect::<Vec<_>>()
    };
    assert_eq!(shares(8, 3), [0..3, 3..6, 6..8]);
    assert_eq!(shares(2, 4), [0..1, 1..2, 2..2, 2..2]);
    assert_eq!(Ranks::alone().share(5), 0..5);
}
