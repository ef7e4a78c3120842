//! Checkpoints of training sessions, and going on with them.

use super::*;
use crate::checkpoint::TrainState;
use crate::web::protocol::{RunInfo, SampleRow};

fn options() -> TrainOptions {
    TrainOptions {
        max_steps: 6,
        sample_every: 2,
        ..train_options()
    }
}

/// A page with so many digits to learn from.
fn with_digits(count: usize) -> Page {
    let page = Page::open();
    let (images, labels) = digits(count);
    page.driver.load_data(&images, &labels, "digits");
    page.events();
    page
}

/// The row of samples that an event has.
fn row(event: &Event) -> Option<SampleRow> {
    match event {
        Event::Samples { row, .. } => Some(row.clone()),
        _ => None,
    }
}

/// All losses among these events.
fn losses(events: &[Event]) -> Vec<(u32, f32)> {
    let of = |event: &Event| match event {
        Event::Training(progress) => progress.losses.clone(),
        _ => Vec::new(),
    };
    events.iter().flat_map(of).collect()
}

/// The checkpoints among these events.
fn checkpoints(events: &[Event]) -> Vec<(&str, &[u8], &RunInfo)> {
    let events = events.iter();
    events
        .filter_map(|event| match event {
            Event::Checkpoint { run, bytes, info } => Some((&run[..], &bytes[..], info)),
            _ => None,
        })
        .collect()
}

/// The state in a file. Left out are its smoothed loss, which has more digits than files keep, and what depends on the time that its
/// steps took.
fn state(bytes: &[u8]) -> TrainState {
    let mut state = checkpoint::decode_state(bytes, UNet::layout).unwrap();
    state.meta.loss = None;
    if let Some(record) = &mut state.record {
        for point in &mut record.about.metrics {
            point.images_per_s = 0.0;
            // Running means go on from a checkpoint with another memory.
            point.tenths = Default::default();
        }
    }
    state
}

/// A run that was held after three steps and is continued on another page has the losses of one that was not interrupted, to
/// the bit, and its samples, its curve and its end.
#[test]
fn a_run_goes_on_from_its_checkpoint() {
    let page = with_digits(12);
    finish(page.begin(Command::Train(options())));
    let whole = page.events();
    let uninterrupted = losses(&whole);
    assert_eq!(uninterrupted.len(), 6);
    assert_eq!(checkpoints(&whole).len(), 1, "it is saved at its end");

    let page = with_digits(12);
    let mut run = page.begin(Command::Train(options()));
    while page.driver.activity() == Activity::Training && losses(&page.peek()).len() < 3 {
        assert!(!poll(&mut run));
    }
    page.tell(Command::Pause);
    finish(run);
    let events = page.events();
    let first = losses(&events);
    let [(name, bytes, info)] = checkpoints(&events)[..] else {
        panic!("{:?}", events.iter().map(super::name).collect::<Vec<_>>());
    };
    assert_eq!(
        (name, info.step, info.end),
        ("a run", first.len() as u32, Some(6))
    );
    assert_eq!(info.losses, first);
    assert_eq!(info.data.as_ref().unwrap().images, 12);
    // Nothing has changed since.
    assert!(page.driver.command(Command::Checkpoint).is_none());

    let later = with_digits(12);
    finish(later.driver.open_run(bytes, "a run", true).unwrap());
    let opened = later.events();
    let names: Vec<String> = opened.iter().map(super::name).collect();
    assert_eq!(
        names,
        ["run_opened", "model", "schedule", "paused training"]
    );
    let Event::RunOpened { info, film, .. } = &opened[0] else {
        panic!("{opened:?}");
    };
    assert_eq!(info.losses, first);
    let drawn: Vec<SampleRow> = events.iter().filter_map(row).collect();
    assert_eq!(film, &drawn, "the rows at steps 0 and 2");
    assert_eq!(*later.training.0.borrow(), [Grid::row(CLASSES)]);
    finish(later.begin(Command::Resume));
    let events = later.events();
    let second = losses(&events);
    assert_eq!([first, second].concat(), uninterrupted);
    let [(_, bytes, info)] = checkpoints(&events)[..] else {
        panic!("one at the end");
    };
    assert_eq!(info.losses, uninterrupted);
    assert_eq!(
        state(bytes),
        state(checkpoints(&whole)[0].1),
        "the same in the end"
    );
}

/// A step to stop at is part of the checkpoint, also where it is set while the session is held and nothing else changes.
#[test]
fn a_run_stops_where_it_was_to_stop_before() {
    let page = with_digits(12);
    let endless = TrainOptions {
        max_steps: 0,
        sample_every: 0,
        ..options()
    };
    let mut run = page.begin(Command::Train(endless));
    assert!(!poll(&mut run));
    page.tell(Command::Pause);
    finish(run);
    page.events();
    page.tell(Command::Adjust(crate::web::protocol::AdjustOptions {
        stop_at: Some(6),
        ..Default::default()
    }));
    page.events();
    finish(page.begin(Command::Checkpoint));
    let events = page.events();
    let [(_, bytes, info)] = checkpoints(&events)[..] else {
        panic!("{:?}", events.iter().map(super::name).collect::<Vec<_>>());
    };
    assert_eq!(info.stop_at, Some(6));

    let later = with_digits(12);
    finish(later.driver.open_run(bytes, "a run", true).unwrap());
    assert!(
        later
            .events()
            .iter()
            .any(|event| matches!(event, Event::RunOpened { info, .. } if info.stop_at == Some(6)))
    );
    finish(later.begin(Command::Resume));
    let events = later.events();
    assert_eq!(losses(&events).last().unwrap().0, 6);
    assert_eq!(super::name(events.last().unwrap()), "paused training");
    let [(_, _, info)] = checkpoints(&events)[..] else {
        panic!("one at the stop");
    };
    assert_eq!(info.stop_at, None, "it stops there once");
}

#[test]
fn a_run_is_saved_when_it_is_asked_for_and_before_it_is_discarded() {
    let page = with_digits(12);
    let mut run = page.begin(Command::Train(TrainOptions {
        sample_every: 0,
        ..options()
    }));
    assert!(!poll(&mut run));
    page.tell(Command::Checkpoint);
    assert!(!poll(&mut run));
    assert_eq!(checkpoints(&page.events()).len(), 1);
    assert!(!poll(&mut run));
    page.tell(Command::Reset);
    finish(run);
    let events = page.events();
    assert_eq!(checkpoints(&events).len(), 1);
    assert_eq!(super::name(events.last().unwrap()), "ready nothing");
}

#[test]
fn a_run_of_other_images_or_another_file_is_refused() {
    let page = with_digits(12);
    finish(page.begin(Command::Train(options())));
    let events = page.events();
    let (_, bytes, _) = checkpoints(&events)[0];

    let refused = |page: &Page, bytes: &[u8]| {
        assert!(page.driver.open_run(bytes, "other", true).is_none());
        match &page.events()[..] {
            [Event::Refused(refusal)] => refusal.clone(),
            other => panic!("{other:?}"),
        }
    };
    let other = with_digits(11);
    let refusal = refused(&other, bytes);
    assert_eq!((refusal.what, refusal.code), (Subject::Train, "other_data"));
    assert!(
        refusal.message.contains("12 images of digits"),
        "{}",
        refusal.message
    );
    assert_eq!(
        refused(&other, &weights_file(Preset::Tiny)).code,
        "no_training_state"
    );
    assert_eq!(refused(&Page::open_quietly(), bytes).code, "no_data");
    assert_eq!(refused(&page, bytes).code, "session_open");
}

/// A file from elsewhere is sent back as a checkpoint, which the page then keeps; and its average draws.
#[test]
fn an_imported_run_is_kept_and_draws() {
    let page = with_digits(12);
    finish(page.begin(Command::Train(options())));
    let events = page.events();
    let (_, bytes, _) = checkpoints(&events)[0];

    let page = with_digits(12);
    finish(page.driver.open_run(bytes, "imported", false).unwrap());
    let events = page.events();
    let [(name, kept, _)] = checkpoints(&events)[..] else {
        panic!("{events:?}");
    };
    assert_eq!((name, state(kept)), ("imported", state(bytes)));

    let page = Page::open_quietly();
    finish(page.driver.draw_from_run(bytes, "my run").unwrap());
    let events = page.events();
    assert!(
        matches!(&events[0], Event::Model(model) if model.source == "my run" && model.steps == 6)
    );
    finish(page.begin(Command::Generate(draw())));
}
