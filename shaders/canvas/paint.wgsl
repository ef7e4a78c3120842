// Paints a batch of images from the tensor's own buffer, so that no pixel is copied to the CPU: a triangle covers the
// canvas, and each fragment looks up its pixel.
//
// Images are laid out in rows of `columns` places, with `gap` transparent pixels between them; some places may be left empty. Values from −1 to 1 become black
// to white. Values outside are clipped, which makes the first, noisiest frames look like salt and pepper.

struct Grid {
    // Places in a row.
    columns: u32,
    // Images.
    count: u32,
    // Edge of an image in pixels.
    size: u32,
    // Pixels between images.
    gap: u32,
    // The places of the first 64 that are left empty: bit p % 32 of word p / 32 is that of place p.
    empty: vec2u,
}

@group(0) @binding(0) var<storage, read> images: array<f32>;
@group(0) @binding(1) var<uniform> grid: Grid;

// The image of a place, or `grid.count` where there is none.
fn image_at(place: u32) -> u32 {
    let word = place / 32u;
    let bit = place % 32u;
    if (word >= 2u) {
        return place - countOneBits(grid.empty.x) - countOneBits(grid.empty.y);
    }
    if (((grid.empty[word] >> bit) & 1u) == 1u) {
        return grid.count;
    }
    let before = countOneBits(grid.empty[word] & ((1u << bit) - 1u));
    return place - before - select(0u, countOneBits(grid.empty.x), word == 1u);
}

@vertex
fn cover(@builtin(vertex_index) corner: u32) -> @builtin(position) vec4f {
    let x = f32((corner << 1u) & 2u);
    let y = f32(corner & 2u);
    return vec4f(x * 2.0 - 1.0, 1.0 - y * 2.0, 0.0, 1.0);
}

@fragment
fn shade(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let pixel = vec2u(position.xy);
    let pitch = grid.size + grid.gap;
    let tile = pixel / pitch;
    let inside = pixel % pitch;
    let image = image_at(tile.y * grid.columns + tile.x);
    if (max(inside.x, inside.y) >= grid.size || image >= grid.count) {
        return vec4f(0.0);
    }
    let value = images[(image * grid.size + inside.y) * grid.size + inside.x];
    let grey = clamp(value * 0.5 + 0.5, 0.0, 1.0);
    return vec4f(grey, grey, grey, 1.0);
}
