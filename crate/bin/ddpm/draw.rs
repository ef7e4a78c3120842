//! Drawing digits, for all commands that draw.

mod by_ranks;

use anyhow::{anyhow, ensure};
use ddpm::checkpoint::Checkpoint;
use ddpm::diffusion::schedule::Spacing;
use ddpm::diffusion::{DEFAULT_CFG_SCALE, GuidanceInterval, MAX_CFG_SCALE};
use ddpm::images::to_bytes;
use ddpm::model::Model;
use ddpm::nn::unet::UNetConfig;
use ddpm::nn::var_builder::flat_tensor;
use ddpm::runtime::Runtime;
use ddpm::samplers::{Class, SampleNoise, SamplerConfig, SamplerKind, Sampling, VarianceType};
use serde::Serialize;

pub use by_ranks::{Run, runs_from_bytes, runs_to_bytes};

/// The sampler that draws if no other is named, and its number of steps.
const DEFAULT_SAMPLER: (SamplerKind, u32) = (SamplerKind::DpmSolverPp2m, 25);

/// The options for drawing.
/// The defaults give good digits soonest, by the measurements in docs/quality.md.
#[derive(clap::Args, Debug, Clone)]
pub struct DrawArgs {
    /// How to go from noise to digits
    #[arg(long, value_enum, default_value_t = DEFAULT_SAMPLER.0)]
    sampler: SamplerKind,
    /// Forward passes of the network for each digit, 1 to the T of the weights
    #[arg(long, default_value_t = DEFAULT_SAMPLER.1)]
    steps: u32,
    /// Guidance, 0 to 8, 1 for none; by default what the weights say. With a class it is classifier-free: 0 takes no notice of the
    /// class, and more than 1 exaggerates it. Without one it leads away from what the weights' guide draws, if they have one
    #[arg(long)]
    cfg_scale: Option<f64>,
    /// Guidance only where t is at least this share of T, 0 to --cfg-t-max (0 is down to the last step); by default what the weights
    /// say
    #[arg(long)]
    cfg_t_min: Option<f64>,
    /// Guidance only where t is below this share of T, --cfg-t-min to 1 (1 is up to the noisiest step); by default what the weights say
    #[arg(long)]
    cfg_t_max: Option<f64>,
    /// Which t the steps are at
    #[arg(long, value_enum, default_value_t = SamplerConfig::default().spacing)]
    spacing: Spacing,
    /// σ² of DDPM's reverse step
    #[arg(long, value_enum, default_value_t = SamplerConfig::default().variance_type)]
    variance: VarianceType,
    /// η of DDIM and DPM-Solver++, 0 (no noise after x_T) to 1 (as much as DDPM); by default 1, but 0 for DDIM where a class is asked
    /// for
    #[arg(long)]
    eta: Option<f64>,
    /// Do not hold x̂₀ in −1 … 1
    #[arg(long)]
    no_clip: bool,
    /// Dynamic thresholding of x̂₀ in place of clipping
    #[arg(long)]
    thresholding: bool,
    /// The percentile of |x̂₀| that thresholding takes for the range, above 0 and at most 1
    #[arg(long, default_value_t = SamplerConfig::default().threshold_percentile)]
    threshold_percentile: f64,
    /// Passes that Langevin takes at each noise level, 1 or more
    #[arg(long, default_value_t = SamplerConfig::default().langevin_inner)]
    langevin_inner: u32,
    /// Their size as a share of the level's variance, above 0 and at most 2
    #[arg(long, default_value_t = SamplerConfig::default().langevin_step_size)]
    langevin_step_size: f64,
    /// The same seed and weights give the same digits on one device
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Images in one forward pass (twice as many with guidance)
    #[arg(long, default_value_t = 64)]
    batch: u32,
}

/// The settings that, with the weights and the labels, determine the digits.
#[derive(Debug, Clone, Serialize)]
pub struct DrawSettings {
    /// The sampler and its options.
    pub sampler: SamplerConfig,
    /// The guidance scale, 0 to [`MAX_CFG_SCALE`]; 1 is no guidance.
    pub cfg_scale: f64,
    /// The steps in which guidance acts.
    #[serde(flatten)]
    pub interval: GuidanceInterval,
    /// The seed of the noise.
    pub seed: u64,
}

impl DrawArgs {
    /// The settings that the options name, for digits of this class and these weights.
    pub fn settings(&self, checkpoint: &Checkpoint, class: &Class) -> DrawSettings {
        let with_class = *class != Class::None && checkpoint.meta.unet.classes > 0;
        let eta = self.sampler.info().eta.of(with_class);
        let interval = checkpoint.meta.cfg_interval(with_class);
        DrawSettings {
            sampler: SamplerConfig {
                kind: self.sampler,
                steps: self.steps,
                spacing: self.spacing,
                variance_type: self.variance,
                eta: self.eta.unwrap_or(eta),
                clip: !self.no_clip,
                thresholding: self.thresholding,
                threshold_percentile: self.threshold_percentile,
                langevin_inner: self.langevin_inner,
                langevin_step_size: self.langevin_step_size,
            },
            cfg_scale: self
                .cfg_scale
                .unwrap_or(checkpoint.meta.cfg_scale(with_class)),
            interval: GuidanceInterval {
                cfg_t_min: self.cfg_t_min.unwrap_or(interval.cfg_t_min),
                cfg_t_max: self.cfg_t_max.unwrap_or(interval.cfg_t_max),
            },
            seed: self.seed,
        }
    }

    /// The same options with another sampler and number of steps; what nobody chose is then what that sampler has by default.
    pub fn with_sampler(&self, sampler: SamplerKind, steps: u32) -> Self {
        Self {
            sampler,
            steps,
            ..self.clone()
        }
    }

    /// Checks the options against the weights, whose T limits the steps.
    ///
    /// # Errors
    /// Names the first number that is out of range.
    pub fn validate(&self, checkpoint: &Checkpoint) -> anyhow::Result<()> {
        ensure!(self.batch > 0, "--batch must be at least 1");
        self.settings(checkpoint, &Class::All).validate(checkpoint)
    }

    /// Images in one forward pass.
    pub fn batch(&self) -> usize {
        self.batch as usize
    }
}

/// `ddpm learning-curve` draws with these settings. The default sampler adds no noise on the way here (η = 0), because the curves of
/// docs/training.md were measured so.
impl Default for DrawSettings {
    fn default() -> Self {
        let (kind, steps) = DEFAULT_SAMPLER;
        Self {
            sampler: SamplerConfig {
                kind,
                steps,
                ..SamplerConfig::default()
            },
            cfg_scale: DEFAULT_CFG_SCALE,
            interval: GuidanceInterval::ALL,
            seed: 0,
        }
    }
}

impl DrawSettings {
    /// The same sampler with the same number of steps and every other option at its default.
    pub fn default_sampler(&self) -> SamplerConfig {
        SamplerConfig {
            kind: self.sampler.kind,
            steps: self.sampler.steps,
            ..SamplerConfig::default()
        }
    }

    fn validate(&self, checkpoint: &Checkpoint) -> anyhow::Result<()> {
        let recipe = &checkpoint.meta.train;
        self.sampler
            .validate(recipe.timesteps as usize, recipe.variance_type)
            .map_err(anyhow::Error::msg)?;
        ensure!(
            (0.0..=MAX_CFG_SCALE).contains(&self.cfg_scale),
            "--cfg-scale is {}; it must be between 0 and {MAX_CFG_SCALE} (1 is no guidance)",
            self.cfg_scale
        );
        self.interval
            .validate()
            .map_err(|reason| anyhow!("--cfg-t-min, --cfg-t-max: {reason}"))
    }
}

/// A network and the settings to draw with it.
pub struct Generator {
    model: Model,
    settings: DrawSettings,
    batch: usize,
    runtime: Runtime,
}

impl Generator {
    /// Loads the network of `checkpoint`, to draw `batch` images in each forward pass.
    ///
    /// # Errors
    /// Names the first setting that is out of range for these weights.
    pub fn new(
        checkpoint: &Checkpoint,
        settings: DrawSettings,
        batch: usize,
        runtime: &Runtime,
    ) -> anyhow::Result<Self> {
        settings.validate(checkpoint)?;
        let mut model = load(checkpoint, runtime);
        model.cfg_interval = settings.interval;
        model.guide_interval = settings.interval;
        Ok(Self {
            model,
            settings,
            batch,
            runtime: runtime.clone(),
        })
    }

    /// The network's shape.
    pub fn unet(&self) -> &UNetConfig {
        self.model.config()
    }

    /// The settings it draws with.
    pub fn settings(&self) -> &DrawSettings {
        &self.settings
    }

    /// The number of images in a forward pass.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Draws one image for each label. The noise is that of the images `first`, `first` + 1 and so on of the seed, so a
    /// draw can be continued. After each step of a batch, `progress` gets the batch's size: the sum of these numbers is
    /// (images drawn) × (steps).
    ///
    /// # Errors
    /// If a label is out of range, or the device fails.
    pub fn draw(
        &self,
        first: u32,
        labels: &[u8],
        progress: impl FnMut(u64),
    ) -> anyhow::Result<Vec<u8>> {
        Ok(to_bytes(&self.draw_numbers(first, labels, progress)?))
    }

    /// As [`draw`](Self::draw), but gives the numbers that become pixels: from −1 (black) to 1 (white), and a little beyond where
    /// the last pass leads there.
    ///
    /// # Errors
    /// If a label is out of range, or the device fails.
    pub fn draw_numbers(
        &self,
        first: u32,
        labels: &[u8],
        mut progress: impl FnMut(u64),
    ) -> anyhow::Result<Vec<f32>> {
        let mut pixels = Vec::new();
        for (labels, start) in labels.chunks(self.batch).zip((first..).step_by(self.batch)) {
            pixels.extend(self.draw_batch(start, labels, |_| {
                progress(labels.len() as u64);
                Ok(())
            })?);
        }
        Ok(pixels)
    }

    /// Draws one batch. `after_step` gets the number of each step when it is taken, from 1; its error ends the draw.
    fn draw_batch(
        &self,
        first: u32,
        labels: &[u8],
        mut after_step: impl FnMut(usize) -> anyhow::Result<()>,
    ) -> anyhow::Result<Vec<f32>> {
        let noise = SampleNoise {
            seed: self.settings.seed,
            first,
        };
        let (model, cfg_scale) = (self.model.clone(), self.settings.cfg_scale);
        let sampler = self.settings.sampler.build(&model.schedule);
        let mut sampling = Sampling::guided(model, labels, cfg_scale, sampler, noise)
            .map_err(anyhow::Error::msg)?;
        let mut steps = 0;
        while sampling.step().is_some() {
            steps += 1;
            after_step(steps)?;
        }
        super::numbers(sampling.images().clone())
    }
}

/// Builds the model of a weights file.
pub fn load(checkpoint: &Checkpoint, runtime: &Runtime) -> Model {
    let [params, guide] =
        [&checkpoint.values, &checkpoint.guide].map(|values| flat_tensor(values, runtime.device()));
    let guide = checkpoint.meta.guide.as_ref().map(|_| guide);
    checkpoint.meta.model(runtime, params, guide)
}
