//! What the tasks ask of the program around them, as traits: time, turns of the event loop, canvases, and the page that
//! listens. A browser implements them with JavaScript; a native test with a clock that it sets and a list of events.

use std::future::Future;
use std::pin::Pin;

use burn::tensor::Tensor;

use super::protocol::Event;
use crate::images::Grid;

/// A future that stays on this thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Takes the events of the tasks: in a browser the page, in a test a list.
pub trait EventSink {
    /// Take one event. Events arrive in the order in which they happen.
    fn emit(&self, event: &Event);
}

/// The event loop that the tasks share with the commands of the page, and its clock.
pub trait Host {
    /// Seconds on a monotonic clock.
    fn now(&self) -> f64;

    /// Give the event loop a turn: commands that are waiting (a Pause, say) are taken before the future is ready.
    fn turn(&self) -> LocalFuture<'_, ()>;

    /// Whether a frame should be painted now: true once a frame of the browser's, so that no frame is painted that is
    /// never shown.
    fn frame_due(&self) -> bool;

    /// A random number from 0 to below 1, another each time that the page is opened.
    fn random(&self) -> f64;
}

/// A canvas of the page.
pub trait Canvas {
    /// Paint `images`, transparent between them. One canvas pixel is an image pixel; the page scales it.
    ///
    /// # Shapes
    /// `images`: [B, 1, 28, 28], B the grid's count.
    ///
    /// # Errors
    /// If the canvas or the device refuses. The frame is then missing, and the next one may be painted again.
    fn paint<'a>(
        &'a self,
        images: &'a Tensor<4>,
        grid: Grid,
    ) -> LocalFuture<'a, Result<(), String>>;
}

/// Compiles a GPU's shaders while the page goes on, before they are launched.
pub trait ShaderCompiler {
    /// Compile the shaders with these texts, those that are not compiled yet. Ready once these and all requested before
    /// are compiled or refused; a refused shader fails again, with its reason, when it is launched.
    fn compile(&self, texts: Vec<String>) -> LocalFuture<'_, ()>;

    /// Ready once all that was requested so far is compiled or refused.
    fn settled(&self) -> LocalFuture<'_, ()>;
}

/// A GPU's queue.
pub trait SubmissionQueue {
    /// Hand over all that has been launched since the last call. The future is ready when the GPU has finished it, with
    /// the moment at which it did, in seconds on [`Host::now`]'s clock.
    ///
    /// # Errors
    /// What the device says when it takes no more.
    fn submit(&self) -> Result<LocalFuture<'static, Option<f64>>, String>;
}
