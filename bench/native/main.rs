//! Measures the network and its kernels natively, on the CPU and on the GPU that burn finds (which may be lavapipe).
//! `cargo xtask bench --native` runs it.

mod kernels;

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use burn::tensor::{Int, Tensor, TensorData};
use clap::Parser;
use ddpm::data::Dataset;
use ddpm::nn::unet::{CLASSES, PIXELS, Preset, SIZE, UNet};
use ddpm::nn::var_builder::flat_tensor;
use ddpm::ops::Roofline;
use ddpm::rng::{Purpose, Stream};
use ddpm::runtime::{DeviceKind, Runtime};
use ddpm::training::{TrainConfig, Trainer};
use pollster::block_on;
use serde::Serialize;

/// The number of images in a batch of the kernels.
const BATCH: usize = 16;

#[derive(Parser)]
struct Args {
    /// Fewer repetitions, and no large batch
    #[arg(long)]
    quick: bool,
    /// cpu or gpu
    #[arg(long, value_delimiter = ',', default_value = "cpu,gpu")]
    only: Vec<String>,
    /// Measure only lines whose names contain this; `, batch` is the network as a whole
    #[arg(long, default_value = "")]
    lines: String,
    /// Also write the figures to this file, which `node bench/roofline.mjs` plots
    #[arg(long)]
    json: Option<PathBuf>,
    /// What cargo passes to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// The measurements on one device.
struct Bench {
    runtime: Runtime,
    /// The number of timings of which a line reports the median.
    samples: usize,
    /// The text that a line's name must contain to be measured.
    name_part: String,
    /// The device's best rates in a second; `None` where they are not measured, on the CPU.
    roofline: Option<Work>,
    rows: RefCell<Vec<Row>>,
}

/// The result of one line.
#[derive(Serialize)]
struct Row {
    name: String,
    /// The median time, in milliseconds.
    ms: f64,
    /// The longest time divided by the shortest.
    spread: f64,
    #[serde(flatten)]
    work: Option<Work>,
    /// The fraction of the rate that the roofline allows.
    #[serde(rename = "share")]
    fraction: Option<f64>,
}

/// The results of one device.
#[derive(Serialize)]
struct DeviceResults {
    device: &'static str,
    batch: usize,
    /// The best rates in a second.
    #[serde(rename = "roof")]
    roofline: Option<Work>,
    rows: Vec<Row>,
}

/// The least work of a kernel, or the rates of a device in a second.
#[derive(Clone, Copy, Default, Serialize)]
struct Work {
    /// Arithmetic operations; a multiply-add counts as two.
    operations: f64,
    /// Bytes, with each number read and written once.
    bytes: f64,
}

impl Work {
    /// The work of so many multiply-adds on so many f32 numbers.
    fn new(multiply_adds: usize, numbers: usize) -> Self {
        Self {
            operations: 2.0 * multiply_adds as f64,
            bytes: 4.0 * numbers as f64,
        }
    }

    /// The least seconds on a device with these rates: the longer of the times for arithmetic and for bytes (Williams et al.
    /// 2009, "Roofline").
    fn seconds_at_best(self, roofline: Work) -> f64 {
        (self.operations / roofline.operations).max(self.bytes / roofline.bytes)
    }
}

impl Bench {
    /// A tensor of Gaussian numbers.
    fn numbers<const D: usize>(&self, shape: [usize; D]) -> Tensor<D> {
        let mut values = vec![0.0; shape.iter().product()];
        Stream::new(1, Purpose::Init, shape[D - 1] as u64).fill_gaussian(&mut values);
        Tensor::from_data(TensorData::new(values, shape), self.runtime.device())
    }

    /// The median time of `run` in seconds, and the longest time divided by the shortest.
    fn seconds(&self, mut run: impl FnMut()) -> (f64, f64) {
        let mut timed = |times: u32| {
            let begun = Instant::now();
            (0..times).for_each(|_| run());
            self.runtime.device().sync().expect("the device works");
            begun.elapsed() / times
        };
        // The first run compiles shaders. The second shows how many runs take the 50 ms that a clock measures well.
        timed(1);
        let times = Duration::from_millis(50).div_duration_f64(timed(1)).ceil() as u32;
        let mut found: Vec<Duration> = (0..self.samples).map(|_| timed(times)).collect();
        found.sort();
        let spread = found[found.len() - 1].as_secs_f64() / found[0].as_secs_f64();
        (found[found.len() / 2].as_secs_f64(), spread)
    }

    /// Measures and prints one line: the time of `run`, and with `work` its rates and the fraction of the roofline.
    fn line(&self, name: &str, work: Option<Work>, run: impl FnMut()) {
        if !name.contains(&self.name_part) {
            return;
        }
        let (seconds, spread) = self.seconds(run);
        let rate = |amount: f64| format!("{:.1}", 1e-9 * amount / seconds);
        let [operations, bytes] = match work {
            None => [String::new(), String::new()],
            Some(work) => [rate(work.operations), rate(work.bytes)],
        };
        let fraction = work
            .zip(self.roofline)
            .map(|(work, roofline)| work.seconds_at_best(roofline) / seconds);
        let percent = fraction.map_or(String::new(), |fraction| {
            format!("{:.0} %", 100.0 * fraction)
        });
        println!(
            "{name:<44} {:>10.3} {spread:>8.2} {operations:>8} {bytes:>8} {percent:>8}",
            1e3 * seconds
        );
        self.rows.borrow_mut().push(Row {
            name: name.into(),
            ms: 1e3 * seconds,
            spread,
            work,
            fraction,
        });
    }

    /// Measures the roofline: the multiply-adds and the copied bytes in a second of kernels that do nothing else.
    fn measure_roofline(&mut self) {
        let rate = |kernel: Roofline, numbers: usize| {
            let numbers = self.numbers([numbers]) * 1e-9 + 0.999;
            let amount = kernel.run(self.runtime.context(), numbers.clone())? as f64;
            let (seconds, _) = self.seconds(|| {
                kernel.run(self.runtime.context(), numbers.clone());
            });
            Some(amount / seconds)
        };
        // Enough numbers to occupy all processors of a large GPU.
        let operations = rate(Roofline::MultiplyAdds, 1 << 20);
        let bytes = rate(Roofline::Copy, 1 << 24);
        self.roofline = operations
            .zip(bytes)
            .map(|(operations, bytes)| Work { operations, bytes });
        if let Some(roofline) = self.roofline {
            println!(
                "at best: {:.1} GFLOP/s, {:.1} GB/s",
                1e-9 * roofline.operations,
                1e-9 * roofline.bytes
            );
        }
    }

    /// Measures a forward pass, and a training step for each of `batches`.
    fn network(&self, batches: &[u32]) {
        let unet = Preset::Small.config();
        let values = UNet::layout(&unet).initial(0);
        let recipe = TrainConfig::default();
        let model = recipe.model(
            &self.runtime,
            &unet,
            flat_tensor(&values, self.runtime.device()),
        );
        let x = self.numbers([BATCH, 1, SIZE, SIZE]);
        let same = |value| Tensor::<1, Int>::full([BATCH], value, self.runtime.device());
        let (time, y) = (model.times.rows(same(500)), same(3));
        self.line(&format!("forward, batch {BATCH}"), None, || {
            model.unet.forward(x.clone(), time.clone(), y.clone());
        });
        for &batch_size in batches {
            let recipe = TrainConfig {
                batch_size,
                ..recipe.clone()
            };
            let mut trainer = Trainer::new(recipe, unet, Arc::new(noise_images()), &self.runtime)
                .expect("a valid recipe");
            self.line(&format!("training step, batch {batch_size}"), None, || {
                block_on(trainer.step()).expect("a finite loss");
            });
            block_on(trainer.finish()).expect("a finite loss");
        }
    }
}

/// Training images of noise.
fn noise_images() -> Dataset {
    let mut stream = Stream::new(1, Purpose::Evaluation, 0);
    let images = 256;
    Dataset::of_digits(
        (0..images * PIXELS)
            .map(|_| stream.below(256) as u8)
            .collect(),
        (0..images).map(|i| (i % CLASSES) as u8).collect(),
        "noise",
    )
}

fn main() {
    let args = Args::parse();
    let mut all = Vec::new();
    for (name, kind) in [("cpu", DeviceKind::Cpu), ("gpu", DeviceKind::Wgpu)] {
        if !args.only.iter().any(|device| device == name) {
            continue;
        }
        let runtime = match Runtime::open(kind) {
            Ok(runtime) => runtime,
            Err(why) => {
                println!("{name}: {why}");
                continue;
            }
        };
        let mut bench = Bench {
            runtime,
            samples: if args.quick { 3 } else { 9 },
            name_part: args.lines.clone(),
            roofline: None,
            rows: RefCell::default(),
        };
        bench.measure_roofline();
        println!(
            "{:<44} {:>10} {:>8} {:>8} {:>8} {:>8}",
            format!("{name}, kernels at batch {BATCH}"),
            "ms",
            "max/min",
            "GFLOP/s",
            "GB/s",
            "of best"
        );
        bench.network(if args.quick { &[8] } else { &[8, 32] });
        bench.convolutions();
        bench.group_norms();
        bench.attention();
        bench.concatenation_and_sums();
        bench.parameters();
        bench.noise();
        bench.sampling_step();
        println!();
        all.push(DeviceResults {
            device: name,
            batch: BATCH,
            roofline: bench.roofline,
            rows: bench.rows.into_inner(),
        });
    }
    if let Some(file) = args.json {
        let text = serde_json::to_string_pretty(&all).expect("plain numbers");
        std::fs::write(&file, text).expect("the file can be written");
    }
}
