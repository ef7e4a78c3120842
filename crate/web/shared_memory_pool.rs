//! A browser's worker pool: workers with this program and a memory of their own, which each compute a shard of a batch.
//!
//! What passes to and fro lies in memory that both sides see, which a browser lends only to pages that are cross-origin
//! isolated. The job itself is a message. This thread computes a shard too and then sleeps until the workers have said,
//! in the first word of that memory, that they are done.

use js_sys::{Atomics, Float32Array, Int32Array, SharedArrayBuffer};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::Worker;

use crate::model::FORWARD;
use crate::nn::unet::{UNet, UNetConfig};
use crate::runtime::Runtime;
use crate::training::GRADIENT;
use crate::worker_pool::{Job, KEPT_NETWORKS, SharedNetwork, Worker as JobWorker, WorkerPool};

/// Values of the first word of a shared buffer. The worker's script writes the last one, too.
const WORKING: i32 = 0;
const DONE: i32 = 1;
const FAILED: i32 = 2;
/// Bytes of a shared buffer before the numbers: the word, and room to keep them aligned.
const HEAD: u32 = 16;
/// Milliseconds that a worker is waited for: longer than any shard takes, and short enough for a user who watches a page
/// that stands still.
const PATIENCE_MS: f64 = 30_000.0;

/// A job, as a worker is sent it.
#[derive(Serialize, Deserialize)]
struct Message {
    job: Job,
    unet: UNetConfig,
    /// Another one for each network.
    version: u32,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    params: SharedArrayBuffer,
    /// The head, the job's input, room for its output.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    buffer: SharedArrayBuffer,
}

/// A worker and the memory that it shares with this thread.
struct Helper {
    worker: Worker,
    buffer: Option<SharedArrayBuffer>,
    /// Floats of input and of output of its present job.
    job: [u32; 2],
}

/// A network whose parameters the workers have been given.
struct Published {
    network: SharedNetwork,
    version: u32,
    params: SharedArrayBuffer,
}

/// The pool.
struct SharedMemoryPool {
    helpers: Vec<Helper>,
    /// The networks of the last jobs, at most [`KEPT_NETWORKS`]; that of the last one is the last.
    published: Vec<Published>,
    /// The number of networks that were published.
    versions: u32,
    /// How many helpers have a job.
    begun: usize,
}

/// A part of a shared buffer, in floats from its head on.
fn floats(buffer: &SharedArrayBuffer, from: u32, count: u32) -> Float32Array {
    Float32Array::new_with_byte_offset_and_length(buffer, HEAD + 4 * from, count)
}

/// A shared buffer of so many bytes: the one at hand if it is large enough.
fn with_room(at_hand: Option<SharedArrayBuffer>, bytes: u32) -> SharedArrayBuffer {
    at_hand
        .filter(|memory| memory.byte_length() >= bytes)
        .unwrap_or_else(|| SharedArrayBuffer::new(bytes))
}

fn word(buffer: &SharedArrayBuffer) -> Int32Array {
    Int32Array::new_with_byte_offset_and_length(buffer, 0, 1)
}

impl SharedMemoryPool {
    /// The network's parameters where all workers see them; copied when it is none of the last networks.
    fn publish(&mut self, network: &SharedNetwork) -> &Published {
        let held = self.published.iter().position(|it| it.network.is(network));
        let published = match held {
            Some(at) => self.published.remove(at),
            None => {
                let full = self.published.len() == KEPT_NETWORKS;
                let memory = full.then(|| self.published.remove(0).params);
                let values = network.values();
                let count = values.len() as u32;
                let params = with_room(memory, HEAD + 4 * count);
                floats(&params, 0, count).copy_from(&values);
                self.versions = self.versions.wrapping_add(1);
                Published {
                    network: network.clone(),
                    version: self.versions,
                    params,
                }
            }
        };
        self.published.push(published);
        &self.published[self.published.len() - 1]
    }
}

impl WorkerPool for SharedMemoryPool {
    fn workers(&self) -> usize {
        self.helpers.len()
    }

    fn start(&mut self, network: &SharedNetwork, jobs: &[Job]) {
        let published = self.publish(network);
        let (version, params) = (published.version, published.params.clone());
        self.begun = jobs.len();
        for (helper, job) in self.helpers.iter_mut().zip(jobs) {
            let (input, output) = (job.input_len() as u32, job.output_len as u32);
            let buffer = with_room(helper.buffer.take(), HEAD + 4 * (input + output));
            floats(&buffer, 0, input).copy_from(&job.input);
            helper.job = [input, output];
            helper.buffer = Some(buffer.clone());
            let message = Message {
                // Its input is in the shared buffer.
                job: Job {
                    kind: job.kind.clone(),
                    widths: job.widths.clone(),
                    input: Vec::new(),
                    ..*job
                },
                unet: network.config,
                version,
                params: params.clone(),
                buffer: buffer.clone(),
            };
            let word = word(&buffer);
            let sent = Atomics::store(&word, 0, WORKING).and_then(|_| {
                let message = serde_wasm_bindgen::to_value(&message)?;
                helper.worker.post_message(&message)
            });
            if sent.is_err() {
                // So that this thread does not wait for a job that was never sent.
                let _ = Atomics::store(&word, 0, FAILED);
            }
        }
    }

    fn finish(&mut self) -> Option<Vec<Vec<f32>>> {
        let helpers = &self.helpers[..std::mem::take(&mut self.begun)];
        helpers.iter().map(Helper::output).collect()
    }
}

impl Helper {
    /// Sleep until the job is done; `None` if it failed.
    fn output(&self) -> Option<Vec<f32>> {
        let buffer = self.buffer.as_ref()?;
        let word = word(buffer);
        Atomics::wait_with_timeout(&word, 0, WORKING, PATIENCE_MS).ok()?;
        if Atomics::load(&word, 0) != Ok(DONE) {
            return None;
        }
        let [input, output] = self.job;
        Some(floats(buffer, input, output).to_vec())
    }
}

impl Drop for SharedMemoryPool {
    fn drop(&mut self) {
        for helper in &self.helpers {
            helper.worker.terminate();
        }
    }
}

/// A pool of workers that run a [`PoolWorker`] and have said that they are ready.
pub fn of_workers(workers: Vec<Worker>) -> Box<dyn WorkerPool> {
    let helper = |worker| Helper {
        worker,
        buffer: None,
        job: [0, 0],
    };
    Box::new(SharedMemoryPool {
        helpers: workers.into_iter().map(helper).collect(),
        published: Vec::new(),
        versions: 0,
        begun: 0,
    })
}

/// This program, for workers to instantiate without compiling it again.
#[wasm_bindgen]
pub fn program() -> JsValue {
    wasm_bindgen::module()
}

/// The other end of the pool, in a worker.
#[wasm_bindgen]
pub struct PoolWorker(JobWorker);

#[wasm_bindgen]
impl PoolWorker {
    /// A worker without a job. With `debug` its panics are written to the console, as those of `App`; without, the console
    /// stays clean for users, and the page's worker goes on without this one.
    #[wasm_bindgen(constructor)]
    pub fn new(debug: bool) -> Self {
        if debug {
            console_error_panic_hook::set_once();
        }
        let runtime = Runtime::cpu();
        Self(JobWorker::new(runtime.context(), &[FORWARD, GRADIENT]))
    }

    /// Do a job, and say in its shared buffer that it is done.
    ///
    /// # Errors
    /// If the message is no job, or one of a kind that this worker does not know. The worker's script then says that it
    /// failed.
    pub fn run(&mut self, message: JsValue) -> Result<(), JsValue> {
        let Message {
            mut job,
            unet,
            version,
            params,
            buffer,
        } = serde_wasm_bindgen::from_value(message)?;
        let input = job.input_len() as u32;
        job.input = floats(&buffer, 0, input).to_vec();
        let read = || {
            let count = UNet::layout(&unet).len() as u32;
            floats(&params, 0, count).to_vec()
        };
        let output = self.0.run((unet, version), read, &job)?;
        floats(&buffer, input, output.len() as u32).copy_from(&output);
        let word = word(&buffer);
        Atomics::store(&word, 0, DONE)?;
        Atomics::notify(&word, 0)?;
        Ok(())
    }
}
