//! The worker's clock, its event loop and its frames.

use std::cell::Cell;

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
    /// Whether a frame has been shown since it was last asked for.
    static FRAME: Cell<bool> = const { Cell::new(true) };
    /// Never let go of: the browser may still call it.
    static ON_FRAME: Closure<dyn FnMut()> = Closure::new(|| FRAME.set(true));
    static CHANNEL: MessageChannel = MessageChannel::new().unwrap_throw();
}

/// Let waiting messages in (a Pause, say) before going on. A microtask would not do: they run before
/// messages. A timer would cost 4 ms each time; a message to ourselves costs microseconds.
pub async fn yield_now() {
    let promise = Promise::new(&mut |resolve: Function, _reject| {
        CHANNEL.with(|channel| {
            channel.port1().set_onmessage(Some(&resolve));
            channel.port2().post_message(&JsValue::NULL).unwrap_throw();
        });
    });
    JsFuture::from(promise).await.unwrap_throw();
}

/// Whether it is time to paint: not more often than the browser shows frames, and not while the page is hidden. Always,
/// where the worker is not told of frames.
pub fn frame_due() -> bool {
    let due = FRAME.replace(false);
    if due {
        let requested = ON_FRAME.with(|callback| request_animation_frame(callback.as_ref()));
        FRAME.set(requested.is_err());
    }
    due
}

/// Seconds on the worker's monotonic clock.
pub fn now() -> f64 {
    performance_now() / 1e3
}
