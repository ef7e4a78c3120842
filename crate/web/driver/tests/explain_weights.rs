//! Questions about the weights in use: which they are, what they did in the last draw, and the variance that they say.

use super::explain::{asked, close, noisy, refused};
use super::*;
use crate::diffusion::schedule::VarianceType;
use crate::web::protocol::{Answer, DrawnPass, ExplainOptions, Question};

/// Answers are about the weights in use: those of a session once it is held, and those of before after a reset.
#[test]
fn answers_follow_the_weights() {
    let page = Page::with_weights();
    let (images, labels) = digits(12);
    page.driver.load_data(&images, &labels, "digits");
    page.events();
    let said = || match asked(
        &page,
        Question::Predict {
            noisy: noisy(9),
            class: None,
        },
    ) {
        Answer::Predicted(predicted) => predicted.eps_hat,
        other => panic!("{other:?}"),
    };
    let loaded = said();
    finish(page.begin(Command::Train(train_options())));
    page.events();
    assert_ne!(said(), loaded);
    page.tell(Command::Reset);
    page.events();
    assert_eq!(said(), loaded);
}

/// While a session runs the answers are about its average: that of its beginning, until the newest is asked for.
#[test]
fn answers_follow_a_session_that_runs_when_asked() {
    let page = Page::with_weights();
    let (images, labels) = digits(12);
    page.driver.load_data(&images, &labels, "digits");
    let mut options = train_options();
    options.max_steps = 0;
    let mut training = page.begin(Command::Train(options));
    page.events();
    let explain = |question| page.begin(Command::Explain(ExplainOptions { id: 5, question }));
    let answer = || {
        let events = page.events();
        let found = events.iter().find_map(|event| match event {
            Event::Explained(explained) => Some(explained.answer.clone()),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("no answer: {events:?}"))
    };
    let step = |training: &mut Run, newest| {
        let mut asked = explain(Question::Weights { newest });
        for _ in 0..20 {
            if poll(&mut asked) {
                break;
            }
            // The session takes a step, after which it hands its average over.
            assert!(!poll(training));
        }
        match answer() {
            Answer::Weights { step } => step,
            other => panic!("{other:?}"),
        }
    };
    let said = || {
        finish(explain(Question::Predict {
            noisy: noisy(9),
            class: None,
        }));
        match answer() {
            Answer::Predicted(predicted) => predicted.eps_hat,
            other => panic!("{other:?}"),
        }
    };
    let fresh = said();
    for _ in 0..3 {
        assert!(!poll(&mut training));
    }
    assert_eq!(step(&mut training, false), 0);
    assert_eq!(said(), fresh, "the same weights until others are asked for");
    let newest = step(&mut training, true);
    assert!(newest >= 3, "{newest}");
    let later = said();
    assert_ne!(later, fresh);
    for _ in 0..2 {
        assert!(!poll(&mut training));
    }
    assert_eq!((step(&mut training, false), said()), (newest, later));
    page.tell(Command::Pause);
    finish(training);
    page.events();
    assert!(step_of_held(&page) > newest);
}

/// Two questions for the newest average wait for the same step: the session hands its average over once, and both are answered
/// from it. A question whose session ends meanwhile is answered, too, though another session runs by then.
#[test]
fn questions_for_the_newest_do_not_wait_for_the_end_of_a_session() {
    let page = Page::with_weights();
    let (images, labels) = digits(12);
    page.driver.load_data(&images, &labels, "digits");
    let mut options = train_options();
    options.max_steps = 0;
    let mut training = page.begin(Command::Train(options));
    assert!(!poll(&mut training));
    let question = Question::Weights { newest: true };
    let newest = || {
        page.begin(Command::Explain(ExplainOptions {
            id: 5,
            question: question.clone(),
        }))
    };
    let mut asked = [newest(), newest()];
    let mut answered = [false; 2];
    for _ in 0..20 {
        for (run, answered) in asked.iter_mut().zip(&mut answered) {
            *answered = *answered || poll(run);
        }
        if answered == [true; 2] {
            break;
        }
        assert!(!poll(&mut training));
    }
    assert_eq!(answered, [true; 2], "both are answered within some steps");
    let steps: Vec<Answer> = (page.events().into_iter())
        .filter_map(|event| match event {
            Event::Explained(explained) => Some(explained.answer),
            _ => None,
        })
        .collect();
    match &steps[..] {
        [
            Answer::Weights { step: one },
            Answer::Weights { step: other },
        ] => assert_eq!(one, other),
        other => panic!("{other:?}"),
    }

    let mut late = newest();
    assert!(!poll(&mut late));
    page.tell(Command::Pause);
    finish(training);
    let mut resumed = page.begin(Command::Resume);
    assert!(!poll(&mut resumed));
    assert!(poll(&mut late), "its session has ended");
    page.tell(Command::Pause);
    finish(resumed);
}

/// The step of the weights that questions are about when nothing runs.
fn step_of_held(page: &Page) -> u32 {
    match asked(page, Question::Weights { newest: true }) {
        Answer::Weights { step } => step,
        other => panic!("{other:?}"),
    }
}

/// Of a pass of the last draw the network shows what it did there, as far as the bytes that are kept say it.
#[test]
fn the_inside_of_a_pass_of_the_last_draw() {
    let page = Page::with_weights();
    let question = |digit, frame| Question::Inside {
        noisy: noisy(9),
        drawn: Some(DrawnPass { digit, frame }),
        class: None,
        without: Vec::new(),
        pixel: 0,
    };
    assert!(refused(&page, question(0, 0)).contains("draw some digits"));
    finish(page.begin(Command::Generate(draw())));
    page.events();
    let Answer::Inside(found) = asked(&page, question(1, 2)) else {
        panic!("another answer");
    };
    assert_eq!((found.level.t, found.errors), (6, None));
    let drawn = page.driver.held.borrow().drawn.clone().unwrap();
    let mut x_t = std::pin::pin!(drawn.trajectory.x_t(1, 2));
    let Poll::Ready(Ok(x_t)) = x_t.as_mut().poll(&mut Polling::from_waker(Waker::noop())) else {
        panic!("the CPU answers at once");
    };
    assert_eq!(found.x_t, x_t);
    assert!(refused(&page, question(2, 0)).contains("has 2"));
    assert!(refused(&page, question(0, 4)).contains("4 are kept"));
}

/// Weights whose network says the variance, between β̃ and β: σ² of each pixel is in that range, and the step's noise has it.
#[test]
fn a_step_back_with_the_networks_own_variance() {
    let page = Page::open();
    let unet = crate::nn::unet::UNetConfig {
        out_channels: 2,
        ..Preset::Tiny.config()
    };
    let layout = UNet::layout(&unet);
    let mut values = layout.initial(0);
    for (at, value) in values.iter_mut().enumerate() {
        *value += 0.03 * (at as f32).sin();
    }
    let train = TrainConfig {
        timesteps: 20,
        variance_type: VarianceType::LearnedRange,
        loss: crate::training::LossKind::Hybrid,
        ..TrainConfig::default()
    };
    let weights = Checkpoint::new(Metadata::new(unet, train), values);
    let file = checkpoint::encode(&weights, UNet::layout, Dtype::F32);
    let preview = page.driver.load_weights(&file.unwrap(), "a file", true);
    finish(preview.expect("sound weights"));
    page.events();
    let question = |t| Question::Step {
        noisy: noisy(t),
        x_t: Vec::new(),
        stride: 1,
        class: None,
        variance_type: VarianceType::LearnedRange,
        clip: true,
    };
    let Answer::Step(found) = asked(&page, question(9)) else {
        panic!("another answer");
    };
    let c = found.coefficients;
    assert_eq!((c.sigma, found.variance.len()), (None, PIXELS));
    for at in 0..PIXELS {
        // The network's v is not confined to −1 … 1, so neither is σ² to the range that it names.
        let variance = f64::from(found.variance[at]);
        assert!(variance > 0.0 && variance.is_finite());
        let noise = variance.sqrt() * f64::from(found.z[at]);
        close(found.noise[at], noise, 1e-4 * noise.abs().max(1.0));
    }
    let spread = found
        .variance
        .iter()
        .any(|&it| (it - found.variance[0]).abs() > 1e-7);
    assert!(spread, "each pixel has its own");
    let Answer::Step(last) = asked(&page, question(0)) else {
        panic!("another answer");
    };
    assert!(last.variance.is_empty() && last.noise.iter().all(|&noise| noise == 0.0));
}
