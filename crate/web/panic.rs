//! A panic becomes an event that the page can show, with a report that people can copy.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::protocol::Event;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Error)]
    type JsError;
    #[wasm_bindgen(constructor, js_class = "Error")]
    fn new() -> JsError;
    #[wasm_bindgen(method, getter)]
    fn stack(this: &JsError) -> Option<String>;
}

thread_local! {
    /// Where reports go. A thread-local, because Rust hands a panic hook no value of ours, and a hook must be `Send`, which
    /// a JavaScript function is not.
    static EMIT: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Send panics to `emit`. The trap that follows a panic reaches the worker's scripts as an error, which they swallow: the
/// page has the better story by then. With `console` the panic is written to the console, too
/// (`console_error_panic_hook`), for developers; without, the console stays clean for users.
pub fn install(emit: Function, console: bool) {
    EMIT.set(Some(emit));
    std::panic::set_hook(Box::new(move |info| {
        if console {
            console_error_panic_hook::hook(info);
        }
        let stack = JsError::new().stack().unwrap_or_default();
        crash(&format!("{info}\n\n{stack}"));
    }));
}

/// Tell the page that this worker is of no use any more.
pub fn crash(what: &str) {
    let event = Event::Crash {
        report: format!("ddpm {}\n{what}", env!("CARGO_PKG_VERSION")),
    };
    EMIT.with_borrow(|emit| {
        if let (Some(emit), Ok(event)) = (emit, serde_wasm_bindgen::to_value(&event)) {
            // If this fails too, there is no other way to reach the page.
            let _ = emit.call1(&JsValue::NULL, &event);
        }
    });
}
