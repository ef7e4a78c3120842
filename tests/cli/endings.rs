//! How runs begin and end: what they refuse, what they leave on disk.

use ddpm::checkpoint::{decode, encode_state};
use ddpm::nn::unet::UNet;
use tempfile::TempDir;

use super::recipe::state;
use super::{fail, folder, succeed, train};

const WEIGHTS: &str = "w.safetensors";
const STATE: &str = "w.state.safetensors";

fn bytes(folder: &TempDir) -> [Vec<u8>; 2] {
    [WEIGHTS, STATE].map(|name| std::fs::read(folder.path().join(name)).unwrap())
}

/// A run that is at its end has nothing to write: the files may hold figures, and their format was chosen.
#[test]
fn a_finished_run_is_left_alone() {
    let folder = folder();
    let begin = [WEIGHTS, "--max-steps", "3", "--dtype", "f16"];
    // The last step is saved as one of those between, and once only.
    succeed(
        &folder,
        &train(&[&begin[..], &["--save-every", "0"]].concat()),
    );
    let before = bytes(&folder);
    let weights = decode(&before[0], UNet::layout).unwrap();
    assert!(weights.meta.loss.is_some());
    for end in ["3", "2"] {
        let said = succeed(&folder, &train(&[WEIGHTS, "--max-steps", end, "--resume"]));
        assert!(said.contains("nothing was written"), "{said}");
        assert!(bytes(&folder) == before);
    }
}

#[test]
fn a_new_run_spares_an_earlier_one() {
    let folder = folder();
    succeed(&folder, &train(&[WEIGHTS, "--max-steps", "2"]));
    let before = bytes(&folder);
    for (more, expected) in [
        (
            &["--max-steps", "1"][..],
            &[STATE, "--resume", "--overwrite"][..],
        ),
        (&["--overwrite", "--epochs", "0"], &["--epochs is 0"]),
        (&["--overwrite", "--epochs", "NaN"], &["--epochs is NaN"]),
        (&["--overwrite", "--epochs=-1"], &["--epochs is -1"]),
        (&["--overwrite", "--max-steps", "0"], &["--max-steps is 0"]),
        (&["--overwrite", "--resume"], &["cannot be used with"]),
    ] {
        let message = fail(&folder, &train(&[&[WEIGHTS], more].concat()));
        for part in expected {
            assert!(message.contains(part), "{more:?} said {message}");
        }
        assert!(bytes(&folder) == before);
    }
    let message = fail(&folder, &train(&["missing/w.safetensors"]));
    assert!(message.contains("there is no folder missing"), "{message}");
    succeed(
        &folder,
        &train(&[WEIGHTS, "--max-steps", "1", "--overwrite"]),
    );
    assert_eq!(state(&folder, STATE).unwrap().meta.step, 1);
}

/// The loss is still finite at step 3, whose update throws the weights out of all bounds.
#[test]
fn a_run_that_diverges_leaves_what_was_saved() {
    let folder = folder();
    succeed(&folder, &train(&[WEIGHTS, "--max-steps", "2"]));
    let mut thrown = state(&folder, STATE).unwrap();
    thrown.m.fill(1e25);
    let layout = UNet::layout(&thrown.meta.unet);
    let file = encode_state(&layout, &thrown).unwrap();
    std::fs::write(folder.path().join(STATE), file).unwrap();
    let before = bytes(&folder);

    let more = [WEIGHTS, "--max-steps", "50", "--resume"];
    let message = fail(&folder, &train(&more));
    for part in [
        "at step 4",
        "hold step 2",
        WEIGHTS,
        STATE,
        "--learning-rate",
    ] {
        assert!(message.contains(part), "{part} is missing from {message}");
    }
    assert!(bytes(&folder) == before);
}

/// The state is enough to have the weights once more.
#[test]
fn weights_that_are_missing_come_from_the_state() {
    let folder = folder();
    let begin = [WEIGHTS, "--max-steps", "2"];
    succeed(&folder, &train(&begin));
    let before = bytes(&folder);
    std::fs::remove_file(folder.path().join(WEIGHTS)).unwrap();
    let said = succeed(&folder, &train(&[&begin[..], &["--resume"]].concat()));
    assert!(said.contains("written once more"), "{said}");
    assert!(bytes(&folder) == before);
}
