//! The worker's clock and its event loop.

use std::cell::RefCell;

use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageChannel, WorkerGlobalScope};

thread_local! {
    static CHANNEL: MessageChannel = MessageChannel::new().unwrap_throw();
    static PERFORMANCE: RefCell<Option<web_sys::Performance>> = const { RefCell::new(None) };
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
    PERFORMANCE.with_borrow_mut(|performance| {
        performance
            .get_or_insert_with(|| {
                js_sys::global()
                    .unchecked_into::<WorkerGlobalScope>()
                    .performance()
                    .expect_throw("every worker has a clock")
            })
            .now()
            / 1e3
    })
}
