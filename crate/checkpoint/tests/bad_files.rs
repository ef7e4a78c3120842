//! Every kind of bad weights file is refused, with its code and its message.

use super::*;

#[test]
fn foreign_bytes_are_not_safetensors() {
    refused(b"", "not_safetensors", "0 bytes");
    refused(b"short", "not_safetensors", "5 bytes");
    refused(
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "not_safetensors",
        "no JSON object",
    );
    refused(
        b"\x04\0\0\0\0\0\0\0{xx}",
        "not_safetensors",
        "cannot be read",
    );
    refused(
        b"\x06\0\0\0\0\0\0\0{\"\xff\":1",
        "not_safetensors",
        "cannot be read",
    );
    refused(
        &with_header(&json!({ "a": 1 }), &[]),
        "not_safetensors",
        "cannot be read",
    );
}

#[test]
fn a_header_is_not_believed_to_be_huge() {
    for length in [u64::MAX, u64::MAX - 7, 1 << 40, container::MAX_HEADER + 1] {
        let mut file = file();
        file[..8].copy_from_slice(&length.to_le_bytes());
        refused(&file, "header_too_large", &length.to_string());
    }
}

#[test]
fn a_cut_file_says_how_much_is_missing() {
    let file = file();
    for cut in 8..file.len() {
        refused(&file[..cut], "truncated", &format!("{cut} are there"));
    }
    refused(
        &file[..file.len() - 1],
        "truncated",
        &format!("declares {} bytes", file.len()),
    );
    let mut long = file.clone();
    long.push(0);
    refused(&long, "trailing", "appended");
}

#[test]
fn offsets_are_not_believed() {
    let spoilt =
        |name: &str, offsets: Value| edited(|header| header[name]["data_offsets"] = offsets);
    refused(&spoilt("conv.bias", json!([72, u64::MAX])), "truncated", "");
    // Tensors that overlap, leave a gap, end before they begin, or have another number of bytes than their shape says.
    for offsets in [
        json!([0, 8]),
        json!([76, 80]),
        json!([80, 72]),
        json!([72, 76]),
    ] {
        refused(&spoilt("conv.bias", offsets), "not_safetensors", "");
    }
    refused(&spoilt("conv.bias", json!([-1, 8])), "not_safetensors", "");
}

/// What a list or a tree of JSON values takes in memory is many times its text; `tests/mutations.rs` measures it.
#[test]
fn a_header_is_not_read_into_more_than_it_needs() {
    let dimensions = |count| edited(|header| header["conv.bias"]["shape"] = json!(vec![1; count]));
    refused(&dimensions(9), "not_safetensors", "`conv.bias`");
    refused(&dimensions(8), "wrong_shape", "`conv.bias`");
    let names: serde_json::Map<_, _> = (0..5000).map(|i| (i.to_string(), json!(""))).collect();
    refused(
        &edited(|header| header["__metadata__"] = names.clone().into()),
        "too_many_names",
        "more than 4096 names",
    );
    let description = json!({ "unet": names }).to_string();
    refused(
        &edited(|header| header["__metadata__"]["ddpm"] = description.into()),
        "too_many_names",
        "more than 4096 names",
    );
    refused(
        &edited(|header| header["__metadata__"] = json!(1)),
        "not_safetensors",
        "`__metadata__`",
    );
}

/// Each prefix is taken off by a copy of all names: one name of a hundred thousand prefixes took three seconds.
#[test]
fn few_prefixes_are_taken_off() {
    let tensor = json!({ "dtype": "F32", "shape": [2], "data_offsets": [0, 8] });
    let mut header = json!({});
    header[&"module.".repeat(100_000)] = tensor;
    let left = "module.".repeat(100_000 - 8);
    let file = with_header(&header, &[0; 8]);
    assert!(Container::open(&file).unwrap().has(&left));
}

#[test]
fn files_of_other_programs_are_recognised() {
    refused(
        &edited(|h| without(h, "__metadata__")),
        "no_metadata",
        "another program",
    );
    refused(
        &edited(|h| h["__metadata__"] = json!({})),
        "no_metadata",
        "another program",
    );
    refused(
        &with_header(&json!({}), &[]),
        "no_metadata",
        "another program",
    );
}

#[test]
fn descriptions_are_checked() {
    refused(
        &edited(|h| h["__metadata__"]["ddpm"] = "{".into()),
        "bad_metadata",
        "",
    );
    refused(&described(|m| without(m, "unet")), "bad_metadata", "unet");
    refused(&described(|m| m["step"] = json!(-1)), "bad_metadata", "");
    refused(
        &described(|m| m["train"]["learning_rate"] = json!("fast")),
        "bad_metadata",
        "",
    );
    refused(
        &described(|m| *m = json!({ "format": FORMAT + 1, "step": "?" })),
        "bad_metadata",
        "newer",
    );
    refused(
        &described(|m| m["unet"]["groups"] = json!(0)),
        "wrong_config",
        "groups",
    );
    refused(
        &described(|m| m["unet"]["channels"][1] = json!(4096)),
        "wrong_config",
        "channel",
    );
    refused(
        &described(|m| m["train"]["timesteps"] = json!(5000)),
        "wrong_config",
        "5000",
    );
    refused(
        &described(|m| m["train"]["learning_rate"] = json!(-1.0)),
        "wrong_config",
        "-1",
    );
    refused(
        &described(|m| m["step"] = json!(u64::MAX)),
        "wrong_config",
        "steps",
    );
    refused(
        &described(|m| m["train"]["prediction"] = json!("epsilon")),
        "wrong_config",
        "zero terminal SNR",
    );
    refused(
        &described(|m| m["train"]["schedule"] = json!("quadratic")),
        "bad_metadata",
        "quadratic",
    );
    refused(
        &described(|m| m["figures"]["accuracy"] = json!(null)),
        "bad_metadata",
        "",
    );
    refused(
        &described(|m| m["epoch"] = json!(-0.5)),
        "wrong_config",
        "-0.5",
    );
}

#[test]
fn a_shape_that_fails_validation_never_reaches_the_network() {
    let file = described(|m| m["unet"]["groups"] = json!(3));
    let result = decode(&file, |_| panic!("called with an unchecked shape"));
    assert_eq!(result.unwrap_err().code(), "wrong_config");
}

#[test]
fn tensors_are_compared_with_the_network() {
    let renamed = edited(|h| {
        h["conv.scale"] = h["conv.bias"].take();
        without(h, "conv.bias");
    });
    refused(&renamed, "missing_tensor", "`conv.bias`");

    let more = edited(|h| {
        h["extra"] = json!({ "dtype": "F32", "shape": [2], "data_offsets": [0, 8] });
    });
    refused(&more, "unknown_tensor", "`extra`");

    let turned = edited(|h| h["conv.weight"]["shape"] = json!([1, 2, 3, 3]));
    refused(
        &turned,
        "wrong_shape",
        "`conv.weight` has the shape [1, 2, 3, 3]",
    );
    refused(&turned, "wrong_shape", "needs [2, 1, 3, 3]");

    for dtype in ["I32", "F1000"] {
        let file = edited(|h| h["conv.bias"]["dtype"] = json!(dtype));
        refused(&file, "wrong_dtype", dtype);
    }
}

#[test]
fn wrong_numbers_are_named() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut file = file();
        let place = file.len() - 4 * 4;
        file[place..place + 4].copy_from_slice(&bad.to_le_bytes());
        refused(&file, "not_finite", "`conv.bias` holds");
        refused(&file, "not_finite", "element 1 ");

        let mut values = values();
        values[19] = bad;
        let error = encoded(&values, &meta(), Dtype::F16).unwrap_err();
        assert_eq!(error.code(), "not_finite");
    }
}

/// Readers of JSON take one of two entries with the same name in silence.
#[test]
fn names_that_stand_twice_are_refused() {
    let sound = file();
    let (header, data) = header_of(&sound);
    let header = header.to_string();
    let twice = |from: &str, to: &str| {
        let header = header.replacen(from, to, 1);
        let length = (header.len() as u64).to_le_bytes();
        [&length, header.as_bytes(), data].concat()
    };
    let entry = "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";
    let tensors = twice(
        "\"conv.bias\"",
        &format!("\"conv.bias\":{entry},\"conv.bias\""),
    );
    refused(&tensors, "duplicate_name", "`conv.bias` stands twice");
    let metadata = twice("\"format\"", "\"format\":\"np\",\"format\"");
    refused(&metadata, "duplicate_name", "`format`");
    let description = edited(|h| {
        let text = h["__metadata__"]["ddpm"].as_str().unwrap();
        h["__metadata__"]["ddpm"] = text.replacen('{', "{\"step\":1,", 1).into();
    });
    refused(&description, "duplicate_name", "`step`");
}

#[test]
fn metadata_that_are_needed_must_be_text() {
    let number = edited(|h| h["__metadata__"]["ddpm"] = json!(1));
    refused(&number, "metadata_not_text", "\"ddpm\"");
    let list = edited(|h| h["__metadata__"] = json!([1]));
    refused(&list, "not_safetensors", "__metadata__");
    let entry = edited(|h| h["conv.bias"] = json!({ "dtype": "F32" }));
    refused(&entry, "not_safetensors", "`conv.bias`");
}
