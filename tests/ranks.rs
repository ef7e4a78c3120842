//! `mpirun -n 4 ddpm train` and its like as users run them. They need MPI, so `cargo test` leaves them out, and the part `mpi`
//! of `cargo xtask test` runs them, which installs MPI and builds the library that the program loads.

#![cfg(target_os = "linux")]

#[path = "ranks/faults.rs"]
mod faults;
#[path = "support/program.rs"]
mod program;
#[path = "support/running.rs"]
mod running;

use std::path::Path;
use std::process::{Command, Output};

use program::{CLASSIFIER, DDPM, distance, evaluate, figures, folder, sample, state, train};
use tempfile::TempDir;

/// The program, in `folder`, with one thread, because all ranks of a test are on one machine.
fn prepare<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    command
        .current_dir(folder)
        .env("RAYON_NUM_THREADS", "1")
        // Containers run tests as root.
        .env("OMPI_ALLOW_RUN_AS_ROOT", "1")
        .env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
        // Containers seldom let processes read one another's memory, by which OpenMPI would pass messages on one machine.
        .env("OMPI_MCA_btl_vader_single_copy_mechanism", "none")
        // Nothing but the loopback interface is needed.
        .env("OMPI_MCA_oob_tcp_if_include", "lo")
        .env("OMPI_MCA_btl_tcp_if_include", "lo")
}

/// The words of `mpirun` for `ranks` processes on this machine, however few processors it has.
fn mpirun(folder: &Path, ranks: usize) -> Command {
    let mut command = Command::new("mpirun");
    prepare(&mut command, folder);
    command.args(["--oversubscribe", "--bind-to", "none", "-n"]);
    command.arg(ranks.to_string());
    command
}

/// The program with `arguments`, as `ranks` processes; 0 for a process that is started alone.
fn run(folder: &TempDir, ranks: usize, arguments: &[&str]) -> Output {
    let mut command = match ranks {
        0 => Command::new(DDPM),
        ranks => {
            let mut command = mpirun(folder.path(), ranks);
            command.arg(DDPM);
            command
        }
    };
    running::output(prepare(&mut command, folder.path()).args(arguments))
}

fn succeed(folder: &TempDir, ranks: usize, arguments: &[&str]) -> String {
    let output = run(folder, ranks, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} failed: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Twenty steps of one process, of two ranks and of four end in the same parameters, and so does a run that has changed the number
/// of its ranks on the way. Twice the same number of ranks gives the same bits.
#[test]
#[ignore = "needs MPI: cargo xtask test --only mpi"]
fn ranks_train_what_one_process_trains() {
    let folder = folder();
    succeed(&folder, 0, &train("one.safetensors", "20", &[]));
    let one = state(&folder, "one.state.safetensors");
    let compare = |name: &str| {
        let found = state(&folder, name);
        assert_eq!(found.meta.step, 20);
        let difference = distance(&one.params, &found.params);
        assert!(difference < 1e-5, "{name}: {difference}");
        println!("{name}: parameters differ by {difference:.1e}");
        found
    };
    for ranks in [2, 4] {
        let log = succeed(
            &folder,
            ranks,
            &train("many.safetensors", "20", &["--overwrite"]),
        );
        assert!(log.contains("each process sent 0."), "{log}");
        assert_eq!(
            log.matches("saved step 20").count(),
            1,
            "rank 0 alone speaks: {log}"
        );
        compare("many.state.safetensors");
    }
    let first = compare("many.state.safetensors");
    succeed(&folder, 4, &train("again.safetensors", "20", &[]));
    let again = compare("again.state.safetensors");
    assert_eq!(
        (&again.params, &again.m, &again.v, &again.ema),
        (&first.params, &first.m, &first.v, &first.ema)
    );

    succeed(&folder, 4, &train("parts.safetensors", "8", &[]));
    succeed(&folder, 2, &train("parts.safetensors", "15", &["--resume"]));
    succeed(&folder, 0, &train("parts.safetensors", "20", &["--resume"]));
    compare("parts.state.safetensors");
}

/// The feature `mpi` builds the library beside the program, and only the library is linked to MPI.
#[test]
#[ignore = "needs MPI: cargo xtask test --only mpi"]
fn the_feature_builds_the_library_and_does_not_link_the_program_to_it() {
    let program = Path::new(DDPM);
    let libraries = running::linked(program);
    assert!(!libraries.contains("libmpi"), "{libraries}");
    let library = program.with_file_name("deps").join("libddpm_mpi.so");
    let libraries = running::linked(&library);
    assert!(libraries.contains("libmpi.so"), "{libraries}");
}

/// `sample` and `evaluate` of several ranks give the bytes and the figures of one process.
#[test]
#[ignore = "needs MPI: cargo xtask test --only mpi"]
fn ranks_draw_what_one_process_draws() {
    let folder = folder();
    succeed(&folder, 0, &train("w.safetensors", "2", &[]));
    let draw = |ranks, out: &str| {
        succeed(&folder, ranks, &sample(out, &[]));
        std::fs::read(folder.path().join(out)).unwrap()
    };
    let one = draw(0, "one.npy");
    for ranks in [2, 4] {
        assert!(draw(ranks, "many.npy") == one, "{ranks} ranks");
    }

    succeed(&folder, 0, &CLASSIFIER);
    let measure = |ranks, cache: &str, out: &str| {
        let words = evaluate(cache, out, &["--skip", "cas,eps,bits"]);
        succeed(&folder, ranks, &words);
        figures(&folder.path().join(out))
    };
    assert_eq!(
        measure(3, "many", "many.json"),
        measure(0, "one", "one.json")
    );
    let images = |cache: &str| {
        let entries = std::fs::read_dir(folder.path().join(cache)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut images: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "npy"))
            .map(|path| {
                (
                    path.file_name().unwrap().to_owned(),
                    std::fs::read(&path).unwrap(),
                )
            })
            .collect();
        images.sort();
        images
    };
    assert_eq!(images("many").len(), 2);
    assert!(images("many") == images("one"));
}
