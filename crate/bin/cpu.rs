//! The page's program that computes on the CPU: what the library exports to JavaScript, and nothing else.

fn main() {
    ddpm::web::begin();
}
