// The number of partial sums that reach workgroup memory: one for each quad, which has added up its four invocations, or
// one for each invocation on an adapter without quads.
const PARTIALS = {{ partials }}u;
// The number of sums that the first step leaves.
const GROUP_SUMS = min(8u, PARTIALS);

var<workgroup> partial: array<f32, PARTIALS>;
var<workgroup> group_sums: array<f32, GROUP_SUMS>;

// The sum of `own` over all invocations of the workgroup, in two steps with a barrier each. Halving the number of partial
// sums step by step would take a barrier for every halving.
fn total(index: u32, own: f32) -> f32 {
    var sum = own;
    {{ quad_sum }}
    partial[index / {{ quad_size }}u] = sum;
    workgroupBarrier();
    if (index < GROUP_SUMS) {
        sum = 0.0;
        for (var i = index; i < PARTIALS; i += GROUP_SUMS) {
            sum += partial[i];
        }
        group_sums[index] = sum;
    }
    workgroupBarrier();
    sum = 0.0;
    for (var i = 0u; i < GROUP_SUMS; i++) {
        sum += group_sums[i];
    }
    return sum;
}
