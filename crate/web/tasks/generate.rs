//! Generate: digits out of noise. The sampler goes as fast as the device lets it; the browser's frames decide which of its
//! steps are seen.

use burn::tensor::Device;
use wasm_bindgen_futures::spawn_local;

use crate::web::controller::{App, Halt};
use crate::web::drawing::{self, Drawing, Refused};
use crate::web::event_loop::{frame_due, now};
use crate::web::in_flight::InFlight;
use crate::web::rate_meter::RateMeter;
use crate::web::protocol::{Activity, EditOptions, Event, GenerateOptions, Sampled, SamplingProgress};
use crate::images::{Grid, fingerprint, to_bytes};
use crate::samplers::{Model};

/// A generation under way.
pub struct Generation {
    options: GenerateOptions,
    drawing: Drawing,
    pace: RateMeter,
    flight: InFlight,
    /// How far it is, if that has not been shown.
    unseen: Option<SamplingProgress>,
}

impl Generation {
    /// Take note of a step that was at `t`.
    fn passed(&mut self, t: usize) {
        let (step, steps) = (self.drawing.done(), self.drawing.steps());
        self.pace.record(now(), step as f64);
        self.unseen = Some(SamplingProgress {
            step: step as u32,
            steps: steps as u32,
            t: t as u32,
            elapsed_s: self.pace.elapsed(now()),
            left_s: self.pace.left((steps - step) as f64).unwrap_or_default(),
        });
    }
}

impl App {
    /// Begin a generation, in place of one that may be held.
    pub fn generate(&self, options: GenerateOptions) {
        self.begin("generate", |model, device| {
            Ok((drawing::generate(model, &options, device)?, options))
        });
    }

    /// The same from a picture.
    pub fn edit(&self, options: EditOptions) {
        self.begin("edit", |model, device| {
            Ok((drawing::edit(model, &options, device)?, options.draw))
        });
    }

    fn begin(
        &self,
        what: &str,
        draw: impl FnOnce(Model, &Device) -> Result<(Drawing, GenerateOptions), Refused>,
    ) {
        let Some(in_use) = self.in_use() else {
            return self.refuse(
                what,
                "no_weights",
                "There are no weights yet: train first, or load a weights file.".into(),
            );
        };
        match draw(in_use.model(), &self.stage().opened.device) {
            Ok((drawing, options)) => {
                self.generation.take();
                self.run_generation(Generation {
                    options,
                    drawing,
                    pace: RateMeter::default(),
                    flight: InFlight::new(&self.stage().opened),
                    unseen: None,
                });
            }
            Err(Refused { code, message }) => self.refuse(what, code, message),
        }
    }

    /// Start the loop.
    pub fn run_generation(&self, mut generation: Generation) {
        self.running.set(Activity::Generation);
        self.halt.set(Halt::No);
        self.announce();
        let app = self.clone();
        spawn_local(async move {
            // What is being compiled already would be compiled twice.
            #[cfg(feature = "gpu")]
            crate::runtime::pipelines::settled().await;
            generation.pace.start(now());
            let mut left = Ok(true);
            while app.halt.get() == Halt::No && left == Ok(true) {
                left = app.step_generation(&mut generation).await;
            }
            generation.pace.stop(now());
            app.show(&mut generation).await;
            let complete = left == Ok(false);
            if let Err(error) = left {
                app.refuse("generate", "device", error);
                return app.end_generation(generation, false).await;
            }
            match app.halt.get() {
                Halt::Pause if !complete => {
                    app.generation.replace(Some(generation));
                    app.running.set(Activity::Nothing);
                    app.announce();
                }
                _ => app.end_generation(generation, complete).await,
            }
        });
    }

    /// One reverse step, shown if a frame is due. False when there was none left.
    ///
    /// # Errors
    /// What the device says when it takes no more.
    async fn step_generation(&self, generation: &mut Generation) -> Result<bool, String> {
        let Some(t) = generation.drawing.step() else {
            return Ok(false);
        };
        let device = &self.stage().opened.device;
        let turned = generation.flight.launched(device).await?;
        generation.passed(t);
        // A frame is asked for, and told of, in the event loop's turn only.
        if turned && frame_due() {
            self.show(generation).await;
        }
        Ok(true)
    }

    /// Paint a generation as it stands, unless it is what was painted last.
    async fn show(&self, generation: &mut Generation) {
        let Some(progress) = generation.unseen.take() else {
            return;
        };
        let images = generation.drawing.images();
        let grid = Grid::square(images.dims()[0]);
        if let Err(error) = self.stage().generation.paint(images, grid).await {
            self.refuse("generate", "paint", error);
        }
        self.emit(&Event::Sampling(progress));
    }

    /// Hand out what was drawn and let go of the generation.
    pub async fn end_generation(&self, mut generation: Generation, complete: bool) {
        let images = generation.drawing.images().clone();
        generation.options.count = images.dims()[0] as u32;
        match images.into_data_async().await {
            Ok(data) => {
                let pixels = to_bytes(&data.try_into_vec::<f32>().unwrap_or_default());
                self.emit(&Event::Sampled(Sampled {
                    options: generation.options,
                    steps: generation.drawing.done() as u32,
                    complete,
                    elapsed_s: generation.pace.elapsed(now()),
                    fingerprint: fingerprint(&pixels),
                    pixels,
                }));
            }
            Err(error) => self.refuse("generate", "read_back", format!("{error:?}")),
        }
        self.running.set(Activity::Nothing);
        self.announce();
    }
}
