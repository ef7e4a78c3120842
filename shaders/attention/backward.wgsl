    // The gradient of the values: attentionᵀ·dy.
    for (var part = index; part < PARTS; part += INVOCATIONS) {
        let tokens = part / WIDTH * {{ tile }}u;
        let c = part % WIDTH;
        {{ values }}
    }
    // With p a row of the attention and dp = dy·valueᵀ its gradient, that of the products is
    // p·(dp − Σ p·dp).
    {{ zeros }}
    if (tiled) {
        {{ attention_gradient }}
    }
    workgroupBarrier();
    if (tiled) {
        {{ products_gradient }}
    }
    workgroupBarrier();
    for (var part = index; part < PARTS; part += INVOCATIONS) {
        let tokens = part / WIDTH * {{ tile }}u;
        let c = part % WIDTH;
        {{ queries_and_keys }}
    }
