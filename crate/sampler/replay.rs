//! A walk on a GPU: one step recorded, the others replayed.

use burn::backend::{Backend, BackendTypes, Dispatch, ExecutionError};
use burn::tensor::{Device, Tensor};

use super::{Move, Noise, Sampler};
use crate::kernels::{Walk, WalkStep};
use crate::process::{Clip, Denoiser, Embedded};

/// The output for what is asked and its embedding.
type Network = Box<dyn Fn(Tensor<4>, Tensor<2>) -> Tensor<4> + Send + Sync>;
type Graph = <Dispatch as BackendTypes>::GraphPrimitive;

/// A walk whose every step is the same launches with the same buffers: the step's number, its factors and its noise are
/// found by the device itself. Recorded, a step costs the host no more than handing the launches over.
pub(super) struct Replay {
    walk: Walk,
    network: Network,
    device: Device,
    graph: Recording,
}

/// One step on the device, to be taken again and again.
enum Recording {
    /// The first step is to come.
    No,
    Yes(Graph),
    /// What the device said.
    Refused(String),
}

impl Replay {
    /// Before the first step, x there. `None` where the walk cannot be left to the device: without a GPU, where a step
    /// is not one of the sampler's own, or where x̂₀ needs more than its own pixel.
    pub fn new(
        model: &dyn Denoiser,
        sampler: &dyn Sampler,
        x: &Tensor<4>,
        noise: Noise,
        plan: &[Move],
    ) -> Option<Self> {
        let clip = match sampler.clip() {
            Clip::None => false,
            Clip::Static => true,
            Clip::Dynamic { .. } => return None,
        };
        let indices: Vec<usize> = plan
            .iter()
            .map(|next| match next {
                Move::Step(index) => Some(*index),
                Move::Back { .. } => None,
            })
            .collect::<Option<_>>()?;
        if indices.is_empty() || !Walk::suits(x) {
            return None;
        }
        let timesteps: Vec<usize> = indices
            .iter()
            .map(|&index| sampler.path().timesteps()[index])
            .collect();
        let steps: Vec<WalkStep> = (1..)
            .zip(&indices)
            .map(|(number, &index)| WalkStep {
                reverse: sampler.reverse(index, model.prediction(), number > 1),
                noise: noise.of_step(number),
            })
            .collect();
        let device = x.device();
        let Embedded {
            times,
            classes,
            cfg_scale,
            output,
        } = model.embedded(&timesteps)?;
        let walk = Walk::new(x.clone(), times, classes, cfg_scale, clip, &steps);
        Some(Self {
            walk,
            network: output,
            device,
            graph: Recording::No,
        })
    }

    /// Whether the next step is replayed, or else why not.
    pub fn recorded(&self) -> Result<(), String> {
        match &self.graph {
            Recording::No => Err("The first step has not been taken.".into()),
            Recording::Yes(_) => Ok(()),
            Recording::Refused(why) => Err(why.clone()),
        }
    }

    /// The images as they stand and as they will: the buffer is the same through all steps.
    pub fn images(&self) -> Tensor<4> {
        self.walk.images()
    }

    /// Take the next step; there must be one.
    pub fn step(&mut self) {
        match &self.graph {
            Recording::Yes(graph) => {
                // SAFETY: what the graph reads and writes is kept alive by `walk`, by `network`, and, what lay in
                // between, by the graph; all of it is this walk's own but for the parameters, which nobody writes.
                let replayed = unsafe { Dispatch::graph_replay(self.device.as_dispatch(), graph) };
                replayed.expect("the device takes what it recorded");
            }
            Recording::Refused(_) => self.take(),
            Recording::No => {
                // A recording may not ask for memory beyond what its first step has left. In pieces of just the sizes
                // asked for there is always that much; pages shared with others may have been cut up otherwise.
                let device = self.device.as_dispatch();
                let record = |walk: &Self| walk.record();
                self.graph = match Dispatch::memory_persistent_allocations(device, &*self, record) {
                    Ok(graph) => Recording::Yes(graph),
                    Err(error) => Recording::Refused(error.to_string()),
                }
            }
        }
    }

    /// Take the first step as it is, which leaves the memory that the recorded one wants, and record the next.
    fn record(&self) -> Result<Graph, ExecutionError> {
        let device = self.device.as_dispatch();
        let prepared = Dispatch::graph_prepare(device);
        self.take();
        prepared?;
        Dispatch::graph_start_capture(device)?;
        self.take();
        Dispatch::graph_stop_capture(device)
    }

    fn take(&self) {
        let (asked, embedding) = self.walk.begin();
        self.walk.take((self.network)(asked, embedding));
    }
}

impl Drop for Replay {
    /// What a recording held is of sizes that nobody else asks for.
    fn drop(&mut self) {
        self.graph = Recording::No;
        Dispatch::memory_cleanup(self.device.as_dispatch());
    }
}
