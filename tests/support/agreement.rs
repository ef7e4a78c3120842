//! Agreement with PyTorch: the forward pass, all gradients, the optimiser and the decoder of the bound.

use burn::tensor::{Device, Int, Tensor, TensorData};
use ddpm::diffusion::{ln_level_probability, per_image};
use ddpm::nn::unet::{Preset, TimeTable, UNet, UNetConfig};
use ddpm::nn::var_builder::{Layout, VarBuilder, flat_tensor};
use ddpm::runtime::Runtime;
use ddpm::training::{BatchBuilder, OptimizerState, TrainBatch, TrainConfig, loss_and_gradient};
use serde_json::Value;

use super::samplers::parse;
use super::{Golden, assert_close, read};

const MICRO: &[u8] = include_bytes!("../golden/unet_micro.safetensors");
const TINY: &[u8] = include_bytes!("../golden/unet_tiny.safetensors");

/// The configuration of the network in `unet_micro.safetensors`.
pub fn micro() -> UNetConfig {
    UNetConfig::new([4, 8, 8], 2)
}

fn integers(golden: &Golden, name: &str, device: &Device) -> Tensor<1, Int> {
    let values: Vec<i32> = golden.values(name).iter().map(|&v| v as i32).collect();
    let shape = [values.len()];
    Tensor::from_data(TensorData::new(values, shape), device)
}

async fn forward(
    config: &UNetConfig,
    golden: &Golden,
    timesteps: usize,
    t: &str,
    runtime: &Runtime,
) -> Vec<f32> {
    let device = runtime.device();
    let flat = golden.flat("param.", &UNet::layout(config));
    let unet = UNet::new(
        config,
        &VarBuilder::from_flat(runtime.context(), flat_tensor(&flat, device)),
    );
    let times = TimeTable::new(config, timesteps, device);
    let output = unet.forward(
        golden.tensor("x", device),
        times.rows(integers(golden, t, device)),
        integers(golden, "y", device),
    );
    read(output).await
}

/// The U-Net's output, for two configurations and two T.
pub async fn forward_agrees(runtime: &Runtime) {
    forward_agrees_to(1e-4, runtime).await;
}

/// [`forward_agrees`] with another tolerance, for example that of 16 bits.
pub async fn forward_agrees_to(bound: f32, runtime: &Runtime) {
    let golden = Golden::read(MICRO);
    let output = forward(&micro(), &golden, 1000, "t", runtime).await;
    assert_close("micro", &output, golden.values("output"), bound);
    let output = forward(&micro(), &golden, 250, "t250", runtime).await;
    assert_close(
        "micro, T = 250",
        &output,
        golden.values("output_t250"),
        bound,
    );

    let golden = Golden::read(TINY);
    let output = forward(&Preset::Tiny.config(), &golden, 1000, "t", runtime).await;
    assert_close("tiny", &output, golden.values("output"), bound);
}

fn batch(golden: &Golden, device: &Device) -> TrainBatch {
    TrainBatch {
        x_t: golden.tensor("x", device),
        time: TimeTable::new(&micro(), 1000, device).rows(integers(golden, "t", device)),
        y: integers(golden, "y", device),
        target: golden.tensor("eps", device),
        weight: None,
        hybrid: None,
        vlb: None,
    }
}

/// Computes the loss and the gradient of the micro network. The losses of the images have the loss as their mean.
async fn gradient_of(
    runtime: &Runtime,
    params: &Tensor<1>,
    batch: TrainBatch,
) -> (Tensor<1>, Tensor<1>) {
    let lengths = UNet::layout(&micro()).lengths();
    let (losses, gradient) =
        loss_and_gradient(runtime.context(), &micro(), &lengths, params, batch);
    (loss_of(losses).await, gradient)
}

/// The loss among the losses that a step gives, of which it has to be the mean.
async fn loss_of(losses: Tensor<1>) -> Tensor<1> {
    let images = losses.dims()[0] - 1;
    let [loss, of_images] = [(0, 1), (1, images)].map(|(at, n)| losses.clone().narrow(0, at, n));
    let mean = read(of_images.mean()).await[0] / read(loss.clone()).await[0];
    assert!((mean - 1.0).abs() < 1e-5, "{mean} times the loss");
    loss
}

/// The loss, and the gradient of each parameter.
pub async fn gradients_agree(runtime: &Runtime) {
    let device = runtime.device();
    let golden = Golden::read(MICRO);
    let layout = UNet::layout(&micro());
    let params = flat_tensor(&golden.flat("param.", &layout), device);
    let (loss, gradient) = gradient_of(runtime, &params, batch(&golden, device)).await;
    assert_close("loss", &read(loss).await, golden.values("loss"), 1e-4);
    let gradient = read(gradient).await;
    let expected = golden.flat("grad.", &layout);
    for spec in &layout.specs {
        let range = spec.offset..spec.offset + spec.len();
        // The largest gradient of the tensor with the smallest gradients is 3e-3; PyTorch in f32 is within 3e-7 of the
        // fixture, which is computed in f64.
        assert_close(&spec.name, &gradient[range.clone()], &expected[range], 5e-6);
    }
}

/// [`gradients_agree`] for each kind of prediction, with other schedules and min-SNR weights, with batches that the recipe
/// builds.
pub async fn objectives_agree(runtime: &Runtime) {
    let device = runtime.device();
    let weights = Golden::read(MICRO);
    let golden = Golden::read(include_bytes!("../golden/objectives.safetensors"));
    let recipes: Vec<TrainConfig> = parse(include_str!("../golden/objectives.json"));
    let layout = UNet::layout(&micro());
    let params = flat_tensor(&weights.flat("param.", &layout), device);
    let t: Vec<usize> = golden.values("t").iter().map(|&t| t as usize).collect();
    let losses = golden.names().filter(|name| name.ends_with(".loss"));
    assert_eq!(losses.count(), recipes.len());
    for (number, recipe) in recipes.into_iter().enumerate() {
        recipe.validate(60_000).unwrap();
        let batch = BatchBuilder::new(runtime.context(), &micro(), &recipe).batch(
            golden.tensor("x0", device),
            golden.tensor("eps", device),
            &t,
            integers(&golden, "y", device),
        );
        let (loss, gradient) = gradient_of(runtime, &params, batch).await;
        assert_loss_and_gradient(
            &recipe,
            [loss, gradient],
            &golden,
            &number.to_string(),
            &layout,
        )
        .await;
    }
}

/// Compares a loss and a gradient with the golden ones under `key`. Both are scaled by their largest number, because a
/// min-SNR loss is small and the bound large.
async fn assert_loss_and_gradient(
    recipe: &TrainConfig,
    found: [Tensor<1>; 2],
    golden: &Golden,
    key: &str,
    layout: &Layout,
) {
    let [loss, gradient] = found;
    let found = [read(loss).await, read(gradient).await];
    let expected = [
        golden.values(&format!("{key}.loss")).to_vec(),
        golden.flat(&format!("{key}.grad."), layout),
    ];
    for (what, (found, expected)) in ["loss", "gradient"]
        .into_iter()
        .zip(found.iter().zip(&expected))
    {
        let largest = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        let scaled = |values: &[f32]| values.iter().map(|v| v / largest).collect::<Vec<_>>();
        let name = format!("{what} of {recipe:?}");
        assert_close(&name, &scaled(found), &scaled(expected), 1e-4);
    }
}

/// A case of `tests/golden/bounds.json`.
#[derive(serde::Deserialize)]
struct BoundCase {
    /// Which of the two networks.
    network: String,
    #[serde(flatten)]
    recipe: TrainConfig,
}

/// Networks with two heads of attention at 14×14 and 7×7 pixels, one with three classes and a learned variance, one without
/// classes: their outputs, and losses with the variational bound and their gradients, of each kind of variance.
pub async fn bounds_agree(runtime: &Runtime) {
    let device = runtime.device();
    let golden = Golden::read(include_bytes!("../golden/bounds.safetensors"));
    let about: Value = parse(include_str!("../golden/bounds.json"));
    let network = |name: &str| -> UNetConfig {
        serde_json::from_value(about["networks"][name].clone()).unwrap()
    };
    let parameters = |name: &str| {
        let layout = UNet::layout(&network(name));
        let params = flat_tensor(&golden.flat(&format!("{name}.param."), &layout), device);
        (layout, params)
    };
    let y = || integers(&golden, "y", device);
    for name in ["learned", "fixed"] {
        let unet = network(name);
        unet.validate().unwrap();
        let (_, params) = parameters(name);
        let network = UNet::new(&unet, &VarBuilder::from_flat(runtime.context(), params));
        let time = TimeTable::new(&unet, 1000, device).rows(integers(&golden, "t", device));
        let output = network.forward(golden.tensor("x0", device), time, y());
        assert_eq!(output.dims(), [4, unet.out_channels, 28, 28]);
        let expected = golden.values(&format!("{name}.output"));
        assert_close(name, &read(output).await, expected, 1e-4);
    }
    let cases: Vec<BoundCase> = serde_json::from_value(about["cases"].clone()).unwrap();
    assert_eq!(cases.len(), 6);
    for (
        number,
        BoundCase {
            network: name,
            recipe,
        },
    ) in cases.into_iter().enumerate()
    {
        recipe.validate(60_000).unwrap();
        let unet = network(&name);
        recipe.check_network(&unet).unwrap();
        let (layout, params) = parameters(&name);
        let last = recipe.timesteps as usize - 1;
        let t: Vec<usize> = golden
            .values("t")
            .iter()
            .map(|&t| (t as usize).min(last))
            .collect();
        let (x0, eps) = (golden.tensor("x0", device), golden.tensor("eps", device));
        let batch = BatchBuilder::new(runtime.context(), &unet, &recipe).batch(x0, eps, &t, y());
        let (losses, gradient) =
            loss_and_gradient(runtime.context(), &unet, &layout.lengths(), &params, batch);
        assert_eq!(losses.dims(), [1 + t.len()]);
        let loss = loss_of(losses).await;
        assert_loss_and_gradient(
            &recipe,
            [loss, gradient],
            &golden,
            &number.to_string(),
            &layout,
        )
        .await;
    }
}

/// Takes five steps on one batch. Returns the states after the first and the last, the losses and the gradients' norms.
async fn five_steps(
    golden: &Golden,
    config: &TrainConfig,
    runtime: &Runtime,
) -> (OptimizerState, OptimizerState, [Vec<f32>; 2]) {
    let device = runtime.device();
    let layout = UNet::layout(&micro());
    let params = flat_tensor(&golden.flat("param.", &layout), device);
    let mut state = OptimizerState::new(params);
    let mut first = None;
    let [mut losses, mut norms] = [const { Vec::new() }; 2];
    for _ in 0..5 {
        let (loss, gradient) = gradient_of(runtime, &state.params, batch(golden, device)).await;
        losses.extend(read(loss).await);
        norms.extend(read(state.update(runtime.context(), gradient, config)).await);
        first.get_or_insert(state.clone());
    }
    (first.unwrap(), state, [losses, norms])
}

/// Compares all parameters but the bias of the keys: softmax ignores it, so its gradient is rounding noise, which Adam scales
/// up to whole steps.
fn assert_params(what: &str, found: &[f32], expected: &[f32]) {
    // PyTorch in f32 is within 4e-7 of the fixture's f64. Without weight decay the difference would be 6e-5.
    const BOUND: f32 = 5e-6;
    for spec in UNet::layout(&micro()).specs {
        let third = spec.len() / 3;
        let ranges = if spec.name == "mid.attn.qkv.bias" {
            vec![(0, third), (2 * third, spec.len())]
        } else {
            vec![(0, spec.len())]
        };
        for (start, end) in ranges {
            let range = spec.offset + start..spec.offset + end;
            let name = format!("{what} {}", spec.name);
            assert_close(&name, &found[range.clone()], &expected[range], BOUND);
        }
    }
}

/// One and five steps of Adam; five of AdamW with clipping and EMA.
pub async fn optimizer_agrees(runtime: &Runtime) {
    let golden = Golden::read(MICRO);
    let layout = UNet::layout(&micro());
    let adam = TrainConfig {
        learning_rate: 1e-3,
        warmup_steps: 0,
        weight_decay: 0.0,
        grad_clip: 0.0,
        ..TrainConfig::default()
    };
    let (one, five, [losses, _]) = five_steps(&golden, &adam, runtime).await;
    assert_close("adam.losses", &losses, golden.values("adam.losses"), 5e-6);
    let expected = |prefix: &str| golden.flat(prefix, &layout);
    assert_params("adam1", &read(one.params).await, &expected("adam1."));
    assert_params("adam5", &read(five.params).await, &expected("adam5."));

    let adamw = TrainConfig {
        weight_decay: 0.01,
        // Below each of the five norms, so that all steps are clipped.
        grad_clip: 0.5,
        ema_decay: 0.999,
        ..adam
    };
    let (_, five, [losses, norms]) = five_steps(&golden, &adamw, runtime).await;
    assert_close("adamw.losses", &losses, golden.values("adamw.losses"), 5e-6);
    assert_close("norms", &norms, golden.values("adamw.norms"), 1e-5);
    assert_params("adamw5", &read(five.params).await, &expected("adamw5."));
    assert_params("ema5", &read(five.ema).await, &expected("ema5."));
}

/// The discretised decoder against PyTorch's `log_ndtr` in f64, from the right grey level to one that is 370 σ away.
pub async fn decoder_agrees(runtime: &Runtime) {
    let device = runtime.device();
    let golden: Value = parse(include_str!("../golden/decoder.json"));
    let rows: Vec<[f64; 4]> = serde_json::from_value(golden["rows"].clone()).unwrap();
    assert_eq!(rows.len(), 360);
    // All rows with the same σ at once: one GPU computation for each row would take a minute.
    for rows in rows.chunk_by(|a, b| a[2] == b[2]) {
        let column = |value: &dyn Fn(&[f64; 4]) -> f64| per_image(rows.iter().map(value), device);
        let sigma = rows[0][2];
        let levels = column(&|row| row[0] / 127.5 - 1.0);
        let sigmas = column(&|row| row[2]);
        let found = read(ln_level_probability(levels, column(&|row| row[1]), sigmas)).await;
        for ([level, mean, _, expected], found) in rows.iter().zip(found) {
            let bound = 2e-5 + 8e-5 * sigma + 1e-6 * expected.abs();
            assert!(
                (f64::from(found) - expected).abs() < bound,
                "level {level}, mean {mean}, σ {sigma}: {found}, not {expected}"
            );
        }
    }
}
