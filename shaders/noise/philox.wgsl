// Philox4x32-10 and Box–Muller as in crate/rng.rs. A shader that includes this text has to bind a buffer `numbers` of u32,
// whose first six name the stream of the noise (row_gaussians at the end).
//
// WGSL allows its own logarithm, sine and cosine errors of 2⁻¹¹. The
// functions here, with the polynomials of musl's logf, sinf and cosf, give the same on every adapter except for the last
// bits.

// The high 32 bits of a·b.
fn mul_high(a: u32, b: u32) -> u32 {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
    return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}

// The ten rounds of Philox4x32 on the counter `first` under the key `first_key`.
fn philox(first: vec4<u32>, first_key: vec2<u32>) -> vec4<u32> {
    var counter = first;
    var key = first_key;
    for (var round = 0u; round < 10u; round++) {
        let a = 0xd2511f53u;
        let b = 0xcd9e8d57u;
        counter = vec4(
            mul_high(b, counter.z) ^ counter.y ^ key.x,
            b * counter.z,
            mul_high(a, counter.x) ^ counter.w ^ key.y,
            a * counter.x,
        );
        key += vec2(0x9e3779b9u, 0xbb67ae85u);
    }
    return counter;
}

// A number in [0, 1) from the upper 24 bits of a word.
fn uniform_of(word: u32) -> f32 {
    return f32(word >> 8u) * (1.0 / 16777216.0);
}

// ln x for a positive, normal x.
fn logarithm(x: f32) -> f32 {
    let bits = bitcast<u32>(x) + (0x3f800000u - 0x3f3504f3u);
    let exponent = f32(i32(bits >> 23u) - 127);
    // The mantissa, scaled to lie between √½ and √2, minus 1.
    let f = bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let r = z * (0.66666662693 + w * 0.28498786688) + w * (0.40000972152 + w * 0.24279078841);
    let half = 0.5 * f * f;
    return s * (half + r) + exponent * 9.0580006145e-6 - half + f + exponent * 0.69313812256;
}

// Two standard Gaussian numbers from two words, by Box–Muller.
fn gaussians(words: vec2<u32>) -> vec2<f32> {
    // 1 − u lies in (0, 1], so the logarithm is finite.
    let radius = sqrt(-2.0 * logarithm(1.0 - uniform_of(words.x)));
    let turn = uniform_of(words.y);
    // The polynomials hold up to an eighth of a turn, so the angle is taken from the nearest quarter of a turn.
    let quarter = floor(4.0 * turn + 0.5);
    let angle = (turn - 0.25 * quarter) * 6.283185307179586;
    let z = angle * angle;
    let sine = angle + angle * z * (-0.16666666642 + z * (0.00833332939 + z * (-0.00019839335 + z * 2.7183115e-6)));
    let cosine = 1.0 + z * (-0.49999999725 + z * (0.04166662332 + z * (-0.00138867638 + z * 0.00002439045)));
    var both = vec2(cosine, sine);
    if ((u32(quarter) & 1u) == 1u) {
        both = vec2(-sine, cosine);
    }
    if ((u32(quarter) & 2u) == 2u) {
        both = -both;
    }
    return radius * both;
}

// Gaussian numbers 2·pair and 2·pair + 1 of a row. Words 0 to 5 of the binding `numbers` are the seed (low, high), the
// purpose, the id of row 0 (low, high), and how many words of each row's stream are used already, an even number. Row r has
// the id of row 0 plus r.
fn row_gaussians(row: u32, pair: u32) -> vec2<f32> {
    let low = numbers[3] + row;
    let high = numbers[4] + select(0u, 1u, low < row);
    let word = numbers[5] + 2u * pair;
    let words = philox(vec4(word / 4u, low, high, numbers[2]), vec2(numbers[0], numbers[1]));
    return gaussians(select(words.xy, words.zw, (word & 2u) == 2u));
}
