//! Unpacking zip files.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::error::DataError;
use super::given_file::GivenFile;
use super::gzip::LIMIT;

/// The bytes that a zip file with something in it begins with.
const MAGIC: [u8; 4] = *b"PK\x03\x04";

/// Whether the bytes begin as a zip file does.
pub fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Whether a program other than the one that made a folder put this file there: notes of macOS and of file managers.
pub fn is_litter(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    let by_name = name.starts_with('.') || ["Thumbs.db", "desktop.ini"].contains(&name);
    by_name || parts.any(|folder| folder == "__MACOSX")
}

/// The files in a zip file, their names beginning with its own, without its ending, as if they lay in a folder. A file that
/// PyTorch wrote (`.pt`) is a zip file, too, and is handed back as it is.
///
/// # Errors
/// `zip_damaged`, also for a file that needs a password; `zip_too_large`.
pub fn unzipped(file: GivenFile) -> Result<Vec<GivenFile>, DataError> {
    let damaged = |reason: String| DataError::ZipDamaged {
        name: file.name.clone(),
        reason,
    };
    let mut archive =
        ZipArchive::new(Cursor::new(&file.bytes)).map_err(|error| damaged(error.to_string()))?;
    let is_pickle = |name: &str| name.ends_with("/data.pkl");
    if archive.file_names().flatten().any(|name| is_pickle(&name)) {
        return Ok(vec![file]);
    }
    let folder = match file.name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => &file.name,
    };
    let mut files = Vec::new();
    let mut left = LIMIT;
    for index in 0..archive.len() {
        let mut entry = archive
            .by_index(index)
            .map_err(|error| damaged(error.to_string()))?;
        let name = entry.name().map_err(|error| damaged(error.to_string()))?;
        let path = name.replace('\\', "/");
        if entry.is_dir() || is_litter(&path) {
            continue;
        }
        let mut bytes = Vec::new();
        // What the archive says of the size is not relied on.
        let read = (&mut entry).take(left + 1).read_to_end(&mut bytes);
        read.map_err(|error| damaged(error.to_string()))?;
        left = left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| DataError::ZipTooLarge {
                name: file.name.clone(),
                limit: LIMIT,
            })?;
        let name = format!("{folder}/{path}");
        files.push(GivenFile { name, bytes });
    }
    Ok(files)
}
