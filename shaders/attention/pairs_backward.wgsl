    // The gradient of the values: attentionᵀ·dy.
    for (var part = index; part < PARTS; part += INVOCATIONS) {
        let tokens = part / WIDTH * {{ tile }}u;
        let c = part % WIDTH;
        {{ value_gradients }}
    }
    // The gradient of a row of scores is p·(dp − Σ p·dp), where p is the row of the attention map and dp = dy·valueᵀ the
    // gradient with respect to p.
    {{ zeros }}
    if (has_tile) {
        {{ map_gradient }}
    }
    workgroupBarrier();
    if (has_tile) {
        {{ score_gradients }}
    }
    workgroupBarrier();
    // The gradients of the queries and the keys.
    for (var part = index; part < PARTS; part += INVOCATIONS) {
        let tokens = part / WIDTH * {{ tile }}u;
        let c = part % WIDTH;
        {{ query_and_key_gradients }}
    }
