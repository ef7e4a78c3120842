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

use std::rc::Rc;
use std::sync::Arc;

use super::{KeptDraw, TaskContext};
use crate::data::Dataset;
use crate::model::Model;
use crate::nn::unet::CLASSES;
use crate::web::protocol::{Answer, ExampleImages, ExplainOptions, Explained, Question};
use crate::web::weights::ModelWeights;

/// What questions are about, as far as it is there.
pub struct About {
    /// The weights in use.
    pub weights: Option<ModelWeights>,
    /// The network with them.
    pub model: Option<Model>,
    /// The training images.
    pub data: Option<Arc<Dataset>>,
    /// The frames of the last draw.
    pub drawn: Option<Rc<KeptDraw>>,
}

/// Answer a question.
pub async fn explain(context: &TaskContext, about: About, options: ExplainOptions) -> Explained {
    context.shaders().settled().await;
    let answer = answer(context, about, options.question).await;
    Explained {
        id: options.id,
        answer: answer.unwrap_or_else(Answer::Refused),
    }
}

async fn answer(context: &TaskContext, about: About, question: Question) -> Result<Answer, String> {
    if let Question::Images = question {
        return Ok(Answer::Images(examples(about.data.as_deref())));
    }
    let (Some(model), Some(weights)) = (&about.model, &about.weights) else {
        return Err("There are no weights yet: train first, or load a weights file.".into());
    };
    Ok(match question {
        Question::Images => unreachable!("answered above"),
        Question::Weights { .. } => Answer::Weights {
            step: weights.meta.step as u32,
        },
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
            drawn,
            class,
            without,
            pixel,
        } => {
            let given = match drawn {
                None => inside::Given::of_image(model, &noisy)?,
                Some(pass) => inside::Given::of_pass(model, about.drawn.as_deref(), pass).await?,
            };
            Answer::Inside(inside::inside(model, given, class, &without, pixel).await?)
        }
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
