//! What goes wrong: each time all processes end, somebody says why, and the files are whole.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use tempfile::TempDir;

use super::running::{self, Running, signal};
use super::{DDPM, folder, mpirun, prepare, run, state, succeed, train};

/// How long all ranks may take to end when one of them is gone or has been silent for its time. The machine has other work.
const LIMIT: Duration = Duration::from_secs(120);

/// The processes of `ddpm` that run in `folder` as rank `rank`.
fn process_of_rank(folder: &TempDir, rank: usize) -> Option<String> {
    let here = folder.path().canonicalize().unwrap();
    let variable = format!("OMPI_COMM_WORLD_RANK={rank}");
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes.map(|entry| entry.path()).find_map(|process| {
        let is_here = std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == here);
        let is_ddpm =
            std::fs::read_link(process.join("exe")).is_ok_and(|exe| exe == Path::new(DDPM));
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        let is_rank = environment
            .split(|&byte| byte == 0)
            .any(|line| line == variable.as_bytes());
        (is_here && is_ddpm && is_rank)
            .then(|| process.file_name().unwrap().to_string_lossy().into_owned())
    })
}

/// A run of three ranks that would take for ever, once it has saved a step.
///
/// * `timeout`: `--rank-timeout`, which limits the start of MPI, too
fn long_run(folder: &TempDir, timeout: &str) -> Running {
    let words = ["--save-every", "0", "--rank-timeout", timeout];
    let mut command = mpirun(folder.path(), 3);
    command
        .arg(DDPM)
        .args(train("w.safetensors", "1000000", &words));
    let mut run = Running::start(&mut command);
    run.wait_until("it has saved a step", || {
        folder.path().join("w.state.safetensors").exists()
    });
    run
}

/// What a run that must fail has said.
fn failed(output: &Output) -> String {
    assert!(!output.status.success());
    let words = [&output.stdout[..], &output.stderr].concat();
    let words = String::from_utf8_lossy(&words).into_owned();
    assert!(!words.contains("panicked"), "{words}");
    words
}

/// The run's files are whole, and it goes on from them.
fn goes_on(folder: &TempDir) {
    let saved = state(folder, "w.state.safetensors").meta.step;
    assert!(saved > 0);
    let end = (saved + 1).to_string();
    succeed(folder, 2, &train("w.safetensors", &end, &["--resume"]));
    assert_eq!(state(folder, "w.state.safetensors").meta.step, saved + 1);
}

/// Rank 0, which writes the files, or another one.
#[test]
#[ignore = "needs MPI: cargo xtask test --only mpi"]
fn a_rank_that_is_killed_ends_the_run() {
    for rank in [0, 1] {
        let folder = folder();
        let run = long_run(&folder, "60");
        let process = process_of_rank(&folder, rank).unwrap();
        signal(&process, "-KILL");
        let words = failed(&run.output_within(LIMIT));
        // Who says it first, mpirun or a rank that waits, is open.
        let by_mpirun = words.contains(&format!("rank {rank} with PID "))
            && words.contains("exited on signal 9");
        let by_a_rank = words.contains(&format!("rank {rank} (machine "));
        assert!(by_mpirun || by_a_rank, "{words}");
        goes_on(&folder);
    }
}

/// Rank 0, which writes the files, or another one.
#[test]
#[ignore = "needs MPI: cargo xtask test --only mpi"]
fn a_rank_that_stalls_ends_the_run() {
    for rank in [0, 2] {
        let folder = folder();
        let run = long_run(&folder, "5");
        let process = process_of_rank(&folder, rank).unwrap();
        signal(&process, "-STOP");
        let words = failed(&run.output_within(LIMIT));
        let named = words.lines().any(|line| {
            line.contains(&format!(
                ", process {process}) did not answer for 5 s, in the sum of step "
            )) && line.contains(&format!("rank {rank} (machine "))
        });
        assert!(named, "{words}");
        goes_on(&folder);
    }
}

/// Ctrl-C at `mpirun`, which asks the ranks to end and kills them a second later: the files are whole either way. That the ranks
/// agree on a last step is seen where nobody kills them, by `ranks_stop_after_the_same_step` in `crate/training/rank_tests.rs`.
#[test]
#[ignore = "needs MPI: cargo xtask test --only mpi"]
fn the_files_of_an_interrupted_run_are_whole() {
    let folder = folder();
    let run = long_run(&folder, "60");
    run.signal("-INT");
    run.output_within(LIMIT);
    goes_on(&folder);
}

/// Ranks that were started with different things train nothing.
#[test]
#[ignore = "needs MPI: cargo xtask test --only mpi"]
fn ranks_that_differ_are_refused() {
    let folder = folder();
    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap().flatten() {
        if entry.path().is_file() {
            let mut bytes = std::fs::read(entry.path()).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            std::fs::write(other.join(entry.file_name()), bytes).unwrap();
        }
    }
    for (differing, expected) in [
        (&["--seed", "7"][..], "seed of the recipe is 7 in rank 1"),
        (
            &["--learning-rate", "0.5"],
            "learning_rate of the recipe is 0.5 in rank 1",
        ),
        (&["--data", "other"], "the training data is 40 images, "),
        (&["--heads", "2"], "the network is UNetConfig"),
        (&["--max-steps", "9"], "the number of steps is 9 in rank 1"),
        (&["--sum-format", "bf16"], "--sum-format is Bf16 in rank 1"),
    ] {
        let words = train("w.safetensors", "3", &[]);
        let mut changed = words.clone();
        for pair in differing.chunks(2) {
            match changed.iter().position(|word| *word == pair[0]) {
                Some(at) => changed[at + 1] = pair[1],
                None => changed.extend(pair),
            }
        }
        let mut command = mpirun(folder.path(), 1);
        command.arg(DDPM).args(&words);
        command.args([":", "-n", "1", DDPM]).args(&changed);
        let errors = failed(&running::output(&mut command));
        assert!(errors.contains(expected), "{differing:?}: {errors}");
        assert_eq!(
            errors.matches("were not started with the same").count(),
            1,
            "{errors}"
        );
        assert!(!folder.path().join("w.safetensors").exists());
    }
    // Two commands.
    let mut command = mpirun(folder.path(), 1);
    command.arg(DDPM).args(train("w.safetensors", "3", &[]));
    command.args([":", "-n", "1", DDPM, "sample", "--weights", "w.safetensors"]);
    let errors = failed(&running::output(&mut command));
    assert!(
        errors.contains("the command is sample in rank 1 (machine "),
        "{errors}"
    );
}

/// An error that only one rank has ends the others, too, and is told with the rank's number.
#[test]
#[ignore = "needs MPI: cargo xtask test --only mpi"]
fn an_error_of_one_rank_ends_all() {
    let folder = folder();
    let words = train("w.safetensors", "3", &[]);
    let mut without_data = words.clone();
    without_data[2] = "nowhere";
    let mut command = mpirun(folder.path(), 1);
    command.arg(DDPM).args(&words);
    command.args([":", "-n", "1", DDPM]).args(&without_data);
    let errors = failed(&running::output(&mut command));
    assert!(errors.contains("error: rank 1 (machine "), "{errors}");
    assert!(errors.contains("nowhere"), "{errors}");

    // What only rank 0 looks at.
    let errors = failed(&run(
        &folder,
        2,
        &train("w.safetensors", "3", &["--resume"]),
    ));
    assert!(
        errors.contains("there is no state to resume from at w.state.safetensors"),
        "{errors}"
    );
}

/// An option that is wrong in all ranks is told once, and what `evaluate` would only need after drawing is looked at before.
#[test]
#[ignore = "needs MPI: cargo xtask test --only mpi"]
fn mistakes_are_told_once_and_before_drawing() {
    let folder = folder();
    succeed(&folder, 0, &train("w.safetensors", "1", &[]));
    for (words, expected) in [
        (
            &["sample", "--weights", "w.safetensors", "--count", "0"][..],
            "error: --count must be at least 1",
        ),
        (
            &["sample", "--weights", "w.safetensors", "--steps", "1000"],
            "error: ",
        ),
        (
            &["train", "--data", ".", "--max-steps", "0"],
            "error: --max-steps is 0; it must be at least 1",
        ),
        (
            &["evaluate", "--weights", "w.safetensors", "--strata", "0"],
            "error: --strata must be at least 1",
        ),
        (
            &[
                "evaluate",
                "--weights",
                "w.safetensors",
                "--out",
                "no/x.json",
            ],
            "cannot write no/x.json: there is no folder no",
        ),
        (
            &[
                "evaluate",
                "--weights",
                "w.safetensors",
                "--data",
                "no",
                "--steps",
                "2",
            ],
            "error: rank 0 ",
        ),
    ] {
        let errors = failed(&run(&folder, 3, words));
        assert_eq!(errors.matches("error: ").count(), 1, "{words:?}: {errors}");
        assert!(errors.contains(expected), "{words:?}: {errors}");
        assert!(!errors.contains("did not answer"), "{words:?}: {errors}");
    }
    let drawn = std::fs::read_dir(folder.path().join("target/evaluation"));
    let drawn = drawn.into_iter().flatten().flatten().count();
    assert_eq!(drawn, 0, "images were drawn before the mistake was found");
}

/// Commands that ranks do not share say so, in place of doing the same thing several times.
#[test]
#[ignore = "needs MPI: cargo xtask test --only mpi"]
fn other_commands_are_refused() {
    let folder = folder();
    let errors = failed(&run(&folder, 2, &["quality"]));
    assert!(
        errors.contains("`ddpm quality` does not share its work out"),
        "{errors}"
    );
}

/// The program alone, without its library for MPI, with another one or without MPI itself, says how to get it, and runs without
/// mpirun.
#[test]
#[ignore = "needs MPI: cargo xtask test --only mpi"]
fn without_mpi_the_program_says_how_to_get_it() {
    let folder = folder();
    let program = folder.path().join("ddpm");
    std::fs::copy(DDPM, &program).unwrap();
    let words = train("w.safetensors", "1", &[]);
    let as_rank = || {
        let mut command = Command::new(&program);
        prepare(&mut command, folder.path()).args(&words);
        command
            .env("OMPI_COMM_WORLD_RANK", "1")
            .env("OMPI_COMM_WORLD_SIZE", "2");
        failed(&running::output(&mut command))
    };
    let remedy =
        "install MPI (Debian, Ubuntu: apt-get install openmpi-bin libopenmpi-dev libclang-dev";
    let errors = as_rank();
    assert!(errors.contains("this is process 1 of 2"), "{errors}");
    assert!(errors.contains("was built without MPI"), "{errors}");
    assert!(errors.contains(remedy), "{errors}");

    let source = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let compile = |words: &[&str]| {
        let mut cc = Command::new("cc");
        cc.current_dir(folder.path())
            .args(["-shared", "-o"])
            .args(words);
        assert!(cc.status().unwrap().success());
    };
    // A library with other functions than this program calls.
    source("other.c", "int ddpm_mpi_interface(void) { return 99; }\n");
    compile(&["libddpm_mpi.so", "other.c"]);
    let errors = as_rank();
    assert!(
        errors.contains("libddpm_mpi.so is not of this program's version (interface 99, not "),
        "{errors}"
    );

    // A library that is linked to one that is not there.
    source("empty.c", "");
    compile(&["libmpi_of_another_machine.so", "empty.c"]);
    compile(&[
        "libddpm_mpi.so",
        "empty.c",
        "-L.",
        "-Wl,--no-as-needed",
        "-lmpi_of_another_machine",
    ]);
    std::fs::remove_file(folder.path().join("libmpi_of_another_machine.so")).unwrap();
    let errors = as_rank();
    assert!(
        errors.contains("cannot be loaded: libmpi_of_another_machine.so"),
        "{errors}"
    );
    assert!(errors.contains(remedy), "{errors}");

    let alone = running::output(prepare(Command::new(&program).args(&words), folder.path()));
    assert!(
        alone.status.success(),
        "{}",
        String::from_utf8_lossy(&alone.stderr)
    );
}
