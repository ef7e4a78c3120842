//! Batches shared out among threads. Here the crew is this thread itself, which computes each share as it is handed out.

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::{Device, Int, Tensor, TensorData};
use ddpm::diffusion::per_image;
use ddpm::nn::unet::{SIZE, TimeTable, UNet};
use ddpm::nn::var_builder::{Slices, flat_tensor};
use ddpm::worker_pool::{self, Batch, Crew, Hand, Network, Order, Work, loss_and_gradient};

use super::agreement::micro;
use super::{assert_close, difference, read, runs};

/// What was ordered: the version of the network, the work and the images.
type Orders = Rc<RefCell<Vec<(u32, Work, usize)>>>;

struct InPlace {
    hands: Vec<Hand>,
    answers: Vec<Vec<f32>>,
    orders: Orders,
    /// Whether one of them fails.
    fails: bool,
}

/// Hire so many beside this thread.
fn hire(hands: usize, fails: bool, device: &Device) -> Orders {
    let orders = Orders::default();
    worker_pool::hire(Some(Box::new(InPlace {
        hands: (0..hands).map(|_| Hand::new(device.clone())).collect(),
        answers: Vec::new(),
        orders: orders.clone(),
        fails,
    })));
    assert_eq!(worker_pool::threads(), 1 + hands);
    orders
}

impl Crew for InPlace {
    fn hands(&self) -> usize {
        self.hands.len()
    }

    fn begin(&mut self, network: &Network, orders: &[Order]) {
        assert!(orders.len() <= self.hands.len());
        let of = (network.unet, network.version);
        let answer =
            |(hand, order): (&mut Hand, &Order)| hand.answer(of, || network.values(), order);
        self.answers = self.hands.iter_mut().zip(orders).map(answer).collect();
        let noted = orders
            .iter()
            .map(|order| (network.version, order.work, order.batch));
        self.orders.borrow_mut().extend(noted);
    }

    fn finish(&mut self) -> Option<Vec<Vec<f32>>> {
        (!self.fails).then(|| std::mem::take(&mut self.answers))
    }
}

/// A network none of whose layers is zero.
fn network(phase: f32, device: &Device) -> Network {
    let mut params = UNet::layout(&micro()).initial(3);
    for (index, value) in params.iter_mut().enumerate() {
        *value += 0.02 * (index as f32 + phase).sin();
    }
    Network::new(micro(), flat_tensor(&params, device))
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

fn batch(count: usize, weighted: bool, device: &Device) -> Batch {
    let times = TimeTable::new(&micro(), 1000, device);
    let each = 0..count as i32;
    let weights = each.clone().map(|index| 0.5 + f64::from(index));
    Batch {
        x_t: waves(count, 0.0, device),
        time: times.rows(integers(
            each.clone().map(|index| 137 * index).collect(),
            device,
        )),
        y: integers(each.map(|index| index % 11).collect(), device),
        target: waves(count, 1.0, device),
        weight: weighted.then(|| per_image(weights, device)),
    }
}

/// What several threads compute is what one computes, whatever the number of images and threads.
pub async fn shares_agree(device: &Device) {
    for (count, hands, shares) in [
        (1, 2, vec![]),
        (2, 3, vec![1]),
        (5, 1, vec![2]),
        (7, 2, vec![2, 2]),
    ] {
        for phase in [0.0, 1.0] {
            let what = format!("{count} images, {hands} hands, network {phase}");
            let orders = hire(hands, false, device);
            let network = network(phase, device);
            let unet = UNet::new(&micro(), &mut Slices::new(network.params.clone()));
            let Batch { x_t, time, y, .. } = batch(count, false, device);
            let emb = unet.embed(time, y);
            let alone = read(unet.forward_embedded(x_t.clone(), emb.clone())).await;
            let shared = read(network.forward(&unet, x_t, emb)).await;
            assert_close(&what, &shared, &alone, 2e-6);

            for weighted in [false, true] {
                let asked = batch(count, weighted, device);
                let alone = loss_and_gradient(&micro(), &network.params, asked.clone());
                let shared = network.loss_and_gradient(asked);
                let [alone, shared] = [
                    Tensor::cat(vec![alone.0, alone.1], 0),
                    Tensor::cat(vec![shared.0, shared.1], 0),
                ];
                assert_close(&what, &read(shared).await, &read(alone).await, 2e-6);
            }
            let version = network.version;
            let works = [Work::Forward, Work::Gradient, Work::Gradient];
            let expected: Vec<_> = works
                .into_iter()
                .flat_map(|work| shares.iter().map(move |&images| (version, work, images)))
                .collect();
            assert_eq!(*orders.borrow(), expected, "{what}");
        }
    }
    worker_pool::hire(None);
}

/// Digits and losses do not depend on who computes.
pub async fn runs_agree(device: &Device) {
    let labels = [3, 10, 7, 1, 1];
    let alone = runs::sample(7, &labels, 0, device).await;
    let orders = hire(2, false, device);
    let shared = runs::sample(7, &labels, 0, device).await;
    assert_eq!(orders.borrow().len(), 2 * 8, "two a step");
    let off = alone.iter().zip(&shared).map(|(a, b)| a.abs_diff(*b));
    assert!(off.max() <= Some(1), "a grey is off by more than one");

    orders.borrow_mut().clear();
    runs::the_first_recipe_stays_what_it_was(device).await;
    let versions: Vec<u32> = orders
        .borrow()
        .iter()
        .map(|(version, ..)| *version)
        .collect();
    assert!(!versions.is_empty());
    assert!(
        versions.chunks(2).is_sorted_by(|a, b| a[0] < b[0]),
        "every step has parameters of its own"
    );
    worker_pool::hire(None);
}

/// A share that does not come is computed here, and nobody waits for another.
pub async fn a_crew_that_fails_is_let_go(device: &Device) {
    let network = network(0.0, device);
    let asked = batch(4, false, device);
    let alone = network.loss_and_gradient(asked.clone()).1;
    hire(2, true, device);
    let shared = network.loss_and_gradient(asked).1;
    assert_eq!(worker_pool::threads(), 1);
    assert_eq!(difference(&read(shared).await, &read(alone).await), 0.0);
}
