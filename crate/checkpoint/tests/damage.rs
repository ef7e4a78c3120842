//! Randomly damaged files: reading may return anything except a panic or values that are not finite.

use super::*;

/// One flipped bit may change a weight or the origin's text without an error, since the format has no checksum. It must
/// not do worse.
#[test]
fn no_flipped_bit_panics() {
    let run = encode_state(&layout(), &state()).unwrap();
    for sound in [file(), run] {
        for bit in 0..8 * sound.len() {
            let mut file = sound.clone();
            file[bit / 8] ^= 1 << (bit % 8);
            if let Ok(checkpoint) = read(&file) {
                assert!(checkpoint.values.iter().all(|v| v.is_finite()));
                assert_eq!(checkpoint.values.len(), layout().len());
            }
            let _ = decode_state(&file, |_| layout());
            let _ = read_metadata(&file);
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
        let _ = decode_state(&bytes, |_| layout());
    }

    /// Files with a sound length and opening brace: arbitrary bytes hardly ever have these, so they do not reach the checks
    /// behind them.
    #[test]
    fn arbitrary_headers_never_panic(
        dtype in prop_oneof![Just("F32"), Just("F16"), Just("BF16"), Just("F4"), Just("?")],
        shape in prop::collection::vec(prop_oneof![0u64..4, any::<u64>()], 0..4),
        offsets in prop::collection::vec(prop_oneof![0u64..100, any::<u64>()], 2),
        data in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let entry = json!({ "dtype": dtype, "shape": shape, "data_offsets": offsets });
        let _ = read(&with_header(&json!({ "conv.bias": entry.clone() }), &data));
        let file = edited(|header| header["conv.bias"] = entry);
        let _ = read(&file);
    }

    #[test]
    fn several_damages_never_panic(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut: prop::sample::Index,
    ) {
        let mut file = file();
        for (place, byte) in places {
            let place = place.index(file.len());
            file[place] = byte;
        }
        let _ = read(&file);
        let _ = read(&file[..cut.index(file.len())]);
    }
}
