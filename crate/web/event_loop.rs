//! The worker's clock and its event loop.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds on the worker's monotonic clock.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

thread_local! {
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

/// Seconds on the worker's monotonic clock.
pub fn now() -> f64 {
    performance_now() / 1e3
}
