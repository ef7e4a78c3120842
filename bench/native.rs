//! The network and its kernels natively, on the CPU and on the GPU that burn finds (lavapipe counts):
//! `cargo xtask bench --native`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use burn::backend::Dispatch;
use burn::tensor::{Device, Int, Tensor, TensorData};
use clap::Parser;
use ddpm::data::Dataset;
use ddpm::device::{DeviceKind, open};
use ddpm::kernels::{Geometry, Kernels, Roof, conv, group_norm};
use ddpm::noise::{Purpose, Stream};
use ddpm::params::flat_tensor;
use ddpm::trainer::{TrainConfig, Trainer};
use ddpm::unet::{CLASSES, PIXELS, Preset, SIZE, UNet};
use pollster::block_on;

const BATCH: usize = 16;
const GROUPS: usize = 8;

/// The network's convolutions, those that take most of the time: geometry, edge of the input, channels in and out.
const CONVS: [(Geometry, usize, usize, usize); 7] = [
    (Geometry::Same, 28, 32, 32),
    (Geometry::Same, 28, 64, 32),
    (Geometry::Halving, 28, 32, 64),
    (Geometry::Same, 14, 64, 64),
    (Geometry::Same, 14, 128, 64),
    (Geometry::Doubling, 14, 64, 32),
    (Geometry::Pointwise, 14, 128, 64),
];

#[derive(Parser)]
struct Args {
    /// Fewer repetitions, and no large batch
    #[arg(long)]
    quick: bool,
    /// cpu or gpu
    #[arg(long, value_delimiter = ',', default_value = "cpu,gpu")]
    only: Vec<String>,
    /// The network as a whole, none of its kernels
    #[arg(long)]
    network: bool,
    /// What cargo passes to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

struct Bench {
    device: Device,
    samples: usize,
    /// What the adapter does at best, where that is measured.
    roof: Option<Work>,
}

/// What a kernel does at least, or per second.
#[derive(Clone, Copy, Default)]
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
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }

    /// Median seconds of `run`, and the longest by the shortest.
    fn seconds(&self, mut run: impl FnMut()) -> (f64, f64) {
        let mut timed = |times: u32| {
            let begun = Instant::now();
            (0..times).for_each(|_| run());
            self.device.sync().expect("the device works");
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
        let (seconds, spread) = self.seconds(run);
        let rate = |amount: f64| format!("{:.1}", 1e-9 * amount / seconds);
        let [operations, bytes] = match work {
            None => [String::new(), String::new()],
            Some(work) => [rate(work.operations), rate(work.bytes)],
        };
        let share = match (work, self.roof) {
            (Some(work), Some(roof)) => {
                format!("{:.0} %", 100.0 * work.seconds_at_best(roof) / seconds)
            }
            _ => String::new(),
        };
        println!(
            "{name:<44} {:>10.3} {spread:>8.2} {operations:>8} {bytes:>8} {share:>8}",
            1e3 * seconds
        );
    }

    /// Multiply-adds in registers and bytes copied, a second, by kernels that do nothing else.
    fn measure_roof(&mut self) {
        let rate = |roof: Roof, numbers: usize| {
            let numbers = self.numbers([numbers]) * 1e-9 + 0.999;
            let amount = roof.run(numbers.clone())? as f64;
            let (seconds, _) = self.seconds(|| {
                roof.run(numbers.clone());
            });
            Some(amount / seconds)
        };
        let operations = rate(Roof::MultiplyAdds, 1 << 16);
        let bytes = rate(Roof::Copy, 1 << 24);
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
        let model = recipe.model(&unet, flat_tensor(&values, &self.device));
        let x = self.numbers([BATCH, 1, SIZE, SIZE]);
        let same = |value| Tensor::<1, Int>::full([BATCH], value, &self.device);
        let (time, y) = (model.times.rows(same(500)), same(3));
        self.line(&format!("forward, batch {BATCH}"), None, || {
            model.unet.forward(x.clone(), time.clone(), y.clone());
        });
        for &batch_size in batches {
            let recipe = TrainConfig {
                batch_size,
                ..recipe.clone()
            };
            let mut trainer = Trainer::new(recipe, unet, Arc::new(noise_images()), &self.device)
                .expect("a valid recipe");
            self.line(&format!("training step, batch {batch_size}"), None, || {
                block_on(trainer.step()).expect("a finite loss");
            });
            block_on(trainer.finish()).expect("a finite loss");
        }
    }

    fn convolutions(&self) {
        for (geometry, edge, from, to) in CONVS {
            let kernel = geometry.kernel();
            let [height, width] = geometry.output([edge, edge]);
            let x = self.numbers([BATCH, edge, edge, from]);
            let weight = self.numbers([to, from, kernel, kernel]);
            let bias = self.numbers([1, to]);
            let gradient = self.numbers([BATCH, height, width, to]);
            // After doubling, four matrices reach each pixel instead of nine.
            let taps = match geometry {
                Geometry::Doubling => 4,
                _ => kernel * kernel,
            };
            let numbers =
                BATCH * (edge * edge * from + height * width * to) + to * from * kernel * kernel;
            let work = Some(Work::new(
                BATCH * height * width * taps * from * to,
                numbers,
            ));
            let name = |what: &str| format!("{geometry:?} {edge}×{edge}, {from} → {to}{what}");
            self.line(&name(""), work, || {
                conv(x.clone(), weight.clone(), bias.clone(), geometry);
            });
            self.line(&name(", gradient of x"), work, || {
                Dispatch::conv_input_gradient(
                    weight.clone().into_dispatch(),
                    gradient.clone().into_dispatch(),
                    geometry,
                    [edge, edge],
                );
            });
            self.line(&name(", of weight"), work, || {
                Dispatch::conv_weight_gradient(
                    x.clone().into_dispatch(),
                    gradient.clone().into_dispatch(),
                    geometry,
                );
            });
        }
    }

    fn group_norms(&self) {
        for (edge, channels) in [(28, 32), (14, 64)] {
            let x = self.numbers([BATCH, edge, edge, channels]);
            let (weight, bias) = (self.numbers([channels]), self.numbers([channels]));
            let name = format!("GroupNorm + SiLU {edge}×{edge}, {channels}");
            // The image once in, once out; the gradients read two and write one.
            let image = BATCH * edge * edge * channels;
            self.line(&name, Some(Work::new(0, 2 * image)), || {
                group_norm(x.clone(), weight.clone(), bias.clone(), GROUPS, true);
            });
            self.line(
                &format!("{name}, gradients"),
                Some(Work::new(0, 3 * image)),
                || {
                    Dispatch::group_norm_gradients(
                        x.clone().into_dispatch(),
                        weight.clone().into_dispatch(),
                        bias.clone().into_dispatch(),
                        x.clone().into_dispatch(),
                        GROUPS,
                        true,
                    );
                },
            );
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
    for (name, kind) in [("cpu", DeviceKind::Cpu), ("gpu", DeviceKind::Wgpu)] {
        if !args.only.iter().any(|wanted| wanted == name) {
            continue;
        }
        let device = match open(kind) {
            Ok(device) => device,
            Err(why) => {
                println!("{name}: {why}");
                continue;
            }
        };
        let mut bench = Bench {
            device,
            samples: if args.quick { 3 } else { 9 },
            roof: None,
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
        if !args.network {
            bench.convolutions();
            bench.group_norms();
        }
        println!();
    }
}
