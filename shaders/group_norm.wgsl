// Group normalisation, then SiLU where asked for. A workgroup takes one group of one image; an
// invocation keeps to one channel, because the group's width divides the number of invocations.

@group(0) @binding(0) var<storage, read_write> images: array<f32>;
@group(0) @binding(1) var<storage, read_write> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
{{ bindings }}

const PIXELS = {{ pixels }}u;
const CHANNELS = {{ channels }}u;
// Channels of a group.
const WIDTH = {{ width }}u;
const EPS = {{ eps }};
// Pixels at a time, a power of two.
const LANES = {{ lanes }}u;

var<workgroup> partial: array<f32, {{ workgroup }}>;

// The sum over all invocations of the same channel.
fn channel_total(index: u32, value: f32) -> f32 {
    workgroupBarrier();
    partial[index] = value;
    for (var reach = LANES / 2u; reach > 0u; reach /= 2u) {
        workgroupBarrier();
        if (index < reach * WIDTH) {
            partial[index] += partial[index + reach * WIDTH];
        }
    }
    workgroupBarrier();
    return partial[index % WIDTH];
}

// The sum over all invocations.
fn total(index: u32, value: f32) -> f32 {
    _ = channel_total(index, value);
    var sum = 0.0;
    for (var channel = 0u; channel < WIDTH; channel++) {
        sum += partial[channel];
    }
    return sum;
}

@compute @workgroup_size({{ workgroup }}, 1, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_id) local: vec3<u32>,
) {
    let index = local.x;
    let channel = group.x * WIDTH + index % WIDTH;
    let first = group.y * PIXELS * CHANNELS + channel;
    let count = f32(PIXELS * WIDTH);

    var sum = 0.0;
    for (var pixel = index / WIDTH; pixel < PIXELS; pixel += LANES) {
        sum += images[first + pixel * CHANNELS];
    }
    let mean = total(index, sum) / count;
    sum = 0.0;
    for (var pixel = index / WIDTH; pixel < PIXELS; pixel += LANES) {
        let centred = images[first + pixel * CHANNELS] - mean;
        sum += centred * centred;
    }
    let inverse = inverseSqrt(total(index, sum) / count + EPS);

{{ body }}}
