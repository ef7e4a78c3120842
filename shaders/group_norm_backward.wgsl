    // With n the normal image, d = weight·dz its gradient and dz that before the activation:
    // dx = (d − mean(d) − n·mean(d·n))/σ. dz is kept in the output between the two loops.
    let w = weight[channel];
    let b = bias[channel];
    var sum_dz = 0.0;
    var sum_dz_n = 0.0;
    for (var pixel = index / WIDTH; pixel < PIXELS; pixel += LANES) {
        let at = first + pixel * CHANNELS;
        let n = (images[at] - mean) * inverse;
        let z = n * w + b;
        let dz = {{ before }};
        output[at] = dz;
        sum_dz += dz;
        sum_dz_n += dz * n;
    }
    let mean_d = total(index, sum_dz * w) / count;
    let mean_d_n = total(index, sum_dz_n * w) / count;
    for (var pixel = index / WIDTH; pixel < PIXELS; pixel += LANES) {
        let at = first + pixel * CHANNELS;
        let n = (images[at] - mean) * inverse;
        output[at] = (output[at] * w - mean_d - n * mean_d_n) * inverse;
    }
    // Of this image: [B, 2, C], the gradients of weight and bias.
    let share = channel_total(index, sum_dz_n);
    let share_b = channel_total(index, sum_dz);
    if (index < WIDTH) {
        shares[group.y * 2u * CHANNELS + channel] = share;
        shares[(group.y * 2u + 1u) * CHANNELS + channel] = share_b;
    }
