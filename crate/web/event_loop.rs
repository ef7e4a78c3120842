//! The worker's event loop: its clock, its turns, its frames.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

use super::host::{Host, LocalFuture};

#[wasm_bindgen]
extern "C" {
    /// Milliseconds on the worker's monotonic clock.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    /// In a worker too. An error where there is none.
    #[wasm_bindgen(js_name = requestAnimationFrame, catch)]
    fn request_animation_frame(callback: &JsValue) -> Result<f64, JsValue>;
}

/// Seconds on the worker's monotonic clock.
pub fn now() -> f64 {
    performance_now() / 1e3
}

/// Seconds that a frame is waited for. Chromium gives no frames at all to a worker whose every task takes longer than a
/// frame.
const LATE_S: f64 = 0.04;

/// Those who wait for their message, a message each.
type Waiting = Rc<RefCell<VecDeque<Function>>>;

/// The worker's event loop. The browser calls its closures, so it lives as long as the worker: the controller makes one
/// and everything else shares it.
pub struct EventLoop {
    /// When the next frame was requested; `None` once it has been shown.
    requested: Rc<Cell<Option<f64>>>,
    on_frame: Closure<dyn FnMut()>,
    waiting: Waiting,
    channel: MessageChannel,
    /// Kept for the channel, which calls it.
    _on_message: Closure<dyn FnMut()>,
}

impl EventLoop {
    /// The event loop of this worker.
    ///
    /// # Panics
    /// If the browser has no `MessageChannel`; every browser with WebAssembly SIMD has.
    pub fn new() -> Self {
        let requested = Rc::<Cell<Option<f64>>>::default();
        let waiting = Waiting::default();
        let on_frame = Closure::new({
            let requested = requested.clone();
            move || requested.set(None)
        });
        let on_message = Closure::<dyn FnMut()>::new({
            let waiting = waiting.clone();
            move || {
                let resolve = waiting.borrow_mut().pop_front();
                if let Some(resolve) = resolve {
                    resolve.call0(&JsValue::NULL).unwrap_throw();
                }
            }
        });
        let channel = MessageChannel::new().unwrap_throw();
        let heard = on_message.as_ref().unchecked_ref();
        channel.port1().set_onmessage(Some(heard));
        Self {
            requested,
            on_frame,
            waiting,
            channel,
            _on_message: on_message,
        }
    }
}

impl Host for EventLoop {
    fn now(&self) -> f64 {
        now()
    }

    /// A microtask would not do: microtasks run before messages. A timer would cost 4 ms each time; a message to
    /// ourselves costs microseconds.
    fn turn(&self) -> LocalFuture<'_, ()> {
        let promise = Promise::new(&mut |resolve: Function, _reject| {
            self.waiting.borrow_mut().push_back(resolve);
            let port = self.channel.port2();
            port.post_message(&JsValue::NULL).unwrap_throw();
        });
        Box::pin(async move {
            JsFuture::from(promise).await.unwrap_throw();
        })
    }

    fn frame_due(&self) -> bool {
        let now = now();
        if self.requested.get().is_some_and(|at| now - at < LATE_S) {
            return false;
        }
        if self.requested.replace(Some(now)).is_none() {
            // Where there are no frames, every frame is late.
            let _ = request_animation_frame(self.on_frame.as_ref());
        }
        true
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }
}
