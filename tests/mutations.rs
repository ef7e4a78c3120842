//! Five hundred damaged files from one seed, through every reader of files that people give: nothing panics, and nothing
//! allocates more than its limit. The fuzz targets (`fuzz/`) look longer and by themselves.

#![cfg(not(target_arch = "wasm32"))]

#[path = "support/memory.rs"]
mod memory;
#[path = "support/readers.rs"]
mod readers;

use ddpm::rng::{Purpose, Stream};
use readers::READERS;

/// One test, because memory is counted for the whole program.
#[test]
fn damaged_files_are_refused_in_peace() {
    for reader in &READERS {
        for (index, file) in (reader.files)().iter().enumerate() {
            println!("{}, sound file {index}", reader.name);
            (reader.read)(file);
        }
    }
    let sound: Vec<Vec<u8>> = READERS.iter().flat_map(|reader| (reader.files)()).collect();
    let mut random = Stream::new(500, Purpose::Init, 0);
    let mut below = move |limit: usize| random.below(limit as u32) as usize;
    for round in 0..500 {
        let mut file = sound[round % sound.len()].clone();
        // Headers are where numbers are believed, so half of the damages are there.
        for _ in 0..=below(4) {
            let reach = if below(2) == 0 {
                file.len().min(2000)
            } else {
                file.len()
            };
            match below(4) {
                0 => file[below(reach)] ^= 1 << below(8),
                1 => file[below(reach)] = [0, 0xff, b'9', b'"'][below(4)],
                2 => {
                    let (from, to) = (below(reach), below(reach));
                    let piece = file[from..(from + 16).min(file.len())].to_vec();
                    let end = (to + piece.len()).min(file.len());
                    file[to..end].copy_from_slice(&piece[..end - to]);
                }
                _ => file.truncate(1 + below(reach)),
            }
        }
        // A file may be given in place of one of another kind.
        for reader in &READERS {
            println!("{}, damaged file {round}", reader.name);
            (reader.read)(&file);
        }
    }
}
