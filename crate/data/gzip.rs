//! Unpacking gzip (RFC 1952) as the `gzip` program does: all members one after the other, zeros after the last ignored.

use std::io::{ErrorKind, Read};

use flate2::bufread::GzDecoder;

use super::error::DataError;

/// The most bytes that a file may unpack to. EMNIST's largest file has 0.55 GB; a few kilobytes of gzip could claim any
/// number, and a page has at most 4 GiB of memory.
pub(super) const LIMIT: u64 = 1 << 30;

/// The two bytes that every member begins with.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Whether the bytes begin as gzip does. Names do not tell: a server may have unpacked a file called `.gz` already.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Unpacks a file. The result comes with a sentence about bytes after the end that are no gzip, if there are any.
///
/// # Errors
/// `gzip_truncated`, `gzip_damaged`, `gzip_too_large`, each with `name`.
pub fn inflate(bytes: &[u8], name: &str) -> Result<(Vec<u8>, Option<String>), DataError> {
    let mut inflated = Vec::new();
    let mut rest = bytes;
    loop {
        let mut member = GzDecoder::new(rest);
        let room = LIMIT - inflated.len() as u64;
        let read = (&mut member).take(room + 1).read_to_end(&mut inflated);
        read.map_err(|error| error_of(&error, name))?;
        if inflated.len() as u64 > LIMIT {
            return Err(too_large(name));
        }
        rest = member.into_inner();
        if !is_gzip(rest) {
            break;
        }
    }
    let stray = rest.iter().any(|&byte| byte != 0);
    let note = stray.then(|| {
        let count = rest.len();
        format!(
            "{name} goes on for {count} bytes after the end of its gzip data; they were ignored."
        )
    });
    Ok((inflated, note))
}

fn too_large(name: &str) -> DataError {
    DataError::GzipTooLarge {
        path: name.into(),
        limit: LIMIT,
    }
}

fn error_of(error: &std::io::Error, name: &str) -> DataError {
    let path = name.to_owned();
    match error.kind() {
        ErrorKind::UnexpectedEof => DataError::GzipTruncated { path },
        // The vector doubles as it grows, so in a browser there is no room for it before the limit is reached.
        ErrorKind::OutOfMemory => too_large(name),
        _ => DataError::GzipDamaged {
            path,
            reason: error.to_string(),
        },
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(bytes: &[u8]) -> (Vec<u8>, Option<String>) {
        inflate(bytes, "a.gz").unwrap()
    }

    #[test]
    fn all_members_are_read() {
        let both = [packed(b"one, "), packed(b""), packed(b"two")].concat();
        assert_eq!(unpacked(&both), (b"one, two".to_vec(), None));
    }

    #[test]
    fn zeros_after_the_end_are_ignored_and_other_bytes_are_mentioned() {
        let padded = [packed(b"one"), vec![0; 1000]].concat();
        assert_eq!(unpacked(&padded), (b"one".to_vec(), None));
        let (content, note) = unpacked(&[packed(b"one"), b"\0\0more".to_vec()].concat());
        assert_eq!(content, b"one");
        assert!(note.unwrap().contains("a.gz goes on for 6 bytes"));
    }

    #[test]
    fn damage_is_refused() {
        let sound = packed(b"some text that is long enough to be worth packing, packing, packing");
        let code = |bytes: &[u8]| inflate(bytes, "a.gz").unwrap_err().code();
        for cut in 2..sound.len() {
            assert_eq!(code(&sound[..cut]), "gzip_truncated", "{cut}");
        }
        let mut flipped = sound.clone();
        flipped[sound.len() - 8] ^= 1;
        assert_eq!(code(&flipped), "gzip_damaged");
        // A second member that is cut short is no stray.
        let both = [&sound[..], &sound[..20]].concat();
        assert_eq!(code(&both), "gzip_truncated");
    }

    /// A megabyte of zeros packs to a kilobyte; a thousand such members unpack to less than they claim memory for.
    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let megabyte = packed(&vec![0; 1 << 20]);
        let bomb = megabyte.repeat(1025);
        assert_eq!(inflate(&bomb, "a.gz").unwrap_err().code(), "gzip_too_large");
    }

    #[test]
    fn what_memory_has_no_room_for_is_too_large() {
        let error = std::io::Error::from(ErrorKind::OutOfMemory);
        assert_eq!(error_of(&error, "a.gz").code(), "gzip_too_large");
    }
}
