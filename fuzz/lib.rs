//! What the fuzz targets have in common: the readers of `tests/mutations.rs`, and the files that libFuzzer begins from.

#[path = "../tests/support/memory.rs"]
mod memory;
#[path = "../tests/support/readers.rs"]
mod readers;

use std::fs;
use std::path::Path;

use readers::READERS;
pub use readers::Reader;

/// The reader of a fuzz target, after its sound files have been written into the folder that cargo-fuzz has libFuzzer begin
/// from, `fuzz/corpus/TARGET`. They are made by the program, so that they are of the formats of today.
///
/// # Panics
/// If there is no such target, or its files cannot be written.
pub fn begin(target: &str) -> &'static Reader {
    let mut readers = READERS.iter();
    let reader = readers
        .find(|reader| reader.name == target)
        .expect("a fuzz target");
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&corpus).expect("a folder that can be written");
    for (index, file) in (reader.files)().iter().enumerate() {
        fs::write(corpus.join(format!("sound-{index}")), file)
            .expect("a folder that can be written");
    }
    reader
}
