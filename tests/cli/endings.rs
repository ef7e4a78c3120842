//! The beginning and the end of training runs: what they refuse, and which files they leave.

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

/// A finished run that is resumed writes nothing: the file may contain recorded figures, and its number format was chosen.
#[test]
fn a_finished_run_is_left_alone() {
    let folder = folder();
    let begin = [WEIGHTS, "--max-steps", "3", "--dtype", "f16"];
    // With --save-every 0 each step is saved; the last must not be saved twice.
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
fn a_new_run_does_not_overwrite_an_earlier_one() {
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

/// A moment of 1e25 makes the update of step 3 enormous, so the loss of step 4 is not finite. The saved files stay.
#[test]
fn a_run_that_diverges_keeps_the_saved_files() {
    let folder = folder();
    succeed(&folder, &train(&[WEIGHTS, "--max-steps", "2"]));
    let mut broken = state(&folder, STATE).unwrap();
    broken.m.fill(1e25);
    let layout = UNet::layout(&broken.meta.unet);
    let file = encode_state(&layout, &broken).unwrap();
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

/// A missing weights file is written again from the state.
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
