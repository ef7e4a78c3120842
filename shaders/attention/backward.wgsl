    // The gradient of the values: attentionᵀ·dy.
    for (var part = index; part < PARTS; part += INVOCATIONS) {
        let tokens = part / WIDTH * {{ tile }}u;
        let c = part % WIDTH;
        {{ values }}
    }
    // The gradient of a row of products is p·(dp − Σ p·dp), where p is the row of the attention and dp = dy·valueᵀ the
    // gradient with respect to p.
    {{ zeros }}
    if (tiled) {
        {{ attention_gradient }}
    }
    workgroupBarrier();
    if (tiled) {
        {{ products_gradient }}
    }
    workgroupBarrier();
    // The gradients of the queries and the keys.
    for (var part = index; part < PARTS; part += INVOCATIONS) {
        let tokens = part / WIDTH * {{ tile }}u;
        let c = part % WIDTH;
        {{ queries_and_keys }}
    }
