//! The schedules beside one another.

use super::noisy::{Noisy, eps_of, level, read_images};
use crate::diffusion::schedule::{Schedule, ScheduleKind};
use crate::model::Model;
use crate::web::protocol::{NoisyImage, ScheduleCurve, ScheduleSample, Schedules};

/// Points of a curve: more than a chart has room to tell apart on a phone.
const POINTS: usize = 101;

/// Every schedule over the model's T, with the default ends.
fn all(model: &Model, rescale: bool) -> [(ScheduleKind, Schedule); ScheduleKind::ALL.len()] {
    let timesteps = model.schedule.timesteps();
    ScheduleKind::ALL.map(|kind| (kind, Schedule::new(kind, timesteps, rescale)))
}

/// The curves of every schedule.
pub(super) fn curves(model: &Model, rescale: bool) -> Vec<ScheduleCurve> {
    let curve = |(kind, schedule): &(ScheduleKind, Schedule)| {
        let times = schedule.subset(POINTS);
        let levels = times
            .iter()
            .rev()
            .filter_map(|&t| level(schedule, t as u32).ok());
        ScheduleCurve {
            kind: *kind,
            levels: levels.collect(),
        }
    };
    all(model, rescale).iter().map(curve).collect()
}

/// The image at t under every schedule, with the same ε.
///
/// # Errors
/// If the question names no image or step, or if the device does not give numbers back.
pub(super) async fn schedules(
    model: &Model,
    asked: &NoisyImage,
    rescale: bool,
) -> Result<Schedules, String> {
    let ctx = model.context();
    let all = all(model, rescale);
    let mut levels = Vec::new();
    let mut images = Vec::new();
    for (_, schedule) in &all {
        let noisy = Noisy::of(ctx, schedule, asked)?;
        levels.push(noisy.level);
        images.push(noisy.x_t);
    }
    images.push(eps_of(ctx, asked.seed));
    let images: [_; ScheduleKind::ALL.len() + 1] =
        images.try_into().map_err(|_| "An image is missing.")?;
    let mut read = read_images(images).await?;
    let eps = std::mem::take(&mut read[ScheduleKind::ALL.len()]);
    let samples = all.into_iter().zip(levels).zip(read);
    Ok(Schedules {
        eps,
        samples: samples
            .map(|(((kind, _), level), x_t)| ScheduleSample { kind, level, x_t })
            .collect(),
    })
}
