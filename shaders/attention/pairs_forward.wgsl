    // The output: attention·value.
    for (var part = index; part < PARTS; part += INVOCATIONS) {
        let tokens = part / WIDTH * {{ tile }}u;
        let c = part % WIDTH;
        {{ weighted_values }}
    }
