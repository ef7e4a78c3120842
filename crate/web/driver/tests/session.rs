//! What a training session tells of its steps, what may be changed while it is open, and how long one would take.

use super::*;
use crate::checkpoint::TrainState;
use crate::training::learning_rate;
use crate::web::protocol::{AdjustOptions, Examples, TrainingProgress};

fn with_digits(count: usize) -> Page {
    let page = Page::open();
    let (images, labels) = digits(count);
    page.driver.load_data(&images, &labels, "digits");
    page.events();
    page
}

fn progress(events: &[Event]) -> Vec<TrainingProgress> {
    let of = |event: &Event| match event {
        Event::Training(progress) => Some(progress.clone()),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

/// Steps whose losses are known.
fn steps(events: &[Event]) -> Vec<u32> {
    let all = progress(events);
    all.iter()
        .flat_map(|it| &it.losses)
        .map(|it| it.0)
        .collect()
}

fn last_state(events: &[Event]) -> TrainState {
    let of = |event: &Event| match event {
        Event::Checkpoint { bytes, .. } => Some(bytes.clone()),
        _ => None,
    };
    let bytes = events
        .iter()
        .filter_map(of)
        .next_back()
        .expect("a checkpoint");
    checkpoint::decode_state(&bytes, UNet::layout).unwrap()
}

fn adjust(options: AdjustOptions) -> Command {
    Command::Adjust(options)
}

#[test]
fn every_step_is_told_with_its_gradient_and_its_learning_rate() {
    let page = with_digits(12);
    let config = TrainConfig {
        warmup_steps: 4,
        ..train_options().config
    };
    let options = TrainOptions {
        config: config.clone(),
        max_steps: 6,
        ..train_options()
    };
    finish(page.begin(Command::Train(options)));
    let events = page.events();
    let all = progress(&events);
    let recipe = TrainConfig {
        decay_steps: 6,
        ..config
    };
    let mut seen = Vec::new();
    for progress in &all {
        assert_eq!(progress.losses.len(), progress.grad_norms.len());
        assert_eq!(progress.losses.len(), progress.learning_rates.len());
        for ((step, loss), rate) in progress.losses.iter().zip(&progress.learning_rates) {
            assert_eq!(*rate, learning_rate(&recipe, u64::from(step - 1)));
            seen.push((*step, *loss));
        }
        assert!(progress.grad_norms.iter().all(|norm| *norm > 0.0));
    }
    assert_eq!(seen.len(), 6);
    assert!(all.last().unwrap().tenths.iter().flatten().count() > 2);
    let state = last_state(&events);
    let about = state.record.unwrap().about;
    let norms: Vec<f32> = all.iter().flat_map(|it| it.grad_norms.clone()).collect();
    let kept: Vec<f32> = about.metrics.iter().map(|point| point.grad_norm).collect();
    assert_eq!(kept, norms, "they are part of a checkpoint");
}

#[test]
fn a_single_step_is_exactly_one() {
    let page = with_digits(12);
    let mut run = page.begin(Command::Train(TrainOptions {
        max_steps: 8,
        ..train_options()
    }));
    assert!(!poll(&mut run));
    page.tell(Command::Step);
    page.tell(Command::Pause);
    finish(run);
    let before = steps(&page.events());
    for number in 1..=3 {
        finish(page.begin(Command::Step));
        let events = page.events();
        assert_eq!(steps(&events), [before.len() as u32 + number]);
        let Event::State { state, can, .. } = events.last().unwrap() else {
            panic!("{events:?}");
        };
        assert_eq!((*state, can.step, can.resume), (State::Paused, true, true));
    }
}

#[test]
fn learning_rate_batch_and_a_stop_may_be_changed() {
    let page = with_digits(12);
    let options = TrainOptions {
        max_steps: 0,
        ..train_options()
    };
    let mut run = page.begin(Command::Train(options));
    assert!(!poll(&mut run));
    page.tell(adjust(AdjustOptions {
        learning_rate: Some(5e-3),
        batch_size: Some(3),
        stop_at: Some(6),
    }));
    finish(run);
    let events = page.events();
    let all = progress(&events);
    let last = all.last().unwrap();
    assert_eq!((last.step, last.batch_size, last.stop_at), (6, 3, None));
    assert_eq!(last.peak_learning_rate, 5e-3);
    assert_eq!(name(events.last().unwrap()), "paused training");
    // In two steps of 2 images at most, and then in steps of 3.
    let seen = last.epoch * 12.0;
    assert!((seen - 16.0).abs() < 2.1, "{seen} images");
    let state = last_state(&events);
    assert_eq!(
        (state.meta.train.batch_size, state.meta.train.learning_rate),
        (3, 5e-3)
    );
    assert_ne!(state.meta.train.first_example, 0.0);

    // While it is held: what cannot be so changes nothing.
    for (options, word) in [
        (
            AdjustOptions {
                batch_size: Some(13),
                ..AdjustOptions::default()
            },
            "12 images",
        ),
        (
            AdjustOptions {
                learning_rate: Some(0.0),
                ..AdjustOptions::default()
            },
            "learning rate",
        ),
        (
            AdjustOptions {
                stop_at: Some(6),
                ..AdjustOptions::default()
            },
            "stands at step 6",
        ),
    ] {
        let refusal = page.refused(adjust(options));
        assert!(refusal.message.contains(word), "{}", refusal.message);
    }
    page.tell(adjust(AdjustOptions {
        learning_rate: Some(1e-3),
        stop_at: Some(8),
        ..AdjustOptions::default()
    }));
    let [held] = &progress(&page.events())[..] else {
        panic!("the page is told how it goes on");
    };
    assert_eq!((held.peak_learning_rate, held.stop_at), (1e-3, Some(8)));
    // It is saved although it has taken no step.
    finish(page.begin(Command::Checkpoint));
    assert_eq!(last_state(&page.events()).meta.train.learning_rate, 1e-3);
    finish(page.begin(Command::Resume));
    let first = page.events();
    assert_eq!(steps(&first), [7, 8]);

    // A page that goes on from a checkpoint takes the same steps.
    let losses = |events: &[Event]| -> Vec<(u32, f32)> {
        progress(events)
            .iter()
            .flat_map(|it| it.losses.clone())
            .collect()
    };
    finish(page.begin(Command::Step));
    let expected = losses(&page.events());
    let later = with_digits(12);
    let bytes = first.iter().find_map(|event| match event {
        Event::Checkpoint { bytes, .. } => Some(bytes.clone()),
        _ => None,
    });
    finish(
        later
            .driver
            .open_run(&bytes.unwrap(), "a run", true)
            .unwrap(),
    );
    later.events();
    finish(later.begin(Command::Step));
    assert_eq!(losses(&later.events()), expected);
}

#[test]
fn the_network_is_asked_about_eight_images() {
    let page = with_digits(12);
    page.tell(Command::Examples { set: 1 });
    assert!(
        page.events().is_empty(),
        "without a session there is nothing to ask"
    );
    let mut run = page.begin(Command::Train(train_options()));
    page.tell(Command::Examples { set: 1 });
    assert!(!poll(&mut run));
    let examples = |events: &[Event]| -> Vec<Examples> {
        let of = |event: &Event| match event {
            Event::Examples(examples) => Some(examples.clone()),
            _ => None,
        };
        events.iter().filter_map(of).collect()
    };
    let [first] = &examples(&page.events())[..] else {
        panic!("an answer after the step");
    };
    assert_eq!((first.step, first.set, first.t.len()), (1, 1, 8));
    assert_eq!(first.t, [1, 3, 6, 8, 11, 13, 16, 18]);
    assert_eq!(first.pixels.len(), 8 * 5 * PIXELS);
    assert!(
        first.losses.iter().all(|loss| (0.2..2.0).contains(loss)),
        "{:?}",
        first.losses
    );
    finish(run);
    page.events();

    // While it is held, from the weights that it has then: the same questions, other answers.
    finish(page.begin(Command::Examples { set: 1 }));
    let [held] = &examples(&page.events())[..] else {
        panic!("an answer while it is held");
    };
    let part =
        |examples: &Examples, number: usize| examples.pixels[number * PIXELS..][..PIXELS].to_vec();
    for question in 0..3 {
        assert_eq!(part(held, question), part(first, question));
    }
    assert_ne!(held.losses, first.losses);
    finish(page.begin(Command::Examples { set: 2 }));
    let other = examples(&page.events()).remove(0);
    assert_ne!(
        part(&other, 2),
        part(held, 2),
        "another set has other noise"
    );
}

#[test]
fn a_run_validates_on_test_images_or_on_images_that_are_held_out() {
    let options = TrainOptions {
        validate: true,
        max_steps: 12,
        ..train_options()
    };
    let validation = |events: &[Event]| -> Vec<(u32, f32)> {
        progress(events)
            .iter()
            .flat_map(|it| it.validation.clone())
            .collect()
    };
    let page = with_digits(30);
    finish(page.begin(Command::Train(options.clone())));
    let events = page.events();
    let found = validation(&events);
    let at: Vec<u32> = found.iter().map(|it| it.0).collect();
    assert_eq!(at, [0, 10, 12]);
    assert!(
        (found[0].1 - 1.0).abs() < 0.1,
        "fresh weights predict 0: {found:?}"
    );
    let about = last_state(&events).record.unwrap().about;
    assert_eq!((about.held_out, about.validates), (3, true));
    assert_eq!(
        about.data.unwrap().images,
        30,
        "the run is known by all of its images"
    );
    assert_eq!(about.validation, found);
    let epoch = progress(&events).last().unwrap().epoch;
    assert!(
        (epoch - 24.0 / 27.0).abs() < 1e-9,
        "it learns from the others: {epoch}"
    );

    // It goes on with the same images held out.
    let bytes = events.iter().find_map(|event| match event {
        Event::Checkpoint { bytes, info, .. } => {
            assert!(!info.needs_test);
            Some(bytes.clone())
        }
        _ => None,
    });
    let later = with_digits(30);
    finish(
        later
            .driver
            .open_run(&bytes.unwrap(), "a run", true)
            .unwrap(),
    );
    assert!(
        matches!(&later.events()[0], Event::RunOpened { validation, .. } if *validation == found)
    );
    for page in [&page, &later] {
        page.events();
        finish(page.begin(Command::Step));
    }
    let losses = [&page, &later].map(|page| progress(&page.events())[0].losses.clone());
    assert_eq!(losses[0], losses[1]);

    // With test images nothing is held out.
    let page = with_digits(30);
    let (images, labels) = digits(80);
    page.driver.load_test(&images, &labels);
    finish(page.begin(Command::Train(options.clone())));
    let events = page.events();
    assert_eq!(validation(&events).len(), 3);
    assert_eq!(last_state(&events).record.unwrap().about.held_out, 0);
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Checkpoint { info, .. } if info.needs_test))
    );

    let page = with_digits(9);
    let refusal = page.refused(Command::Train(options));
    assert!(refusal.message.contains("9 images"), "{}", refusal.message);
}

#[test]
fn the_speed_of_training_is_measured_and_leaves_nothing() {
    let page = Page::open_quietly();
    finish(page.begin(Command::TimeTraining(train_options())));
    let events = page.events();
    let names: Vec<String> = events.iter().map(name).collect();
    assert_eq!(names, ["generating measurement", "speed", "ready nothing"]);
    let Event::Speed {
        preset,
        batch_size,
        images_per_s,
    } = events[1]
    else {
        panic!("{events:?}");
    };
    // The test's clock goes on with each look at it.
    assert_eq!((preset, batch_size), (Preset::Tiny, 2));
    assert!(images_per_s > 0.0);

    let mut run = page.begin(Command::TimeTraining(train_options()));
    assert!(!poll(&mut run));
    page.tell(Command::Cancel);
    finish(run);
    assert!(!page.names().contains(&"speed".to_owned()));
    let mut options = train_options();
    options.config.learning_rate = -1.0;
    finish(page.begin(Command::TimeTraining(options)));
    assert!(page.names().contains(&"refused".to_owned()));
}
