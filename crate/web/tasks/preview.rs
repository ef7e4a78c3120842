//! The first digit: drawn unasked as soon as there are weights, so that the page shows what they do and how. Before
//! that, a GPU has compiled the shaders of a draw while the page was looked at.

use js_sys::Math;
use wasm_bindgen_futures::spawn_local;

use crate::web::controller::{App, InUse};
use crate::web::drawing;
use crate::web::event_loop::yield_now;
use crate::web::protocol::{Event, GenerateOptions, Preview};
use crate::images::{to_bytes};
use crate::samplers::{Class, DEFAULT_CFG_SCALE, SamplerConfig, SamplerKind};
use crate::diffusion::schedule::Spacing;
use crate::nn::unet::CLASSES;

/// Few, as it is not asked for; the sampler is the one that does best with few, spaced so that none is spent on the next to
/// no noise of t = 0. So drawn, the shipped weights' digits have a Fréchet distance of 0.096, and 0.072 with 25 steps
/// (`ddpm evaluate --count 500 --steps 5 --spacing trailing`; that of real images is 0.075).
const STEPS: u32 = 5;

impl App {
    /// Draw a digit from the weights in use and send it as pictures of its way, in place of one that may be under way.
    pub fn preview(&self) {
        let Some(in_use) = self.in_use() else {
            return;
        };
        let app = self.clone();
        let number = self.previews.get() + 1;
        self.previews.set(number);
        spawn_local(async move {
            // What goes wrong here will go wrong again where somebody is told of it.
            if let Some(preview) = app.draw_preview(in_use, number).await {
                app.emit(&Event::Preview(preview));
            }
        });
    }

    async fn draw_preview(&self, in_use: InUse, number: u32) -> Option<Preview> {
        let digit = (Math::random() * CLASSES as f64) as u8;
        let steps = STEPS.min(in_use.meta.train.timesteps);
        let options = GenerateOptions {
            count: 1,
            seed: (Math::random() * f64::from(u32::MAX)) as u32,
            class: Class::One(digit),
            cfg_scale: DEFAULT_CFG_SCALE,
            sampler: SamplerConfig {
                kind: SamplerKind::DpmSolverPp2m,
                steps,
                spacing: Spacing::Trailing,
                ..SamplerConfig::default()
            },
        };
        let stage = self.stage();
        let begin = || drawing::generate(in_use.model(), &options, &stage.opened.device).ok();
        #[cfg(feature = "gpu")]
        self.compile_draw(in_use.meta.unet, || {
            begin().and_then(|mut drawing| drawing.step());
        })
        .await;
        let mut drawing = begin()?;
        let (mut times, mut pixels) = (Vec::new(), Vec::new());
        for _ in 0..=drawing.steps() {
            let data = drawing.images().clone().into_data_async().await.ok()?;
            pixels.extend(to_bytes(&data.try_into_vec::<f32>().ok()?));
            times.push(drawing.step().unwrap_or(0) as u32);
            yield_now().await;
            if self.previews.get() != number {
                return None;
            }
        }
        Some(Preview {
            digit,
            times,
            pixels,
        })
    }
}
