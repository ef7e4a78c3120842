//! A GPU's shaders, compiled before they are launched. A dry run of the work finds the shaders without launching any, and
//! the browser compiles them while the page goes on.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use crate::data::Dataset;
use crate::nn::unet::{PIXELS, UNetConfig};
use crate::runtime::Runtime;
use crate::training::{TrainConfig, Trainer};
use crate::web::host::ShaderCompiler;

/// The work that launches shaders. Some shaders serve more than one kind of work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Drawing,
    /// Drawing with a guide of this shape.
    GuidedDrawing(UNetConfig),
    Training,
}

/// Most images of a dry run: shaders serve every batch, and so few take little time on any adapter.
const DRY_RUN_IMAGES: u32 = 4;

/// Remembers which shaders have been compiled for which network.
pub struct ShaderCache {
    /// `None` without a GPU: then nothing is compiled, and nothing waited for.
    compiler: Option<Rc<dyn ShaderCompiler>>,
    requested: RefCell<Vec<(UNetConfig, Use)>>,
}

impl ShaderCache {
    /// Nothing compiled yet.
    pub fn new(compiler: Option<Rc<dyn ShaderCompiler>>) -> Self {
        let requested = RefCell::default();
        Self {
            compiler,
            requested,
        }
    }

    /// Wait for all that is being compiled: launched now, it would be compiled twice.
    pub async fn settled(&self) {
        if let Some(compiler) = &self.compiler {
            compiler.settled().await;
        }
    }

    /// Compile what drawing with this network launches. `first_step` is the first step of a draw, with all that comes
    /// before it, on the runtime that it is given. `guide` is the shape of the network's guide if the draw makes use of it.
    pub async fn compile_drawing(
        &self,
        unet: UNetConfig,
        guide: Option<UNetConfig>,
        runtime: &Runtime,
        first_step: impl FnOnce(&Runtime),
    ) {
        let what = guide.map_or(Use::Drawing, Use::GuidedDrawing);
        match self.first_request(unet, what) {
            Some(compiler) => compiler.compile(dry_run(runtime, first_step)).await,
            None => self.settled().await,
        }
    }

    /// Compile what training this network launches, which a step on a few blank images shows. Options that cannot be
    /// trained with are left for the session to refuse.
    pub async fn compile_training(&self, unet: UNetConfig, config: TrainConfig, runtime: &Runtime) {
        let Some(compiler) = self.first_request(unet, Use::Training) else {
            return self.settled().await;
        };
        let config = TrainConfig {
            batch_size: config.batch_size.min(DRY_RUN_IMAGES),
            ..config
        };
        let images = config.batch_size as usize;
        let blank = Dataset::of_digits(vec![0; images * PIXELS], vec![0; images], "nothing");
        let mut dry = None;
        let texts = dry_run(runtime, |runtime| {
            let Ok(mut trainer) = Trainer::new(config, unet, Arc::new(blank), runtime) else {
                return;
            };
            // A step awaits nothing before all of it is launched, so one poll is enough.
            let _ = pin!(trainer.step()).poll(&mut Context::from_waker(Waker::noop()));
            dry = Some(trainer);
        });
        compiler.compile(texts).await;
        if let Some(mut trainer) = dry {
            // A read under way must not be dropped (see Trainer).
            let _ = trainer.finish().await;
        }
    }

    /// The compiler, if there is one and this has not been requested of it before.
    fn first_request(&self, unet: UNetConfig, what: Use) -> Option<&dyn ShaderCompiler> {
        let compiler = self.compiler.as_deref()?;
        let mut requested = self.requested.borrow_mut();
        if requested.contains(&(unet, what)) {
            return None;
        }
        requested.push((unet, what));
        Some(compiler)
    }
}

/// The texts of the shaders that `work` launches on the runtime that it is given.
fn dry_run(runtime: &Runtime, work: impl FnOnce(&Runtime)) -> Vec<String> {
    let context = runtime.context();
    context.collect_shaders(|dry| work(&runtime.with_context(dry)))
}
