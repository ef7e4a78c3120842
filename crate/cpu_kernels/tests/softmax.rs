//! The unit tests of one file, on that file alone. As a test program of its own, cargo would compile all of the library a second
//! time, at the high opt-level that it has in every profile (`test = false` in Cargo.toml).

#[path = "../attention/softmax.rs"]
#[allow(dead_code, reason = "the library calls the rest of it")]
mod softmax;
