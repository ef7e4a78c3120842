//! What the page can have done: functions of a [`TaskContext`] and a request, which give an [`Outcome`]. No task knows the
//! driver, the controller or JavaScript; a native test runs them as the page does.
//!
//! | task | request | file |
//! | --- | --- | --- |
//! | [`generate`](generate::generate) | a [`Generation`](generate::Generation), of digits out of noise or of an edit | `generate.rs` |
//! | [`draft`](draft::draft) | the weights and the options of a generation | `draft.rs` |
//! | [`measure`](measure::measure) | a [`Measurement`](measure::Measurement) | `measure.rs`, `evaluator.rs` |
//! | [`train`](train::train) | a [`TrainSession`](train::TrainSession) | `train/` |
//! | [`time_training`](speed::time_training) | the options of a training | `speed.rs` |
//! | [`preview`](preview::preview) | the weights in use | `preview.rs` |
//! | [`recognise`](recognise::recognise) | digits for the classifier | `recognise.rs` |
//! | [`explain`](explain::explain) | a question of a scene of Understand | `explain/` |
//!
//! A request is checked when it is made, so that a refusal loses nothing. A request that was paused comes back in the
//! outcome, and the same function goes on with it.

pub mod compile;
mod context;
pub mod draft;
pub mod evaluator;
pub mod explain;
pub mod generate;
pub mod measure;
pub mod preview;
pub mod recognise;
pub mod speed;
pub mod train;

pub use context::{Canvases, Signals, Stop, TaskContext};

use crate::images::Grid;
use crate::samplers::Trajectory;

/// How a task ended.
pub enum Outcome {
    /// It is over.
    Done,
    /// A generation is over, and has kept these frames.
    Drawn(Option<KeptDraw>),
    /// It is held and can go on.
    Paused(Paused),
}

/// The frames of a draw that is over, and how its images are laid out on the canvas.
pub struct KeptDraw {
    /// The frames.
    pub trajectory: Trajectory,
    /// The layout.
    pub grid: Grid,
}

/// A task that is held.
pub enum Paused {
    /// Goes on by [`generate`](generate::generate).
    Generation(Box<generate::Generation>),
    /// Goes on by [`train`](train::train).
    Training(Box<train::TrainSession>),
}
