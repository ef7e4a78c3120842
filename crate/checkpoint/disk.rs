//! Writing files atomically: whatever happens, a file has either its old contents or its new ones.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// Replaces the contents of the file at `path` with `bytes`, or leaves it as it was.
///
/// The bytes are first written to a temporary file in the same folder (across file systems a rename would be a copy) and
/// flushed to the disk; then the temporary file is renamed to `path`.
///
/// # Errors
/// The operating system's error: no such folder, no permission, disk full. No half-written file is left.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary(path)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    // An error hands the temporary file back, which is removed when it is dropped.
    file.persist(path).map_err(|failed| failed.error)?;
    sync_folder(path);
    Ok(())
}

/// Checks whether [`write_atomically`] can be expected to succeed at `path`: that a file can be made in its folder, and
/// that it is not a folder itself. It leaves everything as it was.
///
/// # Errors
/// The operating system's error, as [`write_atomically`] would return it.
pub fn check_writable(path: &Path) -> io::Result<()> {
    let file = temporary(path)?;
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    file.close()
}

/// An empty file in the folder of `path`, named after it, which is removed when it is dropped.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let Some(name) = path.file_name() else {
        let message = format!("{} names no file", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    };
    let mut prefix = OsString::from(name);
    prefix.push(".");
    let mut builder = Builder::new();
    builder.prefix(&prefix).suffix(".tmp");
    // The file keeps its permissions when it is renamed. `tempfile` makes files for their owner alone; these are for
    // whomever the umask allows, as other new files are.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder(path))
}

/// The folder that `path` is in.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Flushes the folder of `path` to the disk, so that the rename survives a power failure too. Some file systems cannot do
/// that, so errors are ignored: the file is complete in any case.
fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(folder(path)) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

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

    /// The umask decides, as for any new file.
    #[cfg(unix)]
    #[test]
    fn others_may_read_what_is_written() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let [usual, ours] = ["usual", "ours"].map(|name| dir.path().join(name));
        fs::write(&usual, b"").unwrap();
        write_atomically(&ours, b"").unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(ours), mode(usual));
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
