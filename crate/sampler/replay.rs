//! A walk on a GPU: one step recorded, the others replayed.

use burn::backend::{Backend, BackendTypes, Dispatch};
use burn::tensor::{Device, Tensor};

use super::{Move, Noise, Sampler};
use crate::kernels::{Walk, WalkStep};
use crate::process::{Clip, Denoiser, Embedded};

type Graph = <Dispatch as BackendTypes>::GraphPrimitive;

/// A walk whose every step is the same launches with the same buffers: the step's number, its factors and its noise are
/// found by the device itself. Recorded, a step costs the host no more than handing the launches over.
pub(super) struct Replay {
    walk: Walk,
    network: Embedded,
    device: Device,
    /// `None` before the first step, and where the device does not record.
    graph: Option<Graph>,
    begun: bool,
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
        let network = model.embedded(&timesteps)?;
        let walk = Walk::new(
            x.clone(),
            network.times.clone(),
            network.classes.clone(),
            network.cfg_scale,
            clip,
            &steps,
        )?;
        Some(Self {
            walk,
            network,
            device,
            graph: None,
            begun: false,
        })
    }

    /// Whether the next step is replayed.
    pub fn recorded(&self) -> bool {
        self.graph.is_some()
    }

    /// The images as they stand and as they will: the buffer is the same through all steps.
    pub fn images(&self) -> Tensor<4> {
        self.walk.images()
    }

    /// Take the next step; there must be one.
    pub fn step(&mut self) {
        let device = self.device.as_dispatch();
        if let Some(graph) = &self.graph {
            // SAFETY: what the graph reads and writes is kept alive by `walk`, by `network`, and, what lay in between, by
            // the graph; all of it is this walk's own but for the parameters, which nobody writes.
            let replayed = unsafe { Dispatch::graph_replay(device, graph) };
            replayed.expect("the device takes what it recorded");
        } else if self.begun {
            self.take();
        } else {
            self.begun = true;
            // The first step is taken as it is and leaves the memory that the recorded one wants.
            let prepared = Dispatch::graph_prepare(device);
            self.take();
            if prepared.is_ok() && Dispatch::graph_start_capture(device).is_ok() {
                self.take();
                self.graph = Dispatch::graph_stop_capture(device).ok();
            }
        }
    }

    fn take(&self) {
        let (asked, embedding) = self.walk.begin();
        self.walk.take((self.network.output)(asked, embedding));
    }
}
