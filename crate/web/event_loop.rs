//! The worker's clock, its event loop and its frames.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds on the worker's monotonic clock.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;

    /// In a worker too. An error where there is none.
    #[wasm_bindgen(js_name = requestAnimationFrame, catch)]
    fn request_animation_frame(callback: &JsValue) -> Result<f64, JsValue>;
}

thread_local! {
    /// When the next frame was asked for; nothing once it has been shown.
    static ASKED: Cell<Option<f64>> = const { Cell::new(None) };
    /// Never let go of: the browser may still call it.
    static ON_FRAME: Closure<dyn FnMut()> = Closure::new(|| ASKED.set(None));
    /// Those who wait for their message, a message each.
    static WAITING: RefCell<VecDeque<Function>> = const { RefCell::new(VecDeque::new()) };
    /// Never let go of, as above.
    static ON_MESSAGE: Closure<dyn FnMut()> = Closure::new(|| {
        if let Some(resolve) = WAITING.with_borrow_mut(VecDeque::pop_front) {
            resolve.call0(&JsValue::NULL).unwrap_throw();
        }
    });
    static CHANNEL: MessageChannel = {
        let channel = MessageChannel::new().unwrap_throw();
        ON_MESSAGE.with(|heard| {
            channel
                .port1()
                .set_onmessage(Some(heard.as_ref().unchecked_ref()));
        });
        channel
    };
}

/// Let waiting messages in (a Pause, say) before going on. A microtask would not do: they run before
/// messages. A timer would cost 4 ms each time; a message to ourselves costs microseconds.
pub async fn yield_now() {
    let promise = Promise::new(&mut |resolve: Function, _reject| {
        WAITING.with_borrow_mut(|waiting| waiting.push_back(resolve));
        CHANNEL.with(|channel| channel.port2().post_message(&JsValue::NULL).unwrap_throw());
    });
    JsFuture::from(promise).await.unwrap_throw();
}

/// Seconds that a frame is waited for. Chromium tells a worker whose every task takes longer than a frame of none of
/// them.
const LATE_S: f64 = 0.04;

/// Whether it is time to paint: once a frame of the browser's, if they come.
pub fn frame_due() -> bool {
    let now = now();
    if ASKED.get().is_some_and(|asked| now - asked < LATE_S) {
        return false;
    }
    if ASKED.replace(Some(now)).is_none() {
        // Where there is none, all frames are late.
        let _ = ON_FRAME.with(|callback| request_animation_frame(callback.as_ref()));
    }
    true
}

/// Seconds on the worker's monotonic clock.
pub fn now() -> f64 {
    performance_now() / 1e3
}
