    let scale = weight[channel] * inverse;
    let shift = bias[channel];
    {{ stores }}
