//! The page's wasm: what the library exports to JavaScript, and nothing else.

use ddpm as _;

fn main() {}
