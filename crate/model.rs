//! [`Model`]: a trained network with everything that is needed to interpret its output.

use std::rc::Rc;

use burn::tensor::{Int, Tensor, TensorData};

use crate::diffusion::schedule::{Schedule, VarianceType};
use crate::diffusion::{GuidanceInterval, Prediction};
use crate::nn::unet::{PIXELS, SIZE, Tap, TimeTable, UNet, UNetConfig};
use crate::nn::var_builder::VarBuilder;
use crate::ops::Context;
use crate::runtime::Runtime;
use crate::worker_pool::{
    Field, Fields, JobKind, LoadedNetwork, PoolHandle, SharedNetwork, numbers,
};

/// A trained network, the noise schedule that it was trained with, and the quantity that it predicts.
/// [`TrainConfig::model`](crate::training::TrainConfig::model) makes one for the weights of a file or a run.
#[derive(Debug, Clone)]
pub struct Model {
    /// The network.
    pub unet: UNet,
    /// The sinusoidal embeddings of all t.
    pub times: TimeTable,
    /// The noise schedule that the network was trained with.
    pub schedule: Schedule,
    /// The quantity that the network's output estimates.
    pub prediction: Prediction,
    /// The variance that the network was trained with, and so the meaning of a second channel of its output.
    pub variance_type: VarianceType,
    /// The steps in which draws with a class have guidance ([`GuidedModel`](crate::samplers::GuidedModel)).
    pub cfg_interval: GuidanceInterval,
    /// A weaker network that was trained with the same schedule and prediction, from whose output draws without a class are led
    /// away ([`GuidedModel`](crate::samplers::GuidedModel)).
    pub guide: Option<Rc<Model>>,
    /// The steps in which they are.
    pub guide_interval: GuidanceInterval,
    /// The parameters as the worker pool refers to them.
    network: SharedNetwork,
    ctx: Context,
    pool: PoolHandle,
}

impl Model {
    /// The model with the flat parameters `params`, `[P]`, on the runtime's device.
    pub fn new(
        runtime: &Runtime,
        config: &UNetConfig,
        schedule: Schedule,
        prediction: Prediction,
        variance_type: VarianceType,
        params: Tensor<1>,
    ) -> Self {
        let ctx = runtime.context();
        Self {
            unet: UNet::new(config, &VarBuilder::from_flat(ctx, params.clone())),
            network: SharedNetwork::new(*config, params),
            times: TimeTable::new(config, schedule.timesteps(), ctx.device()),
            schedule,
            prediction,
            variance_type,
            cfg_interval: GuidanceInterval::ALL,
            guide: None,
            guide_interval: GuidanceInterval::ALL,
            ctx: ctx.clone(),
            pool: runtime.pool().clone(),
        }
    }

    /// The network's shape.
    pub fn config(&self) -> &UNetConfig {
        &self.network.config
    }

    /// The device that the model computes on, and how kernels are launched there.
    pub fn context(&self) -> &Context {
        &self.ctx
    }

    /// The network's output for a batch whose images all have the same `t`.
    ///
    /// # Shapes
    /// * `x_t`: [B, 1, 28, 28]
    /// * `y`: `[B]`, a class or [`UNetConfig::no_class`]
    /// * gives [B, [`UNetConfig::out_channels`], 28, 28]
    pub fn forward_at(&self, x_t: Tensor<4>, t: usize, y: Tensor<1, Int>) -> Tensor<4> {
        let times = Tensor::<1, Int>::full(y.dims(), t as i32, &y.device());
        self.forward(x_t, self.times.rows(times), y)
    }

    /// The network's output for images with a `t` each. If there is a worker pool, its threads compute shards of the batch.
    ///
    /// # Shapes
    /// * `x_t`: [B, 1, 28, 28]
    /// * `time`: [B, c₁], rows of [`Model::times`]
    /// * `y`: `[B]`, a class or [`UNetConfig::no_class`]
    /// * gives [B, [`UNetConfig::out_channels`], 28, 28]
    pub fn forward(&self, x_t: Tensor<4>, time: Tensor<2>, y: Tensor<1, Int>) -> Tensor<4> {
        let emb = self.unet.embed(time, y);
        self.forward_sharded(&x_t, &emb)
            .unwrap_or_else(|| self.unet.forward_embedded(x_t, emb))
    }

    /// [`Model::forward_at`] that shows the network's intermediate values to `tap`. This thread computes alone.
    ///
    /// # Shapes
    /// As [`Model::forward_at`].
    pub fn forward_tapped(
        &self,
        x_t: Tensor<4>,
        t: usize,
        y: Tensor<1, Int>,
        tap: &mut impl Tap,
    ) -> Tensor<4> {
        let times = Tensor::<1, Int>::full(y.dims(), t as i32, &y.device());
        let emb = self.unet.embed(self.times.rows(times), y);
        self.unet.forward_tapped(x_t, emb, tap)
    }

    /// The output with the batch divided among workers; `None` if there is no worker pool.
    fn forward_sharded(&self, x_t: &Tensor<4>, emb: &Tensor<2>) -> Option<Tensor<4>> {
        let [images, embedding] = emb.dims();
        let fields = || {
            let field = |values, width| Field { values, width };
            vec![
                field(numbers(x_t.clone()), PIXELS),
                field(numbers(emb.clone()), embedding),
            ]
        };
        let own = |shard: std::ops::Range<usize>| {
            self.unet.forward_embedded(
                x_t.clone().narrow(0, shard.start, shard.len()),
                emb.clone().narrow(0, shard.start, shard.len()),
            )
        };
        let channels = self.network.config.out_channels;
        let output_len = |images| images * channels * PIXELS;
        let (_, own, others) =
            self.pool
                .run_shards(&self.network, &FORWARD, images, fields, output_len, own)?;
        let device = x_t.device();
        let others = others.into_iter().map(|shard| {
            let shape = [shard.images.len(), channels, SIZE, SIZE];
            Tensor::from_data(TensorData::new(shard.output, shape), &device)
        });
        Some(Tensor::cat(std::iter::once(own).chain(others).collect(), 0))
    }
}

/// The forward pass as a worker's job.
///
/// # Shapes
/// inputs: x_t, [B, 1, 28, 28], and the embedding ([`UNet::embed`]), [B, E] → [B, [`UNetConfig::out_channels`], 28, 28]
pub const FORWARD: JobKind = JobKind {
    name: "forward",
    run: forward_job,
};

fn forward_job(network: &mut LoadedNetwork, mut fields: Fields) -> Vec<f32> {
    let images = fields.images();
    let mut next = || fields.next().expect("x_t and embedding").floats();
    let x_t = next().reshape([images, 1, SIZE, SIZE]);
    let emb = next().reshape([images, network.config.embedding()]);
    numbers(network.unet().forward_embedded(x_t, emb))
}
