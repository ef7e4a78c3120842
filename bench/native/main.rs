//! The network and its kernels natively, on the CPU and on the GPU that burn finds (lavapipe counts):
//! `cargo xtask bench --native`.

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

const BATCH: usize = 16;

#[derive(Parser)]
struct Args {
    /// Fewer repetitions, and no large batch
    #[arg(long)]
    quick: bool,
    /// cpu or gpu
    #[arg(long, value_delimiter = ',', default_value = "cpu,gpu")]
    only: Vec<String>,
    /// Lines with this in their names, no others: `, batch` for the network as a whole
    #[arg(long, default_value = "")]
    lines: String,
    /// Also write the figures to this file, which `node bench/roofline.mjs` plots
    #[arg(long)]
    json: Option<PathBuf>,
    /// What cargo passes to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

struct Bench {
    runtime: Runtime,
    samples: usize,
    /// What a line's name must have in it.
    wanted: String,
    /// What the adapter does at best, where that is measured.
    roof: Option<Work>,
    rows: RefCell<Vec<Row>>,
}

/// What was found of a kernel.
#[derive(Serialize)]
struct Row {
    name: String,
    ms: f64,
    /// The longest time by the shortest.
    spread: f64,
    #[serde(flatten)]
    work: Option<Work>,
    /// Of what the adapter could do at best.
    share: Option<f64>,
}

/// What was found of a device.
#[derive(Serialize)]
struct Found {
    device: &'static str,
    batch: usize,
    /// A second.
    roof: Option<Work>,
    rows: Vec<Row>,
}

/// What a kernel does at least, or per second.
#[derive(Clone, Copy, Default, Serialize)]
struct Work {
    /// A multiply-add is two.
    operations: f64,
    /// Each number read and written once.
    bytes: f64,
}

impl Work {
    fn new(multiply_adds: usize, numbers: usize) -> Self {
        Self {
            operations: 2.0 * multiply_adds as f64,
            bytes: 4.0 * numbers as f64,
        }
    }

    /// The seconds that it takes where `roof` is done per second: the longer of the two (Williams et al. 2009, "Roofline").
    fn seconds_at_best(self, roof: Work) -> f64 {
        (self.operations / roof.operations).max(self.bytes / roof.bytes)
    }
}

impl Bench {
    fn numbers<const D: usize>(&self, shape: [usize; D]) -> Tensor<D> {
        let mut values = vec![0.0; shape.iter().product()];
        Stream::new(1, Purpose::Init, shape[D - 1] as u64).fill_gaussian(&mut values);
        Tensor::from_data(TensorData::new(values, shape), self.runtime.device())
    }

    /// Median seconds of `run`, and the longest by the shortest.
    fn seconds(&self, mut run: impl FnMut()) -> (f64, f64) {
        let mut timed = |times: u32| {
            let begun = Instant::now();
            (0..times).for_each(|_| run());
            self.runtime.device().sync().expect("the device works");
            begun.elapsed() / times
        };
        // The first compiles shaders, the second is like the others: so many that a clock can tell them apart.
        timed(1);
        let times = Duration::from_millis(50).div_duration_f64(timed(1)).ceil() as u32;
        let mut found: Vec<Duration> = (0..self.samples).map(|_| timed(times)).collect();
        found.sort();
        let spread = found[found.len() - 1].as_secs_f64() / found[0].as_secs_f64();
        (found[found.len() / 2].as_secs_f64(), spread)
    }

    /// One line: the time of `run`, its rates if it is known what it does, and its share of what the adapter could do.
    fn line(&self, name: &str, work: Option<Work>, run: impl FnMut()) {
        if !name.contains(&self.wanted) {
            return;
        }
        let (seconds, spread) = self.seconds(run);
        let rate = |amount: f64| format!("{:.1}", 1e-9 * amount / seconds);
        let [operations, bytes] = match work {
            None => [String::new(), String::new()],
            Some(work) => [rate(work.operations), rate(work.bytes)],
        };
        let share = work
            .zip(self.roof)
            .map(|(work, roof)| work.seconds_at_best(roof) / seconds);
        let percent = share.map_or(String::new(), |share| format!("{:.0} %", 100.0 * share));
        println!(
            "{name:<44} {:>10.3} {spread:>8.2} {operations:>8} {bytes:>8} {percent:>8}",
            1e3 * seconds
        );
        self.rows.borrow_mut().push(Row {
            name: name.into(),
            ms: 1e3 * seconds,
            spread,
            work,
            share,
        });
    }

    /// Multiply-adds in registers and bytes copied, a second, by kernels that do nothing else.
    fn measure_roof(&mut self) {
        let rate = |roofline: Roofline, numbers: usize| {
            let numbers = self.numbers([numbers]) * 1e-9 + 0.999;
            let amount = roofline.run(self.runtime.context(), numbers.clone())? as f64;
            let (seconds, _) = self.seconds(|| {
                roofline.run(self.runtime.context(), numbers.clone());
            });
            Some(amount / seconds)
        };
        // So many that there is something to do for every processor of a large GPU.
        let operations = rate(Roofline::MultiplyAdds, 1 << 20);
        let bytes = rate(Roofline::Copy, 1 << 24);
        self.roof = operations
            .zip(bytes)
            .map(|(operations, bytes)| Work { operations, bytes });
        if let Some(roof) = self.roof {
            println!(
                "at best: {:.1} GFLOP/s, {:.1} GB/s",
                1e-9 * roof.operations,
                1e-9 * roof.bytes
            );
        }
    }

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

fn noise_images() -> Dataset {
    let mut stream = Stream::new(1, Purpose::Evaluation, 0);
    let images = 256;
    Dataset {
        images: (0..images * PIXELS)
            .map(|_| stream.below(256) as u8)
            .collect(),
        labels: (0..images).map(|i| (i % CLASSES) as u8).collect(),
        name: "noise".into(),
    }
}

fn main() {
    let args = Args::parse();
    let mut all = Vec::new();
    for (name, kind) in [("cpu", DeviceKind::Cpu), ("gpu", DeviceKind::Wgpu)] {
        if !args.only.iter().any(|wanted| wanted == name) {
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
            wanted: args.lines.clone(),
            roof: None,
            rows: RefCell::default(),
        };
        bench.measure_roof();
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
        bench.between();
        bench.parameters();
        bench.noise();
        bench.sampling_step();
        println!();
        all.push(Found {
            device: name,
            batch: BATCH,
            roof: bench.roof,
            rows: bench.rows.into_inner(),
        });
    }
    if let Some(file) = args.json {
        let text = serde_json::to_string_pretty(&all).expect("plain numbers");
        std::fs::write(&file, text).expect("the file can be written");
    }
}
