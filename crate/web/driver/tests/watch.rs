//! Kept frames of a draw, and what the classifier says of its digits.

use super::*;
use crate::nn::unet::NO_CLASS;
use crate::samplers::FrameKind;
use crate::web::protocol::{Sampled, TrajectoryFrames};

fn sampled(events: &[Event]) -> Sampled {
    let sampled = events.iter().find_map(|event| match event {
        Event::Sampled(sampled) => Some(sampled.clone()),
        _ => None,
    });
    sampled.unwrap_or_else(|| panic!("nothing was drawn: {events:?}"))
}

fn drawn(page: &Page, command: Command) -> Sampled {
    finish(page.begin(command));
    sampled(&page.events())
}

/// The answer to a command for frames.
fn trajectory(page: &Page, what: FrameKind, digit: Option<u32>) -> TrajectoryFrames {
    finish(page.begin(Command::Trajectory { what, digit }));
    match &page.events()[..] {
        [Event::Trajectory(frames)] => frames.clone(),
        other => panic!("{other:?}"),
    }
}

/// One of two pictures into the other, in eight.
fn blend() -> Command {
    let bar = |from: usize| (0..PIXELS).map(move |at| if at % SIZE / 4 == from { 255 } else { 0 });
    Command::Edit(EditOptions {
        draw: draw(),
        edit: Edit::Blend {
            from: bar(2).collect(),
            to: bar(4).collect(),
        },
    })
}

#[test]
fn the_frames_lead_to_the_digits() {
    let page = Page::with_weights();
    let nothing = Command::Trajectory {
        what: FrameKind::X,
        digit: None,
    };
    assert_eq!(page.refused(nothing.clone()).code, "no_trajectory");

    let sampled = drawn(&page, Command::Generate(draw()));
    assert_eq!(sampled.labels, [0, 1]);
    let times: Vec<Option<u32>> = sampled.frames.iter().map(|frame| frame.t).collect();
    assert_eq!(times, [Some(19), Some(13), Some(6), Some(0), None]);
    let levels = sampled.frames.windows(2);
    assert!(levels.into_iter().all(|pair| pair[0].snr < pair[1].snr));

    let all = trajectory(&page, FrameKind::X, None);
    assert_eq!((all.digits, all.frames.len()), (2, 5));
    assert_eq!(all.frames, sampled.frames);
    let digits: Vec<&[u8]> = all.pixels.chunks(5 * PIXELS).collect();
    for (digit, end) in digits.iter().zip(sampled.pixels.chunks(PIXELS)) {
        assert_eq!(&digit[4 * PIXELS..], end, "the last frame is the digit");
    }
    let second = trajectory(&page, FrameKind::X, Some(1));
    assert_eq!((second.digits, &second.pixels[..]), (1, digits[1]));
    for what in [FrameKind::X0Hat, FrameKind::EpsHat] {
        let estimates = trajectory(&page, what, Some(0));
        assert_eq!(estimates.frames, sampled.frames[..4]);
        assert_eq!(estimates.pixels.len(), 4 * PIXELS);
        assert_ne!(estimates.pixels, all.pixels[..4 * PIXELS]);
    }

    let refusal = page.refused(Command::Trajectory {
        what: FrameKind::X,
        digit: Some(2),
    });
    assert_eq!((refusal.what, refusal.code), (Subject::Frames, "no_digit"));
    let refusal = page.refused(Command::PaintFrame {
        what: FrameKind::EpsHat,
        frame: 4,
    });
    assert_eq!((refusal.what, refusal.code), (Subject::Frames, "no_frame"));
    assert!(refusal.message.contains("there are 4"), "{refusal:?}");

    // Another draw: the frames of the first are gone with its beginning.
    let mut run = page.begin(Command::Generate(draw()));
    page.events();
    assert_eq!(page.refused(nothing).code, "no_trajectory");
    assert!(!poll(&mut run));
    page.tell(Command::Cancel);
    finish(run);
}

#[test]
fn a_frame_is_painted_unless_a_draw_runs() {
    let page = Page::with_weights();
    drawn(&page, Command::Generate(draw()));
    let all = trajectory(&page, FrameKind::X0Hat, None);
    let paint = |frame| Command::PaintFrame {
        what: FrameKind::X0Hat,
        frame,
    };
    for frame in [2, 0] {
        finish(page.begin(paint(frame)));
        match &page.events()[..] {
            [Event::FramePainted { what, frame: shown }] => {
                assert_eq!((*what, *shown), (FrameKind::X0Hat, frame));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(page.generation.0.borrow().last(), Some(&Grid::square(2)));
        let expected = all.pixels.chunks(4 * PIXELS);
        let expected: Vec<u8> = expected
            .flat_map(|digit| &digit[frame as usize * PIXELS..][..PIXELS])
            .copied()
            .collect();
        assert_eq!(*page.generation.1.borrow(), expected);
    }

    // While a session trains, and while it is held.
    let (images, labels) = digits(12);
    page.driver.load_data(&images, &labels, "digits");
    let mut training = page.begin(Command::Train(train_options()));
    assert!(!poll(&mut training));
    page.events();
    finish(page.begin(paint(1)));
    assert!(page.names().contains(&"frame_painted".into()));
    page.tell(Command::Pause);
    assert!(poll(&mut training));
    page.events();
    finish(page.begin(paint(3)));
    assert_eq!(page.names(), ["frame_painted"]);

    let mut run = page.begin(Command::Generate(draw()));
    assert!(!poll(&mut run));
    let painted = page.generation.0.borrow().len();
    page.events();
    page.tell(paint(1));
    assert_eq!(page.names(), [""; 0]);
    assert_eq!(page.generation.0.borrow().len(), painted);
    finish(run);
}

#[test]
fn a_draw_that_was_given_up_has_the_frames_until_then() {
    let page = Page::with_weights();
    let mut run = page.begin(Command::Generate(draw()));
    assert!(!poll(&mut run), "the noise is seen");
    assert!(!poll(&mut run), "a step");
    page.tell(Command::Pause);
    assert!(poll(&mut run));
    page.events();
    finish(page.begin(Command::Cancel));
    let sampled = sampled(&page.events());
    let taken = sampled.steps as usize;
    assert!((1..4).contains(&taken));
    assert_eq!(sampled.frames.len(), taken + 1);
    assert!(sampled.frames[taken].t.is_some(), "noise is left in it");
    let frames = trajectory(&page, FrameKind::X, Some(1));
    assert_eq!(frames.pixels[taken * PIXELS..], sampled.pixels[PIXELS..]);
    assert_eq!(
        trajectory(&page, FrameKind::EpsHat, Some(1)).pixels.len(),
        taken * PIXELS
    );
}

/// A generation that is held shows the frames that it has kept so far, and goes on to the digits of one that was not held.
#[test]
fn the_frames_of_a_generation_that_is_held() {
    let page = Page::with_weights();
    let alone = drawn(&page, Command::Generate(draw()));
    let alone_x = trajectory(&page, FrameKind::X, None).pixels;
    let mut run = page.begin(Command::Generate(draw()));
    assert!(!poll(&mut run), "the noise is seen");
    assert!(!poll(&mut run), "a step");
    page.events();
    page.tell(Command::Pause);
    assert!(poll(&mut run));
    let events = page.events();
    let frames = events.iter().find_map(|event| match event {
        Event::HeldFrames { frames } => Some(frames.clone()),
        _ => None,
    });
    let frames = frames.unwrap_or_else(|| panic!("no frames: {events:?}"));
    let taken = frames.len() - 1;
    assert!((1..4).contains(&taken), "{taken}");
    assert_eq!(frames, alone.frames[..taken + 1]);
    let so_far = trajectory(&page, FrameKind::X, Some(0));
    assert_eq!(so_far.pixels, alone_x[..(taken + 1) * PIXELS]);
    let painted = Command::PaintFrame {
        what: FrameKind::EpsHat,
        frame: 0,
    };
    finish(page.begin(painted.clone()));
    assert_eq!(page.names(), ["frame_painted"]);
    let resumed = drawn(&page, Command::Resume);
    assert_eq!(resumed.fingerprint, alone.fingerprint);
    assert_eq!(trajectory(&page, FrameKind::X, None).pixels, alone_x);
}

/// What the network was given in each pass, against what is put together from the bytes of the frames, with the page's weights.
#[test]
fn what_a_pass_was_given_is_put_together_from_its_frame() {
    let file = std::fs::read("www/weights/small.safetensors").unwrap();
    let weights = crate::web::weights::decode(&file, "small").unwrap();
    let runtime = Runtime::cpu();
    let device = runtime.device();
    let weights = crate::web::weights::ModelWeights::of_file(weights, "small", device);
    let options = GenerateOptions { count: 1, ..draw() };
    let mut drawing =
        crate::web::drawing::generate(weights.model(&runtime), &options).expect("sound options");
    drawing.keep_trajectory();
    let mut given = Vec::new();
    loop {
        given.push(drawing.images().to_data().try_into_vec::<f32>().unwrap());
        if drawing.step().is_none() {
            break;
        }
    }
    let trajectory = drawing.into_trajectory(vec![0; PIXELS]).unwrap();
    for (pass, given) in given[..4].iter().enumerate() {
        let mut found = std::pin::pin!(trajectory.x_t(0, pass));
        let Poll::Ready(Ok(found)) = found.as_mut().poll(&mut Polling::from_waker(Waker::noop()))
        else {
            panic!("the CPU answers at once");
        };
        let off = found
            .iter()
            .zip(given)
            .map(|(a, b)| f64::from((a - b).abs()));
        let mean = off.sum::<f64>() / PIXELS as f64;
        assert!(mean < 0.02, "pass {pass}: {mean}");
        let clipped = given.iter().filter(|x| x.abs() > 1.0).count();
        assert!(
            pass > 0 || clipped > 100,
            "of noise many pixels are kept as black or white"
        );
    }
}

#[test]
fn edits_keep_frames_too() {
    let page = Page::with_weights();
    let sampled = drawn(&page, blend());
    assert_eq!(sampled.labels, [NO_CLASS; 8]);
    // T is 20, and all of it is visited: on the way up, whose frames are not kept, and down.
    assert_eq!((sampled.steps, sampled.frames.len()), (40, 21));
    let frames = trajectory(&page, FrameKind::X, Some(7));
    assert_eq!(frames.pixels[20 * PIXELS..], sampled.pixels[7 * PIXELS..]);

    let mut run = page.begin(blend());
    assert!(!poll(&mut run));
    page.tell(Command::Cancel);
    finish(run);
    let sampled = self::sampled(&page.events());
    assert_eq!(sampled.labels, [NO_CLASS; 2]);
    assert!(sampled.frames.is_empty(), "on the way up to the noise");

    // An edit of a part goes up and down, and its frames with it.
    let mut sampler = draw().sampler;
    sampler.steps = 12;
    let part = EditOptions {
        draw: GenerateOptions { sampler, ..draw() },
        edit: Edit::Part {
            image: vec![200; PIXELS],
            mask: (0..PIXELS).map(|at| u8::from(at % 2 == 0)).collect(),
        },
    };
    let sampled = drawn(&page, Command::Edit(part));
    let times: Vec<u32> = sampled.frames.iter().filter_map(|frame| frame.t).collect();
    assert!(times.windows(2).any(|pair| pair[0] < pair[1]), "{times:?}");
    let frames = trajectory(&page, FrameKind::X, Some(0));
    assert_eq!(frames.pixels.len(), sampled.frames.len() * PIXELS);
}

#[test]
fn the_classifier_looks_at_digits() {
    let page = Page::with_weights();
    let sampled = drawn(&page, Command::Generate(draw()));
    let recognise = || Command::Recognise {
        pixels: sampled.pixels.clone(),
    };
    let refusal = page.refused(recognise());
    assert_eq!(
        (refusal.what, refusal.code),
        (Subject::Recognise, "no_classifier")
    );
    assert!(!page.driver.load_classifier(b"none"));
    assert_eq!(page.names(), ["refused"]);
    assert!(page.driver.load_classifier(&classifier_file()));
    for bytes in [0, PIXELS - 1, 65 * PIXELS] {
        let pixels = vec![0; bytes];
        let refusal = page.refused(Command::Recognise { pixels });
        assert_eq!(refusal.code, "bad_pixels", "{bytes}");
    }
    finish(page.begin(recognise()));
    match &page.events()[..] {
        [
            Event::Recognised {
                fingerprint,
                probabilities,
            },
        ] => {
            assert_eq!(*fingerprint, sampled.fingerprint);
            assert_eq!(probabilities.len(), 2 * CLASSES);
            for digit in probabilities.chunks(CLASSES) {
                assert!((digit.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            }
        }
        other => panic!("{other:?}"),
    }
}
