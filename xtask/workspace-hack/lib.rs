//! Empty. See `Cargo.toml`.
