//! The page's program where the CPU computes: what the library exports to JavaScript, and nothing else.

fn main() {
    ddpm::web::begin();
}
