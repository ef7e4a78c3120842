//! Answers to the scenes of Understand: what the noise schedule and the network in use make of one image. The mathematics is
//! that of [`crate::diffusion`]; what is here chooses the numbers to show and reads them back.
//!
//! A question is answered in one go and changes nothing, so the driver lets it run beside a generation or a training session:
//! its launches come between two steps of theirs. Questions that need many forward passes are asked in parts by the page, which
//! so has progress to show and can leave off.

mod forgetting;
mod inside;
mod noisy;
mod predict;
mod schedules;
mod score;
mod step;
mod terms;

use std::sync::Arc;

use super::TaskContext;
use crate::data::Dataset;
use crate::model::Model;
use crate::nn::unet::CLASSES;
use crate::web::protocol::{Answer, ExampleImages, ExplainOptions, Explained, Question};

/// Answer a question about `model` or about the training images, which may not be there.
pub async fn explain(
    context: &TaskContext,
    model: Option<Model>,
    data: Option<Arc<Dataset>>,
    options: ExplainOptions,
) -> Explained {
    context.shaders().settled().await;
    let answer = answer(context, model, data, options.question).await;
    Explained {
        id: options.id,
        answer: answer.unwrap_or_else(Answer::Refused),
    }
}

async fn answer(
    context: &TaskContext,
    model: Option<Model>,
    data: Option<Arc<Dataset>>,
    question: Question,
) -> Result<Answer, String> {
    if let Question::Images = question {
        return Ok(Answer::Images(examples(data.as_deref())));
    }
    let model = model.ok_or("There are no weights yet: train first, or load a weights file.")?;
    let model = &model;
    Ok(match question {
        Question::Images => unreachable!("answered above"),
        Question::Forgetting { noisy, pixel } => {
            Answer::Forgetting(forgetting::forgetting(model, &noisy, pixel).await?)
        }
        Question::Curves { rescale } => Answer::Curves(schedules::curves(model, rescale)),
        Question::Schedules { noisy, rescale } => {
            Answer::Schedules(schedules::schedules(model, &noisy, rescale).await?)
        }
        Question::Predict { noisy, class } => {
            Answer::Predicted(predict::predict(model, &noisy, class).await?)
        }
        Question::Step {
            noisy,
            x_t,
            stride,
            class,
            variance_type,
            clip,
        } => {
            let choices = step::Choices {
                x_t,
                stride,
                class,
                variance_type,
                clip,
            };
            Answer::Step(step::step(model, &noisy, choices).await?)
        }
        Question::PixelStep(options) => {
            Answer::PixelStep(step::pixel_step(model.context().device(), options).await?)
        }
        Question::Terms {
            image,
            seed,
            times,
            class,
            variance_type,
            pixel,
        } => {
            let choices = terms::Choices {
                times,
                class,
                variance_type,
                pixel,
            };
            Answer::Terms(terms::terms(model, &image, seed, choices).await?)
        }
        Question::ScoreRow { plane, row, size } => {
            Answer::ScoreRow(score::row(model, &plane, row, size).await?)
        }
        Question::ScorePoint { plane, point } => {
            Answer::ScorePoint(score::point(model, &plane, point).await?)
        }
        Question::ScoreWalk {
            plane,
            point,
            walk,
            steps,
        } => Answer::ScoreWalk(score::walk(context, model, &plane, point, walk, steps).await?),
        Question::Inside {
            noisy,
            class,
            without,
            pixel,
        } => Answer::Inside(inside::inside(model, &noisy, class, &without, pixel).await?),
    })
}

/// The first image of each class, at most ten.
fn examples(data: Option<&Dataset>) -> ExampleImages {
    let mut found = ExampleImages {
        pixels: Vec::new(),
        labels: Vec::new(),
    };
    let Some(data) = data else {
        return found;
    };
    for (index, label) in data.labels.iter().enumerate() {
        if found.labels.len() == CLASSES {
            break;
        }
        if !found.labels.contains(label) {
            found.labels.push(*label);
            found.pixels.extend_from_slice(data.image(index));
        }
    }
    found
}
