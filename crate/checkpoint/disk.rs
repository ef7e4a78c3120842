//! Writing files atomically: whatever happens, a file has either its old contents or its new ones.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Replaces the contents of the file at `path` with `bytes`, or leaves it as it was.
///
/// The bytes are first written to a temporary file in the same folder (across file systems a rename would be a copy) and
/// flushed to the disk; then the temporary file is renamed to `path`.
///
/// # Errors
/// The operating system's error: no such folder, no permission, disk full. No half-written file is left.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary(path)?;
    let written = write_and_sync(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // An error of the removal is dropped: the first error is the one that explains the failure.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    sync_folder(path);
    Ok(())
}

/// Checks whether [`write_atomically`] can be expected to succeed at `path`: that a file can be made in its folder, and
/// that it is not a folder itself. It leaves everything as it was.
///
/// # Errors
/// The operating system's error, as [`write_atomically`] would return it.
pub fn check_writable(path: &Path) -> io::Result<()> {
    let temporary = temporary(path)?;
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    File::create(&temporary)?;
    fs::remove_file(&temporary)
}

/// A path in the folder of `path` that no other call and no other process uses.
fn temporary(path: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Some(name) = path.file_name() else {
        let message = format!("{} names no file", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    };
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut temporary = name.to_owned();
    temporary.push(format!(".{}-{count}.tmp", std::process::id()));
    Ok(path.with_file_name(temporary))
}

/// Writes a file and waits until it is on the disk.
fn write_and_sync(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Flushes the folder of `path` to the disk, so that the rename survives a power failure too. Some file systems cannot do
/// that, so errors are ignored: the file is complete in any case.
fn sync_folder(path: &Path) {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_file_is_made_and_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.safetensors");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(dir.path()), ["a.safetensors"]);
    }

    #[test]
    fn failure_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        // A folder of this name cannot be replaced by a file.
        let path = dir.path().join("taken");
        fs::create_dir(&path).unwrap();
        assert!(write_atomically(&path, b"one").is_err());
        assert_eq!(names(dir.path()), ["taken"]);
        assert!(write_atomically(&dir.path().join("no/such/folder"), b"").is_err());
        assert!(write_atomically(Path::new("/"), b"").is_err());
    }

    #[test]
    fn what_cannot_be_written_is_known_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kept");
        check_writable(&path).unwrap();
        assert!(names(dir.path()).is_empty());
        fs::write(&path, b"one").unwrap();
        check_writable(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(dir.path()), ["kept"]);
        for wrong in [dir.path(), &dir.path().join("no/file"), Path::new("/")] {
            assert!(check_writable(wrong).is_err(), "{}", wrong.display());
        }
    }
}
