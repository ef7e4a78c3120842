//! What a server's device costs on loopback: the table of docs/remote.md.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use ddpm::distributed::Ranks;
use ddpm::nn::unet::{Preset, UNet};
use ddpm::nn::var_builder::flat_tensor;
use ddpm::ops::{Capabilities, read};
use ddpm::runtime::{Runtime, Serving, Token};
use ddpm::samplers::{Ddpm, Sampling};
use ddpm::training::{TrainConfig, Trainer};
use pollster::block_on;

use super::support::runs::easy_images;

/// Images of a batch.
const BATCH: u32 = 16;

/// How often each of the three is measured, in turn.
const ROUNDS: usize = 5;

/// The bytes that have gone to a server and come from it.
#[derive(Default)]
struct Traffic {
    there: AtomicU64,
    back: AtomicU64,
}

impl Traffic {
    fn bytes(&self) -> [f64; 2] {
        [&self.there, &self.back].map(|bytes| bytes.load(Ordering::Relaxed) as f64)
    }
}

/// Passes bytes on and counts them, until the connection ends.
fn pass_on(mut from: TcpStream, mut to: TcpStream, count: impl Fn(u64)) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        count(length as u64);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Listens on another port and passes all on to the server, for as long as this process runs.
fn counted(server: SocketAddr) -> (SocketAddr, Arc<Traffic>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let traffic = Arc::new(Traffic::default());
    let counts = traffic.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(server).unwrap();
            for stream in [&client, &server] {
                stream.set_nodelay(true).unwrap();
            }
            let (up, down) = (counts.clone(), counts.clone());
            let (client_out, server_out) =
                (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || {
                pass_on(client, server_out, |n| {
                    _ = up.there.fetch_add(n, Ordering::Relaxed)
                })
            });
            std::thread::spawn(move || {
                pass_on(server, client_out, |n| {
                    _ = down.back.fetch_add(n, Ordering::Relaxed)
                })
            });
        }
    });
    (address, traffic)
}

/// A server in this process, its device once with operations that are carried and once without, and the bytes of both together.
fn served() -> ([Runtime; 2], Arc<Traffic>) {
    let token: Token = "secret".parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let serving = Serving::start(&[Runtime::cpu()], listener, &token, |_| ()).unwrap();
    let (address, traffic) = counted(serving.address());
    std::mem::forget(serving);
    let address = format!("ws://{address}").parse().unwrap();
    let carried = Runtime::open_remote(&address, &token, &Ranks::alone()).unwrap();
    let capabilities = Capabilities {
        kernels: false,
        ..Capabilities::PLAIN
    };
    let plain = carried.with_context(&carried.context().with_capabilities(capabilities));
    ([carried, plain], traffic)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Measures `work` on each of the three devices in turn, and prints images/s and kB of an image. `work` gives the number of
/// images that it has computed.
fn measure(
    what: &str,
    devices: &[Runtime; 3],
    traffic: &Traffic,
    work: &mut dyn FnMut(usize) -> u32,
) {
    let mut seconds = [const { Vec::new() }; 3];
    let mut bytes = [[0.0; 2]; 3];
    for round in 0..=ROUNDS {
        for device in 0..devices.len() {
            let before = traffic.bytes();
            let start = Instant::now();
            let images = f64::from(work(device));
            let time = start.elapsed().as_secs_f64() / images;
            let after = traffic.bytes();
            // The first round warms up.
            if round > 0 {
                seconds[device].push(time);
                bytes[device] = [0, 1].map(|way| (after[way] - before[way]) / images);
            }
        }
    }
    let ratios = |device: usize| {
        let pairs = seconds[device].iter().zip(&seconds[0]);
        median(pairs.map(|(there, here)| there / here).collect())
    };
    for (device, name) in ["here", "there, carried", "there, burn's operations"]
        .iter()
        .enumerate()
    {
        let [there, back] = bytes[device].map(|bytes| bytes / 1000.0);
        println!(
            "{what:20} {name:24} {:8.1} images/s, {:5.2} times as long; {there:8.1} kB there and {back:7.1} kB back an image",
            1.0 / median(seconds[device].clone()),
            ratios(device)
        );
    }
}

#[test]
#[ignore = "measures: cargo test --release --features remote --test remote -- --ignored --nocapture what_a_server_costs"]
fn what_a_server_costs() {
    let ([carried, plain], traffic) = served();
    let devices = [Runtime::cpu(), carried, plain];
    for (preset, steps) in [(Preset::Tiny, 10), (Preset::Small, 2)] {
        let unet = preset.config();
        let config = TrainConfig {
            batch_size: BATCH,
            ..TrainConfig::default()
        };
        let mut trainers = devices
            .each_ref()
            .map(|runtime| Trainer::new(config.clone(), unet, easy_images(40), runtime).unwrap());
        let name = preset.name();
        measure(
            &format!("{name}, training"),
            &devices,
            &traffic,
            &mut |device| {
                for _ in 0..steps {
                    block_on(trainers[device].step()).unwrap();
                }
                block_on(trainers[device].finish()).unwrap();
                steps * BATCH
            },
        );

        let params = UNet::layout(&unet).initial(1);
        let models = devices.each_ref().map(|runtime| {
            let params = flat_tensor(&params, runtime.device());
            config.model(runtime, &unet, params)
        });
        let labels: Vec<u8> = (0..BATCH).map(|image| (image % 10) as u8).collect();
        measure(
            &format!("{name}, a draw's pass"),
            &devices,
            &traffic,
            &mut |device| {
                let model = models[device].clone();
                let sampler = Ddpm::with_steps(&model.schedule, steps as usize);
                let mut sampling = Sampling::new(model, Box::new(sampler), 1, &labels, 0);
                while sampling.step().is_some() {}
                block_on(read(sampling.images().clone())).unwrap();
                steps * BATCH
            },
        );
    }
}
