//! Training sessions and measurements.

use super::*;

#[test]
fn a_training_session_is_paused_resumed_and_reset() {
    let page = Page::with_weights();
    assert_eq!(
        page.refused(Command::Train(train_options())).code,
        "no_data"
    );
    let (images, labels) = digits(12);
    page.driver.load_data(&images, &labels, "digits");
    assert_eq!(page.names(), ["data"]);
    let too_large = TrainConfig {
        batch_size: 13,
        ..train_options().config
    };
    let options = TrainOptions {
        config: too_large,
        ..train_options()
    };
    assert_eq!(page.refused(Command::Train(options)).code, "bad_value");

    let mut run = page.begin(Command::Train(train_options()));
    let names = page.names();
    assert_eq!(names, ["model", "schedule", "training training"]);
    assert!(!poll(&mut run));
    page.tell(Command::Pause);
    assert!(poll(&mut run), "it ends after its step");
    let paused = page.events();
    let names: Vec<String> = paused.iter().map(name).collect();
    let end = ["model", "schedule", "paused training"];
    assert!(names.ends_with(&end.map(String::from)), "{names:?}");

    // While it is held its weights draw, and no others are taken.
    finish(page.begin(Command::Generate(draw())));
    assert_eq!(page.names().last().unwrap(), "paused training");
    let file = weights_file(Preset::Tiny);
    assert!(page.driver.load_weights(&file, "late", false).is_none());
    assert_eq!(page.names(), ["refused"]);
    assert_eq!(
        page.refused(Command::Train(train_options())).code,
        "session_open"
    );

    finish(page.begin(Command::Resume));
    let resumed = page.events();
    let losses: Vec<u32> = paused
        .iter()
        .chain(&resumed)
        .flat_map(|event| match event {
            Event::Training(progress) => progress.losses.clone(),
            _ => Vec::new(),
        })
        .map(|(step, _)| step)
        .collect();
    assert_eq!(
        losses,
        [1, 2, 3],
        "a loss for every step, and it stops by itself"
    );

    page.tell(Command::Reset);
    match &page.events()[..] {
        [
            Event::Model(model),
            Event::Schedule(_),
            Event::State { state, .. },
        ] => {
            assert_eq!(model.source, "a file");
            assert_eq!(*state, State::Ready);
        }
        other => panic!("{other:?}"),
    }

    // Reset while it runs.
    let mut run = page.begin(Command::Train(train_options()));
    assert!(!poll(&mut run));
    page.tell(Command::Reset);
    finish(run);
    assert_eq!(page.names().last().unwrap(), "ready nothing");
}

#[test]
fn a_training_session_paints_samples_and_its_weights_are_saved() {
    let page = Page::open();
    let (images, labels) = digits(12);
    page.driver.load_data(&images, &labels, "digits");
    let options = TrainOptions {
        sample_every: 2,
        ..train_options()
    };
    finish(page.begin(Command::Train(options)));
    let names = page.names();
    assert_eq!(
        names.iter().filter(|name| *name == "samples").count(),
        3,
        "{names:?}"
    );
    assert_eq!(
        *page.training.0.borrow(),
        [Grid::row(CLASSES); 3],
        "at steps 0, 2 and 3"
    );
    finish(page.begin(Command::Save { dtype: Dtype::F16 }));
    match &page.events()[..] {
        [Event::Weights { name, bytes }] => {
            assert_eq!(name, "ddpm-tiny-3-f16.safetensors");
            let meta = checkpoint::decode(bytes, UNet::layout).unwrap().meta;
            assert_eq!(meta.step, 3);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_handful_of_digits_is_measured() {
    let page = Page::with_weights();
    let options = MeasureOptions {
        draw: draw(),
        neighbours: true,
        cas: false,
        network: false,
    };
    let refusal = page.refused(Command::Measure(options.clone()));
    assert_eq!(
        (refusal.what, refusal.code),
        (Subject::Measure, "nothing_to_measure")
    );
    let (images, labels) = digits(12);
    page.driver.load_data(&images, &labels, "digits");
    let classifier = classifier_file();
    assert!(!page.driver.load_evaluator(b"none", &images, &labels));
    assert!(page.driver.load_evaluator(&classifier, &images, &labels));
    page.events();

    finish(page.begin(Command::Measure(options.clone())));
    let events = page.events();
    assert_eq!(name(&events[0]), "generating measurement");
    let complete: Vec<bool> = events
        .iter()
        .filter_map(|event| match event {
            Event::Measured(measured) => Some(measured.complete),
            _ => None,
        })
        .collect();
    assert_eq!(complete, [false, false, true], "{events:?}");
    assert_eq!(name(events.last().unwrap()), "ready nothing");

    // It cannot be paused, and a cancelled one is not complained of.
    let mut run = page.begin(Command::Measure(options));
    page.tell(Command::Pause);
    assert!(!poll(&mut run));
    page.tell(Command::Cancel);
    finish(run);
    let names = page.names();
    assert!(!names.contains(&"refused".to_owned()), "{names:?}");
    assert_eq!(names.last().unwrap(), "ready nothing");
}
