//! `ddpm guide`: weights with a second network, away from which digits without a class are drawn.

use ddpm::checkpoint::decode;
use ddpm::nn::unet::UNet;
use tempfile::TempDir;

use super::{fail, folder, run, succeed, train};

/// A folder with weights and a guide for them, and `guided.safetensors`, which holds both.
fn guided() -> TempDir {
    let folder = folder();
    let weights = ["w.safetensors", "--max-steps", "2", "--channels", "8,8,8"];
    succeed(&folder, &train(&weights));
    let by = ["by.safetensors", "--max-steps", "1", "--channels", "4,8,4"];
    succeed(&folder, &train(&by));
    let said = succeed(&folder, &guide("by.safetensors"));
    assert!(said.contains("guided by a custom network"), "{said}");
    assert!(said.contains("with a scale of 3"), "{said}");
    folder
}

fn guide(by: &str) -> Vec<&str> {
    let out = ["--out", "guided.safetensors", "--cfg-scale", "3"];
    [&["guide", "w.safetensors", "--by", by], &out[..]].concat()
}

/// The digits that `ddpm sample` draws with these weights and options.
fn digits(folder: &TempDir, weights: &str, more: &[&str]) -> Vec<u8> {
    let common = ["sample", "--count", "2", "--steps", "3", "--out", "x.npy"];
    succeed(
        folder,
        &[&common[..], &["--weights", weights], more].concat(),
    );
    std::fs::read(folder.path().join("x.npy")).unwrap()
}

#[test]
fn a_guide_changes_what_is_drawn_without_a_class() {
    let folder = guided();
    let info = succeed(&folder, &["info", "guided.safetensors"]);
    for part in ["guide         custom,", "guidance 3. Trained by the native"] {
        assert!(info.contains(part), "{part} is missing from {info}");
    }
    let draw = |weights: &str, more: &[&str]| digits(&folder, weights, more);
    let plain = draw("w.safetensors", &["--class", "none"]);
    let guided = draw("guided.safetensors", &["--class", "none"]);
    assert_ne!(guided, plain);
    // The scale is that of the file unless another is asked for; 1 is none.
    let scale = |scale: &str| {
        draw(
            "guided.safetensors",
            &["--class", "none", "--cfg-scale", scale],
        )
    };
    assert_eq!(scale("3"), guided);
    assert_eq!(scale("1"), plain);
    assert_eq!(scale("0"), draw("by.safetensors", &["--class", "none"]));
    let with_class = |weights: &str| draw(weights, &["--class", "3"]);
    assert_eq!(
        with_class("w.safetensors"),
        with_class("guided.safetensors")
    );
}

/// The file says in which steps the guide acts, unless others are asked for.
#[test]
fn a_guide_acts_in_the_steps_that_its_file_names() {
    let folder = guided();
    let interval = ["--cfg-t-min", "0.4", "--cfg-t-max", "0.8"];
    let again = [&guide("by.safetensors")[..], &interval].concat();
    let everywhere = digits(&folder, "guided.safetensors", &["--class", "none"]);
    succeed(&folder, &again);
    let info = succeed(&folder, &["info", "guided.safetensors"]);
    let said = "guidance 3, where t is at least 0.4 of T and below 0.8 of T. Trained";
    assert!(info.contains(said), "{info}");
    let draw = |more: &[&str]| {
        let none = [&["--class", "none"], more].concat();
        digits(&folder, "guided.safetensors", &none)
    };
    let some = draw(&[]);
    let none = draw(&["--cfg-scale", "1"]);
    assert!(some != none && some != everywhere);
    assert_eq!(draw(&["--cfg-t-min", "0", "--cfg-t-max", "1"]), everywhere);
    // The three passes are at t = 99, 66 and 33 of 100.
    assert_eq!(draw(&["--cfg-t-min", "0.7"]), none);
    for (end, value, words) in [
        ("--cfg-t-min", "0.9", "from which on guidance acts is 0.9"),
        ("--cfg-t-max", "1.5", "below which guidance acts is 1.5"),
    ] {
        let draw = [
            "sample",
            "--weights",
            "guided.safetensors",
            "--class",
            "none",
            end,
            value,
        ];
        let error = fail(&folder, &draw);
        assert!(error.contains(words), "{error}");
    }
    let mut wrong = guide("by.safetensors");
    wrong.extend(["--cfg-t-max", "0.5", "--cfg-t-min", "0.6"]);
    let error = fail(&folder, &wrong);
    assert!(
        error.contains("from which on guidance acts is 0.6"),
        "{error}"
    );
}

/// Recording figures keeps the guide; training from the weights does not, and says so.
#[test]
fn the_guide_stays_with_its_weights() {
    let folder = guided();
    let read = |name: &str| {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        decode(&bytes, UNet::layout).unwrap()
    };
    let next = [
        "next.safetensors",
        "--max-steps",
        "1",
        "--init",
        "guided.safetensors",
    ];
    // The network is that of the weights.
    let next: Vec<&str> = train(&next)
        .into_iter()
        .filter(|it| !["--preset", "tiny"].contains(it))
        .collect();
    let output = run(&folder, &next);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("have a guide"), "{said}");
    assert!(read("next.safetensors").guide.is_empty());

    let before = read("guided.safetensors");
    assert_eq!(before.guide, read("by.safetensors").values);
    let evaluate = "evaluate --weights guided.safetensors --count 0 --unconditional 0 --probe 16 --strata 2 --skip neighbours,cas,eps";
    let evaluate: Vec<&str> = evaluate.split(' ').collect();
    succeed(
        &folder,
        &[&evaluate[..], &["--record", "--data", "."]].concat(),
    );
    let after = read("guided.safetensors");
    assert!(!after.meta.figures.is_empty());
    assert_eq!(
        (after.guide, after.meta.guide),
        (before.guide, before.meta.guide)
    );
}

#[test]
fn a_network_with_other_outputs_is_no_guide() {
    let folder = guided();
    let other = ["other.safetensors", "--max-steps", "1", "--prediction", "v"];
    succeed(&folder, &train(&other));
    let before = std::fs::read(folder.path().join("guided.safetensors")).unwrap();
    let error = fail(&folder, &guide("other.safetensors"));
    assert!(error.contains("do not mean the same"), "{error}");
    let error = fail(
        &folder,
        &[
            "guide",
            "w.safetensors",
            "--by",
            "by.safetensors",
            "--out",
            "y.safetensors",
            "--cfg-scale",
            "9",
        ],
    );
    assert!(error.contains("guide's scale is 9"), "{error}");
    assert_eq!(
        std::fs::read(folder.path().join("guided.safetensors")).unwrap(),
        before
    );
}
