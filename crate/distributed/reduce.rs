//! The all-reduce: adds vectors of all ranks so that every rank has the same sum, in every run.
//!
//! MPI's own `MPI_Allreduce` may add in any order. The standard only recommends that the same call give the same result, and
//! does not ask for it to be the same in all ranks (MPI 4.0, section 6.9.1, "Advice to implementors"); ranks whose gradients
//! differ in a bit would train networks that drift apart. So the sum is made of two exchanges, by a fixed order:
//!
//! 1. The vector is cut into as many parts as there are ranks. Rank r gets part r of every rank, and adds them in the order of
//!    the ranks, in f32.
//! 2. Rank r sends its part of the sum to every rank.
//!
//! Each rank sends 2·(n−1)/n of the vector, as in a ring, the least that an all-reduce can do (Patarasu & Yuan 2009,
//! "Bandwidth optimal all-reduce algorithms for clusters of workstations"), in two rounds in place of 2·(n−1).

use half::bf16;

use super::exchange::{Exchanges, Transport};
use super::{CollectiveError, SumFormat, Summed, share};

/// Values as they travel, little-endian.
pub fn encode(values: &[f32], format: SumFormat) -> Vec<u8> {
    let mut bytes = vec![0; values.len() * width(format)];
    match format {
        SumFormat::F32 => {
            for (word, value) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(values) {
                *word = value.to_le_bytes();
            }
        }
        SumFormat::Bf16 => {
            for (word, &value) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(values) {
                *word = bf16::from_f32(value).to_le_bytes();
            }
        }
    }
    bytes
}

/// The values of bytes that [`encode`] has written.
pub fn decode(bytes: &[u8], format: SumFormat) -> Vec<f32> {
    match format {
        SumFormat::F32 => {
            let words = bytes.as_chunks::<4>().0.iter();
            words.map(|&word| f32::from_le_bytes(word)).collect()
        }
        SumFormat::Bf16 => {
            let words = bytes.as_chunks::<2>().0.iter();
            words
                .map(|&word| bf16::from_le_bytes(word).to_f32())
                .collect()
        }
    }
}

/// The number of bytes of a value.
fn width(format: SumFormat) -> usize {
    match format {
        SumFormat::F32 => 4,
        SumFormat::Bf16 => 2,
    }
}

/// Adds the values of all ranks, and collects their notes.
///
/// # Errors
/// As [`Exchanges::run`]; also if a rank has another number of values.
pub fn sum<T: Transport>(
    exchanges: &mut Exchanges<T>,
    what: &str,
    values: &[f32],
    format: SumFormat,
    note: &[u8],
) -> Result<Summed, CollectiveError> {
    let (here, size) = (exchanges.transport.rank(), exchanges.transport.size());
    let part = |rank: usize| share(values.len(), rank, size);
    // Also what this rank keeps is rounded: the result must not depend on which rank adds which part.
    let parts = (0..size).map(|rank| encode(&values[part(rank)], format));
    let received = exchanges.run(what, parts.collect())?;
    let mut total = vec![0.0; part(here).len()];
    for (rank, bytes) in received.iter().enumerate() {
        let its = decode(bytes, format);
        if bytes.len() != total.len() * width(format) {
            return Err(CollectiveError::Transport(format!(
                "{what}: {} has sent {} values, and {} were expected",
                exchanges.names[rank],
                its.len(),
                total.len()
            )));
        }
        for (total, its) in total.iter_mut().zip(its) {
            *total += its;
        }
    }
    let own = [encode(&total, format), note.to_vec()].concat();
    let received = exchanges.run(&format!("{what}, second half"), vec![own; size])?;
    let mut summed = Summed {
        values: Vec::with_capacity(values.len()),
        notes: Vec::with_capacity(size),
    };
    for (rank, bytes) in received.iter().enumerate() {
        let Some((its, note)) = bytes.split_at_checked(part(rank).len() * width(format)) else {
            return Err(CollectiveError::Transport(format!(
                "{what}: {} has sent too few bytes",
                exchanges.names[rank]
            )));
        };
        summed.values.extend(decode(its, format));
        summed.notes.push(note.to_vec());
    }
    Ok(summed)
}
