//! Draft: digits at once, while a control is being moved. What a draft lacks in steps, the generation makes good that follows when
//! the control is let go.

use super::TaskContext;
use crate::images::to_bytes;
use crate::web::drawing;
use crate::web::protocol::{GenerateOptions, Refusal, Sampled, Subject};
use crate::web::weights::ModelWeights;

/// Draw digits with a few steps of the sampler that [`SamplerConfig::draft`](crate::samplers::SamplerConfig::draft) says, and paint
/// them when they are done, so that the canvas goes from one draft to the next without noise in between. `None` if the task was
/// stopped.
///
/// # Errors
/// Names the first option that is out of range, with the range, or says what the device or the canvas refuses.
pub async fn draft(
    context: &TaskContext,
    weights: &ModelWeights,
    options: GenerateOptions,
) -> Result<Option<Sampled>, Refusal> {
    let mut options = drawing::resolved(Subject::Generate, options, &weights.meta, true)?;
    let timesteps = weights.meta.train.timesteps as usize;
    options.sampler = options.sampler.draft(timesteps);
    context.shaders().settled().await;
    let begun = context.now();
    let failed = |code, message| Refusal::new(Subject::Generate, code, message);
    let mut drawing = drawing::generate(weights.model(context.runtime()), &options)?;
    let mut in_flight = context.in_flight();
    while drawing.step().is_some() {
        let launched = in_flight.launched().await;
        launched.map_err(|error| failed("device", error))?;
        if context.stop_requested().is_some() {
            return Ok(None);
        }
    }
    let images = drawing.images().clone();
    let labels = drawing.labels();
    let grid = options.class.grid(images.dims()[0]);
    let painted = context.canvases().generation.paint(&images, grid).await;
    painted.map_err(|error| failed("paint", error))?;
    let data = images.into_data_async().await;
    let data = data.map_err(|error| failed("read_back", format!("{error:?}")))?;
    let pixels = to_bytes(&data.try_into_vec::<f32>().unwrap_or_default());
    let sampled = Sampled::new(options, labels, grid, pixels);
    Ok(Some(Sampled {
        steps: drawing.done() as u32,
        elapsed_s: context.now() - begun,
        ..sampled
    }))
}
