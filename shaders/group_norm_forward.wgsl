    let scale = weight[channel] * inverse;
    let shift = bias[channel] - mean * scale;
    for (var pixel = index / WIDTH; pixel < PIXELS; pixel += LANES) {
        let at = first + pixel * CHANNELS;
        let z = images[at] * scale + shift;
        output[at] = {{ activated }};
    }
