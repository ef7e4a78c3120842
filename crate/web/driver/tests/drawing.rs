//! Weights, generations and edits.

use super::*;
use crate::data::{GivenFile, idx};
use crate::diffusion::Prediction;
use crate::diffusion::schedule::ScheduleKind;
use crate::web::protocol::AssumeOptions;

#[test]
fn weights_are_announced_and_a_first_digit_is_drawn() {
    let page = Page::open();
    assert_eq!(
        page.names(),
        [
            "samplers",
            "recipe",
            "device",
            "loading nothing",
            "ready nothing"
        ]
    );
    let refusal = page.refused(Command::Generate(draw()));
    assert_eq!(
        (refusal.what, refusal.code),
        (Subject::Generate, "no_weights")
    );

    let file = weights_file(Preset::Tiny);
    let first = page.driver.load_weights(&file, "a file", false).unwrap();
    assert_eq!(page.names(), ["model", "schedule", "ready nothing"]);
    // Loaded again before it was drawn: the preview of the first file gives way to that of the second.
    let second = page.driver.load_weights(&file, "a file", false).unwrap();
    page.events();
    finish(first);
    assert_eq!(page.names(), [""; 0]);
    finish(second);
    match &page.events()[..] {
        [Event::Preview(preview)] => {
            assert_eq!(preview.digit, Some(3));
            assert_eq!(preview.pixels.len(), preview.times.len() * PIXELS);
            assert_eq!(preview.times.last(), Some(&0));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_cannot_be_used_changes_nothing() {
    let page = Page::with_weights();
    assert!(
        page.driver
            .load_weights(b"no weights", "odd", false)
            .is_none()
    );
    match &page.events()[..] {
        [Event::Refused(refusal)] => {
            assert_eq!(
                (refusal.what, refusal.code),
                (Subject::Weights, "not_safetensors")
            );
            assert!(refusal.message.starts_with("odd: "), "{}", refusal.message);
        }
        other => panic!("{other:?}"),
    }
    let small = weights_file(Preset::Small);
    assert!(page.driver.load_weights(&small, "larger", false).is_none());
    assert_eq!(page.names(), ["other_preset"]);
    assert!(page.driver.load_weights(&small, "larger", true).is_some());
    assert_eq!(page.names(), ["model", "schedule", "ready nothing"]);
}

#[test]
fn a_generation_shows_the_noise_and_each_step_and_ends_with_the_digits() {
    let page = Page::with_weights();
    finish(page.begin(Command::Generate(draw())));
    let events = page.events();
    let names: Vec<String> = events.iter().map(name).collect();
    let shown = ["sampling"; 4];
    let expected = [
        &["generating generation"],
        &shown[..],
        &["sampled", "ready nothing"],
    ]
    .concat();
    assert_eq!(names, expected);
    assert_eq!(*page.generation.0.borrow(), [Grid::square(2); 5]);
    assert!(fingerprint(&events).1);
}

/// Only the finished digits are painted of a still draw.
#[test]
fn a_text_is_drawn_in_a_row() {
    let page = Page::with_weights();
    let text = |text: &str| GenerateOptions {
        text: Some(text.into()),
        still: true,
        ..draw()
    };
    let refusal = page.refused(Command::Generate(text("20x6")));
    assert_eq!(
        (refusal.what, refusal.code),
        (Subject::Generate, "bad_text")
    );
    finish(page.begin(Command::Generate(text("29.11."))));
    let events = page.events();
    let sampled = events.iter().find_map(|event| match event {
        Event::Sampled(sampled) => Some(sampled),
        _ => None,
    });
    let sampled = sampled.expect("drawn");
    assert_eq!(sampled.labels, [2, 9, 1, 1]);
    assert_eq!(
        (sampled.columns, &sampled.places[..]),
        (5, &[0, 1, 3, 4][..])
    );
    assert_eq!(sampled.options.count, 4);
    assert_eq!(sampled.pixels.len(), 4 * PIXELS);
    let row = sampled.options.class.grid(4);
    assert_eq!(*page.generation.0.borrow(), [row]);
}

#[test]
fn a_draft_is_not_announced_and_the_newest_is_drawn_next() {
    let page = Page::with_weights();
    let seeded = |seed: u32| GenerateOptions { seed, ..draw() };
    let drafted = |events: &[Event]| -> Vec<u32> {
        let seeds = events.iter().map(|event| match event {
            Event::Drafted(drafted) => {
                assert!(drafted.options.sampler.steps < 6 && drafted.elapsed_s > 0.0);
                drafted.options.seed
            }
            other => panic!("{other:?}"),
        });
        seeds.collect()
    };
    let mut run = page.begin(Command::Draft(seeded(1)));
    assert!(!poll(&mut run));
    page.tell(Command::Draft(seeded(2)));
    page.tell(Command::Draft(seeded(3)));
    finish(run);
    assert_eq!(drafted(&page.events()), [1, 3]);
    assert_eq!(page.generation.0.borrow().len(), 2, "a frame each");

    // A generation puts an end to it, and has the canvas for itself.
    let mut run = page.begin(Command::Draft(seeded(4)));
    assert!(!poll(&mut run));
    let mut generation = page.begin(Command::Generate(draw()));
    page.tell(Command::Draft(seeded(5)));
    while !poll(&mut generation) {}
    finish(run);
    let names = page.names();
    assert_eq!(names.first().unwrap(), "generating generation");
    assert!(!names.contains(&"drafted".into()), "{names:?}");
    finish(page.begin(Command::Draft(seeded(6))));
    assert_eq!(drafted(&page.events()), [6]);
    let none = GenerateOptions { count: 0, ..draw() };
    finish(page.begin(Command::Draft(none)));
    assert_eq!(page.names(), ["refused"]);
}

#[test]
fn a_pause_changes_nothing_about_the_digits() {
    let page = Page::with_weights();
    finish(page.begin(Command::Generate(draw())));
    let (whole, _) = fingerprint(&page.events());

    let mut run = page.begin(Command::Generate(draw()));
    assert!(!poll(&mut run), "the noise is seen");
    assert!(!poll(&mut run), "a step");
    page.tell(Command::Pause);
    assert!(poll(&mut run), "it ends after its step");
    let events = page.events();
    match events.last() {
        Some(Event::State { state, can, .. }) => {
            assert_eq!(*state, State::Paused);
            assert!(can.resume && can.cancel && can.generate && !can.pause && !can.reset);
        }
        other => panic!("{other:?}"),
    }
    finish(page.begin(Command::Resume));
    assert_eq!(fingerprint(&page.events()), (whole.clone(), true));

    // Cancelled while it is held, which it is after its first step at the earliest, and while it runs.
    let run = page.begin(Command::Generate(draw()));
    page.tell(Command::Pause);
    finish(run);
    page.events();
    finish(page.begin(Command::Cancel));
    let names = page.names();
    assert_eq!(names, ["generating generation", "sampled", "ready nothing"]);
    let mut run = page.begin(Command::Generate(draw()));
    assert!(!poll(&mut run));
    page.tell(Command::Cancel);
    finish(run);
    assert!(!fingerprint(&page.events()).1);
    finish(page.begin(Command::Generate(draw())));
    assert_eq!(fingerprint(&page.events()), (whole, true));
}

#[test]
fn a_picture_is_edited_and_an_empty_one_refused() {
    let page = Page::with_weights();
    let edit = |ink: u8| EditOptions {
        draw: draw(),
        edit: Edit::Picture {
            image: vec![ink; PIXELS],
            t: 10,
        },
    };
    let refusal = page.refused(Command::Edit(edit(0)));
    assert_eq!(
        (refusal.what, refusal.code),
        (Subject::Edit, "empty_picture")
    );
    finish(page.begin(Command::Edit(edit(200))));
    assert!(fingerprint(&page.events()).1);
}

/// The recipe of weights that say nothing of it can be changed, and that of others cannot.
#[test]
fn what_a_file_does_not_say_can_be_told() {
    let described = weights_file(Preset::Tiny);
    let length = u64::from_le_bytes(described[..8].try_into().unwrap()) as usize;
    let mut header: serde_json::Value = serde_json::from_slice(&described[8..8 + length]).unwrap();
    header["__metadata__"] = serde_json::Value::Null;
    let header = header.to_string();
    let data = &described[8 + length..];
    let bare = [
        &(header.len() as u64).to_le_bytes(),
        header.as_bytes(),
        data,
    ]
    .concat();
    let options = |timesteps| {
        Command::Assume(AssumeOptions {
            timesteps,
            schedule: ScheduleKind::Cosine,
            prediction: Prediction::V,
        })
    };

    let page = Page::with_weights();
    assert_eq!(page.refused(options(500)).code, "bad_value");
    finish(page.driver.load_weights(&bare, "bare", false).unwrap());
    assert!(matches!(&page.events()[0], Event::Model(model) if model.assumed));
    assert!(page.refused(options(0)).message.contains("T is 0"));
    finish(page.driver.command(options(500)).unwrap());
    let events = page.events();
    let Event::Model(model) = &events[0] else {
        panic!("{events:?}");
    };
    assert_eq!(
        (model.timesteps, model.recipe.prediction),
        (500, Prediction::V)
    );
    assert!(
        matches!(events.last(), Some(Event::Preview(_))),
        "{events:?}"
    );
}

/// Weights and a data set given together, packed or not, are both taken.
#[test]
fn files_are_told_apart() {
    let file = |name: &str, bytes: Vec<u8>| GivenFile {
        name: name.into(),
        bytes,
    };
    let page = Page::open();
    let given = vec![
        file("w", weights_file(Preset::Tiny)),
        file("l", idx::write_labels(&[1, 2])),
        file("i", idx::write_images(&[0; 2 * PIXELS])),
    ];
    page.events();
    finish(page.driver.load_files(given, false).unwrap());
    assert_eq!(
        page.names(),
        ["data", "model", "schedule", "ready nothing", "preview"]
    );
    let half = vec![file("i", idx::write_images(&[0; PIXELS]))];
    assert!(page.driver.load_files(half, false).is_none());
    match &page.events()[..] {
        [Event::Refused(refusal)] => {
            assert_eq!(
                (refusal.what, refusal.code),
                (Subject::Data, "pair_missing")
            );
        }
        other => panic!("{other:?}"),
    }
}
