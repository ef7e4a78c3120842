//! A file that somebody gives, by its name and its content.

use super::error::DataError;
use super::gzip::{inflate, is_gzip};

/// A file with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenFile {
    /// The name, for messages; with the folders that it lies in, where those are known, separated by `/`.
    pub name: String,
    /// The content.
    pub bytes: Vec<u8>,
}

impl GivenFile {
    /// The file unpacked, if it is gzip. Sentences about what was ignored are added to `notes`.
    ///
    /// # Errors
    /// `gzip_truncated`, `gzip_damaged`, `gzip_too_large`.
    pub fn inflated(self, notes: &mut Vec<String>) -> Result<Self, DataError> {
        if !is_gzip(&self.bytes) {
            return Ok(self);
        }
        let (bytes, note) = inflate(&self.bytes, &self.name)?;
        notes.extend(note);
        Ok(Self { bytes, ..self })
    }
}
