// Sums over the pixels of each channel, [B, pixels, C] → [B, C]: 16 channels × 16 pixels at a time.

@group(0) @binding(0) var<storage, read_write> images: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;

const PIXELS = {{ pixels }}u;
const CHANNELS = {{ channels }}u;

var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let index = local.x;
    let channel = group.x * 16u + index % 16u;
    var sum = 0.0;
    if (channel < CHANNELS) {
        for (var pixel = index / 16u; pixel < PIXELS; pixel += 16u) {
            sum += images[(group.y * PIXELS + pixel) * CHANNELS + channel];
        }
    }
    partial[index] = sum;
    for (var reach = 128u; reach >= 16u; reach /= 2u) {
        workgroupBarrier();
        if (index < reach) {
            partial[index] += partial[index + reach];
        }
    }
    if (index < 16u && channel < CHANNELS) {
        sums[group.y * CHANNELS + channel] = partial[index];
    }
}
