    // dx = (d − mean(d) − n·mean(d·n))/σ, where n is the normalised image, dz the gradient with respect to the activation's
    // input and d = weight·dz that with respect to n.
    let w = weight[channel];
    let b = bias[channel];
    {{ gradients }}
    var sum_dz = {{ sum_dz }};
    var sum_dz_n = {{ sum_dz_n }};
    {{ quad_sums }}
    partial_dz[index / {{ quad_size }}u] = sum_dz;
    partial_dz_n[index / {{ quad_size }}u] = sum_dz_n;
    workgroupBarrier();
    if (index < WIDTH) {
        sum_dz = {{ type }}(0.0);
        sum_dz_n = {{ type }}(0.0);
        for (var i = index * PARTIALS_A_CHANNEL; i < (index + 1u) * PARTIALS_A_CHANNEL; i++) {
            sum_dz += partial_dz[i];
            sum_dz_n += partial_dz_n[i];
        }
        // This image's contribution to the gradients of weight and bias, [B, 2, C]; the host sums over images.
        let own = group.x * WIDTH + index;
        image_gradients[group.y * 2u * CHANNELS + own] = sum_dz_n;
        image_gradients[(group.y * 2u + 1u) * CHANNELS + own] = sum_dz;
        channel_d[index] = sum_dz * weight[own];
        channel_d_n[index] = sum_dz_n * weight[own];
    }
    workgroupBarrier();
    var d = {{ type }}(0.0);
    var d_n = {{ type }}(0.0);
    for (var i = 0u; i < WIDTH; i++) {
        d += channel_d[i];
        d_n += channel_d_n[i];
    }
    let mean_d = horizontal(d) / COUNT;
    let mean_d_n = horizontal(d_n) / COUNT;
    {{ stores }}
