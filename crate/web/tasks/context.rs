//! What a task works with.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::compile::ShaderCache;
use crate::nn::unet::UNetConfig;
use crate::runtime::Runtime;
use crate::web::device::OpenDevice;
use crate::web::host::{Canvas, EventSink, Host};
use crate::web::in_flight::InFlight;
use crate::web::protocol::{AdjustOptions, DeviceInfo, Event, Refusal};
use crate::web::weights::ModelWeights;

/// Why a task should end after its step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Hold what there is, to go on later.
    Pause,
    /// Give up, and show what there is.
    Cancel,
    /// Give up; what there is will be discarded.
    Reset,
}

/// Tells one task to stop, or to save what it has. The task looks at it between its steps.
#[derive(Clone, Default)]
pub struct Signals(Rc<SignalCells>);

#[derive(Default)]
struct SignalCells {
    stop: Cell<Option<Stop>>,
    save: Cell<bool>,
    adjustments: RefCell<Vec<AdjustOptions>>,
    examples: Cell<Option<u32>>,
    wants_weights: Cell<bool>,
    weights: RefCell<Option<ModelWeights>>,
}

impl Signals {
    /// Have the task stop. The last request counts.
    pub fn request(&self, stop: Stop) {
        self.0.stop.set(Some(stop));
    }

    /// What has been requested.
    pub fn requested(&self) -> Option<Stop> {
        self.0.stop.get()
    }

    /// Have the task save what it has, and go on.
    pub fn request_save(&self) {
        self.0.save.set(true);
    }

    /// Have a training session go on otherwise.
    pub fn adjust(&self, options: AdjustOptions) {
        self.0.adjustments.borrow_mut().push(options);
    }

    /// Have a training session show what the network is asked, with this set of images.
    pub fn request_examples(&self, set: u32) {
        self.0.examples.set(Some(set));
    }

    /// Have a training session hand over its average after its step ([`Signals::take_weights`]).
    pub fn request_weights(&self) {
        self.0.wants_weights.set(true);
    }

    /// Whether a request of that kind waits for the session's next step.
    pub fn wants_weights(&self) -> bool {
        self.0.wants_weights.get()
    }

    /// The average that a training session has handed over. It is given once.
    pub fn take_weights(&self) -> Option<ModelWeights> {
        self.0.weights.take()
    }

    /// Whether both belong to the same task.
    pub fn are(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The canvases of the page.
pub struct Canvases {
    /// Shows the digits of a generation.
    pub generation: Rc<dyn Canvas>,
    /// Shows the row of samples of a training session.
    pub training: Rc<dyn Canvas>,
}

struct Shared {
    device: OpenDevice,
    shaders: ShaderCache,
    canvases: Canvases,
    events: Rc<dyn EventSink>,
    host: Rc<dyn Host>,
}

/// The device, the canvases, the page that listens and the event loop, which all tasks share, and a stop flag, which each
/// task has of its own.
#[derive(Clone)]
pub struct TaskContext {
    shared: Rc<Shared>,
    stop: Signals,
}

impl TaskContext {
    /// A context on an open device.
    pub fn new(
        device: OpenDevice,
        canvases: Canvases,
        events: Rc<dyn EventSink>,
        host: Rc<dyn Host>,
    ) -> Self {
        let compiler = device.gpu.as_ref().map(|gpu| gpu.shaders.clone());
        let shared = Shared {
            shaders: ShaderCache::new(compiler),
            device,
            canvases,
            events,
            host,
        };
        Self {
            shared: Rc::new(shared),
            stop: Signals::default(),
        }
    }

    /// The same with another stop flag, for another task.
    pub fn with_stop(&self, stop: Signals) -> Self {
        let shared = self.shared.clone();
        Self { shared, stop }
    }

    /// The device that holds the tensors, how kernels are launched on it, and the threads that help.
    pub fn runtime(&self) -> &Runtime {
        &self.shared.device.runtime
    }

    /// The device for the device panel.
    pub fn device_info(&self) -> &DeviceInfo {
        &self.shared.device.info
    }

    /// The device for the device panel, as a CPU that computes with so many threads.
    pub fn device_info_with_threads(&self, threads: usize) -> DeviceInfo {
        self.shared.device.info_with_threads(threads)
    }

    /// The largest batch of this network that can be trained on the device.
    pub fn most_images(&self, unet: &UNetConfig) -> u32 {
        self.shared.device.most_images(unet)
    }

    /// Compiles a GPU's shaders before they are launched.
    pub fn shaders(&self) -> &ShaderCache {
        &self.shared.shaders
    }

    /// A count of launched steps, with the device's submission limit.
    pub fn in_flight(&self) -> InFlight {
        let gpu = self.shared.device.gpu.as_ref();
        InFlight::new(gpu.map(|gpu| gpu.queue.clone()), self.shared.host.clone())
    }

    /// The canvases of the page.
    pub fn canvases(&self) -> &Canvases {
        &self.shared.canvases
    }

    /// Seconds on a monotonic clock.
    pub fn now(&self) -> f64 {
        self.shared.host.now()
    }

    /// Give the event loop a turn, in which a Pause, say, may come in.
    pub async fn turn(&self) {
        self.shared.host.turn().await;
    }

    /// Whether a frame should be painted now.
    pub fn frame_due(&self) -> bool {
        self.shared.host.frame_due()
    }

    /// A random number from 0 to below 1.
    pub fn random(&self) -> f64 {
        self.shared.host.random()
    }

    /// Whether this task should end after its step, and why.
    pub fn stop_requested(&self) -> Option<Stop> {
        self.stop.requested()
    }

    /// Whether this task should save what it has. It is told once for each request.
    pub fn take_save_request(&self) -> bool {
        self.stop.0.save.take()
    }

    /// How a training session should go on, in the order of the requests. It is told once of each.
    pub fn take_adjustments(&self) -> Vec<AdjustOptions> {
        self.stop.0.adjustments.take()
    }

    /// Whether a training session should show what the network is asked, and with which images. It is told once.
    pub fn take_examples_request(&self) -> Option<u32> {
        self.stop.0.examples.take()
    }

    /// Hand over a training session's average if it was asked for since the last call.
    pub fn give_weights(&self, weights: impl FnOnce() -> ModelWeights) {
        if self.stop.0.wants_weights.take() {
            self.stop.0.weights.replace(Some(weights()));
        }
    }

    /// Send an event to the page.
    pub fn emit(&self, event: &Event) {
        self.shared.events.emit(event);
    }

    /// Tell the page why something was not taken or cannot go on.
    pub fn refuse(&self, refusal: Refusal) {
        self.emit(&Event::Refused(refusal));
    }
}
