//! A browser's crew: workers with this program and a memory of their own (`www/worker/helper.js`), which each take a
//! share of a batch.
//!
//! What passes to and fro lies in memory that both see, which a browser lends only to pages that are cross-origin
//! isolated. An order itself is a message; whoever has given it computes a share too and then sleeps until the others
//! have said, in the first word of that memory, that they are done.

use js_sys::{Atomics, Float32Array, Int32Array, SharedArrayBuffer};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::Worker;

use super::controller::App;
use super::protocol::Event;
use crate::worker_pool::{self, Crew, Hand, Network, Order};
use crate::runtime;
use crate::nn::unet::UNetConfig;

/// The first word of a desk; `helper.js` knows the last, too.
const WORKING: i32 = 0;
const DONE: i32 = 1;
const FAILED: i32 = 2;
/// Bytes of a desk before the numbers: the word, and room to keep them aligned.
const HEAD: u32 = 16;
/// Longer than any share takes, and short enough for whoever watches a page that stands still.
const PATIENCE_MS: f64 = 30_000.0;

/// What a helper is sent.
#[derive(Serialize, Deserialize)]
struct Message {
    order: Order,
    unet: UNetConfig,
    version: u32,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    params: SharedArrayBuffer,
    /// The head, what is asked, what is answered.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    desk: SharedArrayBuffer,
}

/// A worker and the memory that it shares.
struct Helper {
    worker: Worker,
    desk: Option<SharedArrayBuffer>,
    /// Floats asked and to be answered of what it is at.
    at: [u32; 2],
}

struct Hands {
    helpers: Vec<Helper>,
    /// Those of the network with this version.
    params: Option<(u32, SharedArrayBuffer)>,
    /// How many are at work.
    begun: usize,
}

/// A part of shared memory, in floats from its head on.
fn floats(desk: &SharedArrayBuffer, from: u32, count: u32) -> Float32Array {
    Float32Array::new_with_byte_offset_and_length(desk, HEAD + 4 * from, count)
}

/// Memory of so many bytes: the one at hand if it is large enough.
fn room(at_hand: Option<SharedArrayBuffer>, bytes: u32) -> SharedArrayBuffer {
    at_hand
        .filter(|memory| memory.byte_length() >= bytes)
        .unwrap_or_else(|| SharedArrayBuffer::new(bytes))
}

fn word(desk: &SharedArrayBuffer) -> Int32Array {
    Int32Array::new_with_byte_offset_and_length(desk, 0, 1)
}

impl Hands {
    /// The network's parameters where everybody sees them.
    fn publish(&mut self, network: &Network) -> SharedArrayBuffer {
        if let Some((version, params)) = &self.params
            && *version == network.version
        {
            return params.clone();
        }
        let values = network.values();
        let count = values.len() as u32;
        let params = room(
            self.params.take().map(|(_, params)| params),
            HEAD + 4 * count,
        );
        floats(&params, 0, count).copy_from(&values);
        self.params = Some((network.version, params.clone()));
        params
    }
}

impl Crew for Hands {
    fn hands(&self) -> usize {
        self.helpers.len()
    }

    fn begin(&mut self, network: &Network, orders: &[Order]) {
        let params = self.publish(network);
        let parameters = network.params.dims()[0];
        self.begun = orders.len();
        for (helper, order) in self.helpers.iter_mut().zip(orders) {
            let asked = order.asked.len() as u32;
            let answered = order.work.answer(order.batch, parameters) as u32;
            let desk = room(helper.desk.take(), HEAD + 4 * (asked + answered));
            floats(&desk, 0, asked).copy_from(&order.asked);
            helper.at = [asked, answered];
            helper.desk = Some(desk.clone());
            let message = Message {
                order: Order {
                    asked: Vec::new(),
                    ..*order
                },
                unet: network.unet,
                version: network.version,
                params: params.clone(),
                desk: desk.clone(),
            };
            let word = word(&desk);
            let told = Atomics::store(&word, 0, WORKING).and_then(|_| {
                let message = serde_wasm_bindgen::to_value(&message)?;
                helper.worker.post_message(&message)
            });
            if told.is_err() {
                // Nobody is to wait for it.
                let _ = Atomics::store(&word, 0, FAILED);
            }
        }
    }

    fn finish(&mut self) -> Option<Vec<Vec<f32>>> {
        let helpers = &self.helpers[..std::mem::take(&mut self.begun)];
        helpers.iter().map(Helper::answer).collect()
    }
}

impl Helper {
    /// Sleep until it is done.
    fn answer(&self) -> Option<Vec<f32>> {
        let desk = self.desk.as_ref()?;
        let word = word(desk);
        Atomics::wait_with_timeout(&word, 0, WORKING, PATIENCE_MS).ok()?;
        if Atomics::load(&word, 0) != Ok(DONE) {
            return None;
        }
        let [asked, answered] = self.at;
        Some(floats(desk, asked, answered).to_vec())
    }
}

impl Drop for Hands {
    fn drop(&mut self) {
        for helper in &self.helpers {
            helper.worker.terminate();
        }
    }
}

#[wasm_bindgen]
impl App {
    /// Have workers that run `helper.js`, and have said that they are ready, take part in what the CPU computes.
    pub fn hire(&self, workers: Vec<Worker>) {
        hire(workers);
        self.tell_threads();
    }
}

impl App {
    /// Tell the page how many threads compute, if that has changed.
    pub fn tell_threads(&self) {
        let threads = worker_pool::threads();
        if self.threads.replace(threads) != threads {
            let info = self.stage().opened.info_with_threads(threads);
            self.emit(&Event::Device(info));
        }
    }
}

/// The same without a page.
pub fn hire(workers: Vec<Worker>) {
    let helper = |worker| Helper {
        worker,
        desk: None,
        at: [0, 0],
    };
    worker_pool::hire(Some(Box::new(Hands {
        helpers: workers.into_iter().map(helper).collect(),
        params: None,
        begun: 0,
    })));
}

/// This program as its helpers can have it without compiling it again.
#[wasm_bindgen]
pub fn program() -> JsValue {
    wasm_bindgen::module()
}

/// The other end, in a helper.
#[wasm_bindgen]
pub struct Helping(Hand);

#[wasm_bindgen]
impl Helping {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self(Hand::new(runtime::cpu()))
    }

    /// Carry out an order. A failure is left to the script to tell.
    pub fn obey(&mut self, message: JsValue) -> Result<(), JsValue> {
        let Message {
            mut order,
            unet,
            version,
            params,
            desk,
        } = serde_wasm_bindgen::from_value(message)?;
        let images: usize = order.work.widths(&unet).iter().sum();
        let asked = (images * order.batch) as u32;
        order.asked = floats(&desk, 0, asked).to_vec();
        let read = || {
            let count = crate::nn::unet::UNet::layout(&unet).len() as u32;
            floats(&params, 0, count).to_vec()
        };
        let answer = self.0.answer((unet, version), read, &order);
        floats(&desk, asked, answer.len() as u32).copy_from(&answer);
        let word = word(&desk);
        Atomics::store(&word, 0, DONE)?;
        Atomics::notify(&word, 0)?;
        Ok(())
    }
}
