//! The page's program where there is a GPU: what the library exports to JavaScript, and nothing else.

fn main() {
    ddpm::web::begin();
}
