// The sum over the pixels of each channel, [B, pixels, C] → [B, C]. A workgroup reads {{ lanes }} pixels at a time;
// neighbouring invocations take neighbouring channels of one pixel, so that they read neighbouring memory.

@group(0) @binding(0) var<storage, read_write> images: array<{{ type }}>;
@group(0) @binding(1) var<storage, read_write> sums: array<{{ type }}>;

const PIXELS = {{ pixels }}u;
// Channels of an image and of a workgroup, counted in vectors of the element type.
const CHANNELS = {{ channels }}u;
const WIDTH = {{ width }}u;
const LANES = {{ lanes }}u;

var<workgroup> partial: array<{{ type }}, WIDTH * LANES>;

@compute @workgroup_size({{ workgroup }}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let channel = group.x * WIDTH + index % WIDTH;
    var sum = {{ type }}(0.0);
    if (channel < CHANNELS) {
        for (var pixel = index / WIDTH; pixel < PIXELS; pixel += LANES) {
            sum += images[(group.y * PIXELS + pixel) * CHANNELS + channel];
        }
    }
    partial[index] = sum;
    workgroupBarrier();
    if (index < WIDTH && channel < CHANNELS) {
        for (var lane = 1u; lane < LANES; lane++) {
            sum += partial[lane * WIDTH + index];
        }
        sums[group.y * CHANNELS + channel] = sum;
    }
}
