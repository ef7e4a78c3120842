//! Batches split among workers. The pool of these tests runs each job on the calling thread when it is started.

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::{Device, Int, Tensor, TensorData};
use ddpm::diffusion::schedule::{Schedule, VarianceType};
use ddpm::diffusion::{Prediction, per_image};
use ddpm::model::{FORWARD, Model};
use ddpm::nn::unet::{NO_CLASS, SIZE, TimeTable, UNet};
use ddpm::nn::var_builder::{VarBuilder, flat_tensor};
use ddpm::runtime::Runtime;
use ddpm::training::{
    BatchBuilder, GRADIENT, LossKind, TrainBatch, TrainConfig, loss_and_gradient,
    sharded_loss_and_gradient,
};
use ddpm::worker_pool::{Job, SharedNetwork, Worker, WorkerPool};

use super::agreement::micro;
use super::{assert_close, difference, read, runs};

/// The jobs that were started: the version of the network, the kind of job and the number of images.
type Jobs = Rc<RefCell<Vec<(u32, String, usize)>>>;

/// A pool whose workers run on the calling thread.
struct InPlace {
    workers: Vec<Worker>,
    /// The network that the workers hold, and its version.
    network: Option<(SharedNetwork, u32)>,
    outputs: Vec<Vec<f32>>,
    jobs: Jobs,
    /// Whether the pool reports a failed worker.
    fails: bool,
}

/// A runtime with this many workers in addition to the calling thread, and the list of the jobs that they get.
fn with_pool(workers: usize, fails: bool, runtime: &Runtime) -> (Runtime, Jobs) {
    let runtime = Runtime::new(runtime.context().clone());
    let jobs = Jobs::default();
    let worker = |_| Worker::new(runtime.context(), &[FORWARD, GRADIENT]);
    runtime.pool().set(Some(Box::new(InPlace {
        workers: (0..workers).map(worker).collect(),
        network: None,
        outputs: Vec::new(),
        jobs: jobs.clone(),
        fails,
    })));
    assert_eq!(runtime.pool().threads(), 1 + workers);
    (runtime, jobs)
}

impl WorkerPool for InPlace {
    fn workers(&self) -> usize {
        self.workers.len()
    }

    fn start(&mut self, network: &SharedNetwork, jobs: &[Job]) {
        assert!(jobs.len() <= self.workers.len());
        let version = match &self.network {
            Some((held, version)) if held.is(network) => *version,
            Some((_, version)) => version + 1,
            None => 0,
        };
        self.network = Some((network.clone(), version));
        let run = |(worker, job): (&mut Worker, &Job)| {
            assert_eq!(job.input.len(), job.input_len());
            let output = worker.run((network.config, version), || network.values(), job);
            let output = output.expect("a known kind of job");
            assert_eq!(output.len(), job.output_len);
            output
        };
        self.outputs = self.workers.iter_mut().zip(jobs).map(run).collect();
        let started = jobs
            .iter()
            .map(|job| (version, job.kind.clone(), job.images));
        self.jobs.borrow_mut().extend(started);
    }

    fn finish(&mut self) -> Option<Vec<Vec<f32>>> {
        (!self.fails).then(|| std::mem::take(&mut self.outputs))
    }
}

/// The loss and the gradient in one flat tensor, computed by the pool if it takes the batch, else by this thread alone.
fn gradient(runtime: &Runtime, network: &SharedNetwork, batch: &TrainBatch) -> Tensor<1> {
    let (ctx, lengths) = (runtime.context(), UNet::layout(&micro()).lengths());
    let shared = sharded_loss_and_gradient(ctx, runtime.pool(), network, &lengths, batch);
    let (loss, gradient) = shared.unwrap_or_else(|| {
        loss_and_gradient(ctx, &micro(), &lengths, &network.params, batch.clone())
    });
    Tensor::cat(vec![loss, gradient], 0)
}

/// The micro network with parameters that leave no layer at zero.
fn network(phase: f32, runtime: &Runtime) -> SharedNetwork {
    let mut params = UNet::layout(&micro()).initial(3);
    for (index, value) in params.iter_mut().enumerate() {
        *value += 0.02 * (index as f32 + phase).sin();
    }
    SharedNetwork::new(micro(), flat_tensor(&params, runtime.device()))
}

fn waves(count: usize, phase: f32, device: &Device) -> Tensor<4> {
    let values: Vec<f32> = (0..count * SIZE * SIZE)
        .map(|index| (index as f32 * 0.37 + phase).sin())
        .collect();
    Tensor::from_data(TensorData::new(values, [count, 1, SIZE, SIZE]), device)
}

fn integers(values: Vec<i32>, device: &Device) -> Tensor<1, Int> {
    let shape = [values.len()];
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn batch(count: usize, weighted: bool, device: &Device) -> TrainBatch {
    let times = TimeTable::new(&micro(), 1000, device);
    let each = 0..count as i32;
    let weights = each.clone().map(|index| 0.5 + f64::from(index));
    TrainBatch {
        x_t: waves(count, 0.0, device),
        time: times.rows(integers(
            each.clone().map(|index| 137 * index).collect(),
            device,
        )),
        y: integers(each.map(|index| index % 11).collect(), device),
        target: waves(count, 1.0, device),
        weight: weighted.then(|| per_image(weights, device)),
        hybrid: None,
        vlb: None,
    }
}

/// A batch for the loss `vlb`, whose result has a term for each image besides the loss.
fn of_the_bound(count: usize, runtime: &Runtime) -> TrainBatch {
    let recipe = TrainConfig {
        loss: LossKind::Vlb,
        ..TrainConfig::default()
    };
    let TrainBatch { x_t, target, y, .. } = batch(count, false, runtime.device());
    let t: Vec<usize> = (0..count).map(|index| 1 + 137 * index).collect();
    BatchBuilder::new(runtime.context(), &micro(), &recipe).batch(x_t, target, &t, y)
}

/// The results do not depend on the number of workers, for any number of images.
pub async fn shards_agree(runtime: &Runtime) {
    let alone = Runtime::new(runtime.context().clone());
    let device = runtime.device();
    for (count, workers, shards) in [
        (1, 2, vec![]),
        (2, 3, vec![1]),
        (5, 1, vec![2]),
        (7, 2, vec![2, 2]),
    ] {
        let (shared, jobs) = with_pool(workers, false, runtime);
        let mut expected_jobs: Vec<(u32, String, usize)> = Vec::new();
        for phase in [0.0, 1.0] {
            let what = format!("{count} images, {workers} workers, network {phase}");
            let network = network(phase, runtime);
            let outputs = [&alone, &shared].map(|runtime| {
                let (schedule, params) = (Schedule::linear(1000), network.params.clone());
                let model = Model::new(
                    runtime,
                    &micro(),
                    schedule,
                    Prediction::Epsilon,
                    VarianceType::FixedSmall,
                    params,
                );
                let TrainBatch { x_t, time, y, .. } = batch(count, false, device);
                model.forward(x_t, time, y)
            });
            let [alone_output, shared_output] = outputs;
            assert_close(
                &what,
                &read(shared_output).await,
                &read(alone_output).await,
                2e-6,
            );
            let batches = [
                batch(count, false, device),
                batch(count, true, device),
                of_the_bound(count, &alone),
            ];
            for batch in batches {
                let [alone, shared] =
                    [&alone, &shared].map(|runtime| gradient(runtime, &network, &batch));
                let [alone, shared] = [read(alone).await, read(shared).await];
                // The bound is large, so that it is compared relative to its largest number.
                let largest = alone
                    .iter()
                    .fold(1.0f32, |most, value| most.max(value.abs()));
                let scaled =
                    |values: &[f32]| values.iter().map(|v| v / largest).collect::<Vec<_>>();
                assert_close(&what, &scaled(&shared), &scaled(&alone), 2e-6);
            }
            // To the pool, the network of the model and that of the gradients are two networks.
            if !shards.is_empty() {
                let first = expected_jobs.last().map_or(0, |&(version, ..)| version + 1);
                for (version, kind) in [
                    (first, FORWARD),
                    (first + 1, GRADIENT),
                    (first + 1, GRADIENT),
                    (first + 1, GRADIENT),
                ] {
                    let job = |&images: &usize| (version, kind.name.to_owned(), images);
                    expected_jobs.extend(shards.iter().map(job));
                }
            }
            assert_eq!(*jobs.borrow(), expected_jobs, "{what}");
        }
    }
}

/// Digits and losses do not depend on the number of workers.
pub async fn runs_agree(runtime: &Runtime) {
    let labels = [3, NO_CLASS, 7, 1, 1];
    let alone = runs::sample(7, &labels, 0, runtime).await;
    let (shared_runtime, jobs) = with_pool(2, false, runtime);
    let shared = runs::sample(7, &labels, 0, &shared_runtime).await;
    assert_eq!(jobs.borrow().len(), 2 * 8, "two jobs for each step");
    let differences = alone.iter().zip(&shared).map(|(a, b)| a.abs_diff(*b));
    assert!(
        differences.max() <= Some(1),
        "a grey is off by more than one"
    );

    jobs.borrow_mut().clear();
    runs::the_first_recipe_keeps_its_losses(&shared_runtime).await;
    let versions: Vec<u32> = jobs.borrow().iter().map(|(version, ..)| *version).collect();
    assert!(!versions.is_empty());
    assert!(
        versions.chunks(2).is_sorted_by(|a, b| a[0] < b[0]),
        "each step has parameters of its own"
    );
}

/// A worker that is asked for one network and its guide in turn reads the parameters of each once, and those of the network that it
/// used longest ago again after a third.
pub async fn two_networks_are_kept(runtime: &Runtime) {
    let networks = [0.0, 1.0, 2.0].map(|phase| network(phase, runtime));
    let mut worker = Worker::new(runtime.context(), &[FORWARD]);
    let mut reads = Vec::new();
    let TrainBatch { x_t, time, y, .. } = batch(1, false, runtime.device());
    let of = |network: &SharedNetwork| {
        let vb = VarBuilder::from_flat(runtime.context(), network.params.clone());
        let unet = UNet::new(&micro(), &vb);
        (unet.embed(time.clone(), y.clone()), unet)
    };
    for which in [0, 1, 0, 1, 2, 1, 0] {
        let network = &networks[which];
        let (embedding, unet) = of(network);
        let expected = read(unet.forward_embedded(x_t.clone(), embedding.clone())).await;
        let input = [read(x_t.clone()).await, read(embedding.clone()).await].concat();
        let job = Job {
            kind: FORWARD.name.into(),
            images: 1,
            widths: vec![SIZE * SIZE, embedding.dims()[1]],
            output_len: SIZE * SIZE,
            input,
        };
        let params = || {
            reads.push(which);
            network.values()
        };
        let output = worker.run((network.config, which as u32), params, &job);
        assert_eq!(output.expect("a known kind of job"), expected, "{which}");
    }
    assert_eq!(reads, [0, 1, 2, 0]);
}

/// If a worker fails, this thread computes the batch, and the pool is not used again.
pub async fn a_pool_that_fails_is_dropped(runtime: &Runtime) {
    let alone = Runtime::new(runtime.context().clone());
    let network = network(0.0, runtime);
    let batch = batch(4, false, runtime.device());
    let (failing, _) = with_pool(2, true, runtime);
    let [alone, shared] = [&alone, &failing].map(|runtime| gradient(runtime, &network, &batch));
    assert_eq!(failing.pool().threads(), 1);
    assert_eq!(difference(&read(shared).await, &read(alone).await), 0.0);
}
