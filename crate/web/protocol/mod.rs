//! What the page and its worker say to each other: [`Command`]s one way, [`Event`]s the other, declared once.
//!
//! `cargo test protocol` writes `www/protocol.d.ts` from these types, so `tsc` checks the page's scripts against them.
//! Everything crosses as a plain object with a `type` field, except byte arrays, which cross as `Uint8Array`.

mod commands;
mod events;
mod explain;
mod tasks;

use serde::Serialize;

pub use commands::*;
pub use events::*;
pub use explain::*;
pub use tasks::*;

/// What a [`Refusal`] is about: the command or the file that the user gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A command that could not be read, whichever it was.
    Command,
    /// A weights file.
    Weights,
    /// The training images.
    Data,
    /// [`Command::Train`].
    Train,
    /// [`Command::Generate`].
    Generate,
    /// [`Command::Edit`].
    Edit,
    /// [`Command::Measure`], and the files that it needs.
    Measure,
    /// [`Command::Save`].
    Save,
    /// [`Command::Trajectory`] and [`Command::PaintFrame`].
    Frames,
    /// [`Command::Recognise`], and the classifier that it needs.
    Recognise,
}

/// Why a command or a file was not taken, or why a task could not go on. What was loaded before stays in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(all(test, not(target_arch = "wasm32")), derive(ts_rs::TS))]
pub struct Refusal {
    /// What the user was trying: the page shows the message beside the form that it belongs to.
    pub what: Subject,
    /// A short stable name for scripts, e.g. `not_safetensors`, `idx_magic`.
    pub code: &'static str,
    /// What was wrong and what to do about it.
    pub message: String,
    /// The largest batch that can be trained, if the one asked for was too large.
    pub batch: Option<u32>,
}

impl Refusal {
    /// A refusal with its message.
    pub fn new(what: Subject, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            what,
            code,
            message,
            batch: None,
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
