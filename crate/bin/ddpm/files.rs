//! Reading and writing the files that several commands share.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use ddpm::checkpoint::{self, Checkpoint};
use ddpm::data::{Dataset, Split};
use ddpm::distributed::Launch;
use ddpm::images::Grid;
use ddpm::nn::unet::{PIXELS, SIZE, UNet};

/// Reads a file.
///
/// # Errors
/// If it cannot be read; the message names the path, as do those of all functions here.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        // The defaults of the options are files of the repository.
        let remedy = if error.kind() == ErrorKind::NotFound && path.starts_with("www") {
            "; it is a file of this project's repository: run the program from there, or name another file"
        } else {
            ""
        };
        anyhow::Error::new(error).context(format!("cannot read {}{remedy}", path.display()))
    })
}

/// The place of a file or folder of this project's repository: below the current folder, or else in the repository that the
/// program was compiled in, if it is still there. Where it is in neither, the path below the current folder.
pub fn of_repository(path: &str) -> PathBuf {
    let here = PathBuf::from(path);
    let compiled = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if !here.exists() && compiled.exists() {
        return compiled;
    }
    here
}

/// Writes a file by replacing it atomically.
///
/// # Errors
/// If it cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    checkpoint::write_atomically(path, bytes)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Removes a file if it exists.
///
/// # Errors
/// If it exists and cannot be removed.
pub fn remove(path: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Checks that [`write`] can be expected to succeed, for commands that compute for hours before they write.
///
/// # Errors
/// If the folder does not exist, or the file cannot be written.
pub fn check_writable(path: &Path) -> anyhow::Result<()> {
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        ensure!(
            folder.is_dir(),
            "cannot write {}: there is no folder {}; make it, or name another file",
            path.display(),
            folder.display()
        );
    }
    checkpoint::check_writable(path).with_context(|| {
        format!(
            "cannot write {}; name a file in a folder that may be written to",
            path.display()
        )
    })
}

/// Reads and checks a weights file. What was read otherwise than it stands in the file is said on standard error.
///
/// # Errors
/// If it cannot be read or is not a weights file.
pub fn read_weights(path: &Path) -> anyhow::Result<Checkpoint> {
    decode_weights(path, &read(path)?)
}

/// Checks the bytes of the weights file `path`. Notes as [`read_weights`].
///
/// # Errors
/// If they are no weights file.
pub fn decode_weights(path: &Path, bytes: &[u8]) -> anyhow::Result<Checkpoint> {
    let checkpoint =
        checkpoint::decode(bytes, UNet::layout).with_context(|| path.display().to_string())?;
    let note = checkpoint.meta.note();
    let note = note.map(|note| format!("{}: {note}", path.display()));
    print_notes(note.as_slice());
    Ok(checkpoint)
}

/// Reads a part of MNIST, or of another data set in its format. What was ignored is said on standard error.
///
/// # Errors
/// If a file is missing or is not what its name says.
pub fn read_data(folder: &Path, split: Split) -> anyhow::Result<Dataset> {
    let mut notes = Vec::new();
    let data = Dataset::open(folder, split, &mut notes)?;
    print_notes(&notes);
    Ok(data)
}

/// Says on standard error what was noticed while files were read. Of several processes that `mpirun` has started, which notice
/// the same, the first one alone says it.
pub fn print_notes(notes: &[String]) {
    if Launch::of_environment().is_some_and(|launch| launch.rank > 0) {
        return;
    }
    for note in notes {
        eprintln!("{note}");
    }
}

/// Writes images as one picture with white lines between the digits.
///
/// # Errors
/// If the file cannot be written.
pub fn write_png(path: &Path, pixels: &[u8], grid: Grid) -> anyhow::Result<()> {
    let (width, height) = grid.size();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&grid.picture(pixels, 255, |grey| grey))?;
    writer.finish()?;
    write(path, &bytes)
}

/// Writes images as a .npy file, N×28×28: u8 for bytes, f32 for the numbers that become bytes.
///
/// # Errors
/// If the file cannot be written.
pub fn write_images<T: npyz::AutoSerialize>(path: &Path, pixels: &[T]) -> anyhow::Result<()> {
    let images = (pixels.len() / PIXELS) as u64;
    write_npy(path, pixels, &[images, SIZE as u64, SIZE as u64])
}

/// Writes labels as a .npy file: u8, N.
///
/// # Errors
/// If the file cannot be written.
pub fn write_labels(path: &Path, labels: &[u8]) -> anyhow::Result<()> {
    write_npy(path, labels, &[labels.len() as u64])
}

fn write_npy<T: npyz::AutoSerialize>(
    path: &Path,
    values: &[T],
    shape: &[u64],
) -> anyhow::Result<()> {
    use npyz::WriterBuilder;
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new()
        .default_dtype()
        .shape(shape)
        .writer(&mut bytes)
        .begin_nd()?;
    writer.extend(values.iter())?;
    writer.finish()?;
    write(path, &bytes)
}

/// Reads images from a .npy file: u8, N×28×28 or N×1×28×28, N at least 1.
///
/// # Errors
/// If the file cannot be read, or has another type or shape.
pub fn read_images(path: &Path) -> anyhow::Result<Vec<u8>> {
    let (values, shape) = read_npy(path)?;
    let size = SIZE as u64;
    ensure!(
        !values.is_empty()
            && matches!(shape[..], [_, height, width] | [_, 1, height, width]
                if (height, width) == (size, size)),
        "{} has the shape {shape:?}; images must be N×28×28, at least one",
        path.display()
    );
    Ok(values)
}

/// Reads `count` labels from a .npy file: u8, N.
///
/// # Errors
/// If the file cannot be read, has another type or length, or contains a label above 9.
pub fn read_labels(path: &Path, count: usize) -> anyhow::Result<Vec<u8>> {
    let (values, shape) = read_npy(path)?;
    ensure!(
        shape == [count as u64],
        "{} has the shape {shape:?}; there are {count} images, so it must be [{count}]",
        path.display()
    );
    if let Some(label) = values.iter().find(|&&label| label > 9) {
        anyhow::bail!(
            "{} has the label {label}; labels are digits, 0 to 9",
            path.display()
        );
    }
    Ok(values)
}

fn read_npy(path: &Path) -> anyhow::Result<(Vec<u8>, Vec<u64>)> {
    let bytes = read(path)?;
    let parse = || -> std::io::Result<_> {
        let file = npyz::NpyFile::new(&bytes[..])?;
        let shape = file.shape().to_vec();
        let order = file.order();
        Ok((file.into_vec::<u8>()?, shape, order))
    };
    let (values, shape, order) = parse().with_context(|| {
        format!(
            "{} is not a .npy file of bytes (uint8), as ddpm sample writes it",
            path.display()
        )
    })?;
    ensure!(
        order == npyz::Order::C || shape.len() == 1,
        "{} is in Fortran order; save it with numpy.ascontiguousarray",
        path.display()
    );
    Ok((values, shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_and_labels_are_read_back_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npy");
        let pixels: Vec<u8> = (0..3 * PIXELS).map(|i| (i % 256) as u8).collect();
        write_images(&path, &pixels).unwrap();
        assert_eq!(read_images(&path).unwrap(), pixels);
        write_labels(&path, &[3, 0, 9]).unwrap();
        assert_eq!(read_labels(&path, 3).unwrap(), [3, 0, 9]);
    }

    #[test]
    fn other_files_are_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npy");
        let assert_names = |error: anyhow::Error, part: &str| {
            let message = format!("{error:#}");
            assert!(message.contains(part), "{message}");
        };
        assert_names(read_images(&path).unwrap_err(), "cannot read");
        std::fs::write(&path, "no array").unwrap();
        assert_names(read_images(&path).unwrap_err(), "uint8");
        write_labels(&path, &[3, 10]).unwrap();
        assert_names(read_images(&path).unwrap_err(), "N×28×28");
        assert_names(read_labels(&path, 2).unwrap_err(), "label 10");
        assert_names(read_labels(&path, 3).unwrap_err(), "must be [3]");
        write_images::<u8>(&path, &[]).unwrap();
        assert_names(read_images(&path).unwrap_err(), "at least one");
    }
}
