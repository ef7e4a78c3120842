// Invocations that are left once quads have added theirs up.
const PARTIALS = {{ partials }}u;
const FEWER = min(8u, PARTIALS);

var<workgroup> partial: array<f32, PARTIALS>;
var<workgroup> fewer: array<f32, FEWER>;

// The sum over all invocations. Two steps and two barriers, not one of each for every halving.
fn total(index: u32, own: f32) -> f32 {
    var sum = own;
    {{ quad_sum }}
    partial[index / {{ together }}u] = sum;
    workgroupBarrier();
    if (index < FEWER) {
        sum = 0.0;
        for (var i = index; i < PARTIALS; i += FEWER) {
            sum += partial[i];
        }
        fewer[index] = sum;
    }
    workgroupBarrier();
    sum = 0.0;
    for (var i = 0u; i < FEWER; i++) {
        sum += fewer[i];
    }
    return sum;
}
