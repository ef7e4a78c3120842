//! A GPU's shaders, compiled before they are launched: what a network's work wants is found by doing it without launching
//! anything, and the browser compiles that while the page goes on. See [`pipelines`].

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use crate::web::controller::App;
use crate::data::Dataset;
use crate::runtime::pipelines;
use crate::ops::wanted;
use crate::training::{TrainConfig, Trainer};
use crate::nn::unet::{PIXELS, UNetConfig};

/// What a network may be about to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Work {
    Drawing,
    Training,
}

/// Most images of a rehearsal: shaders serve every batch, and this many take little time of any adapter.
const REHEARSED: u32 = 4;

impl App {
    /// Have what a draw with such a network wants compiled, `draw` being its first step with all that comes before it. Waits
    /// until that and all that was asked for before is there.
    pub async fn compile_draw(&self, unet: UNetConfig, draw: impl FnOnce()) {
        if self.is_new(unet, Work::Drawing) {
            pipelines::compile(wanted(draw)).await;
        } else {
            pipelines::settled().await;
        }
    }

    /// The same of a training: a step of it on a few blank images.
    pub async fn compile_training(&self, unet: UNetConfig, config: TrainConfig) {
        if !self.is_new(unet, Work::Training) {
            return pipelines::settled().await;
        }
        let config = TrainConfig {
            batch_size: config.batch_size.min(REHEARSED),
            ..config
        };
        let images = config.batch_size as usize;
        let blank = Dataset {
            images: vec![0; images * PIXELS],
            labels: vec![0; images],
            name: "nothing".into(),
        };
        let device = &self.stage().opened.device;
        // What is wrong with the options, the session will say.
        let Ok(mut trainer) = Trainer::new(config, unet, Arc::new(blank), device) else {
            return;
        };
        let texts = wanted(|| {
            // It waits for nothing before all is launched.
            let _ = pin!(trainer.step()).poll(&mut Context::from_waker(Waker::noop()));
        });
        pipelines::compile(texts).await;
        // Its reads must not be dropped.
        let _ = trainer.finish().await;
    }

    /// Whether there is a GPU, which nobody has asked for this before.
    fn is_new(&self, unet: UNetConfig, work: Work) -> bool {
        if self.stage().opened.gpu.is_none() {
            return false;
        }
        let mut compiled = self.compiled.borrow_mut();
        let new = !compiled.contains(&(unet, work));
        if new {
            compiled.push((unet, work));
        }
        new
    }
}
