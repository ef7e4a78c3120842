// The number of partial sums after each quad, if the adapter has them, has added up its own four.
const PARTIALS = {{ partials }}u;
const FEWER = min(8u, PARTIALS);

var<workgroup> partial: array<f32, PARTIALS>;
var<workgroup> fewer: array<f32, FEWER>;

// The sum of `own` over all invocations of the workgroup, in two steps with a barrier each. Halving the number of partial
// sums step by step would take a barrier for every halving.
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
