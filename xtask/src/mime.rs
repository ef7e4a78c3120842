//! Content types. Streaming compilation of wasm and module scripts are refused under a wrong one.

use std::path::Path;

/// The content type for a file name. `.gz` is plain bytes: the page inflates the data itself, and a
/// `Content-Encoding` would make the browser do it first.
pub fn of(path: &Path) -> &'static str {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("wasm") => "application/wasm",
        Some("wgsl" | "txt" | "md") => "text/plain; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::of;
    use std::path::Path;

    #[test]
    fn the_types_a_browser_insists_on() {
        assert_eq!(of(Path::new("ddpm_bg.wasm")), "application/wasm");
        assert_eq!(
            of(Path::new("www/main.js")),
            "text/javascript; charset=utf-8"
        );
        assert_eq!(of(Path::new("INDEX.HTML")), "text/html; charset=utf-8");
    }

    #[test]
    fn data_and_weights_are_plain_bytes() {
        for name in ["train-images-idx3-ubyte.gz", "small.safetensors", "noname"] {
            assert_eq!(of(Path::new(name)), "application/octet-stream", "{name}");
        }
    }
}
