// A frame that keep_frame.wgsl has kept, as values from -1 to 1 that show the kept greys. An invocation unpacks one word.

// Which plane (0 x_t, 1 x0_hat, 2 eps_hat), the frame's place, and the number of places.
@group(0) @binding(0) var<storage, read_write> wanted: array<u32, 3>;
// [3, rows, places, WORDS]
@group(0) @binding(1) var<storage, read_write> frames: array<u32>;
// [rows, 4 * WORDS]
@group(0) @binding(2) var<storage, read_write> images: array<f32>;

const WORDS = {{ words }}u;

@compute @workgroup_size({{ invocations }}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let word = group.x * {{ invocations }}u + index;
    if (word >= WORDS) {
        return;
    }
    let row = wanted[0] * groups.y + group.y;
    let packed = frames[(row * wanted[2] + wanted[1]) * WORDS + word];
    for (var i = 0u; i < 4u; i++) {
        let grey = f32((packed >> (8u * i)) & 255u);
        images[(group.y * WORDS + word) * 4u + i] = grey / 127.5 - 1.0;
    }
}
