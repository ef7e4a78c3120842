/** Compares a contender's outputs with PyTorch's (bench/reference.py). */

/** The largest allowed error of an output, and of a gradient relative to the norm of the parameter's gradient. */
export const TOLERANCE = 1e-3;
/** A gradient whose norm is below this fraction of the whole gradient's is compared relative to that fraction: it consists of rounding errors. */
const FLOOR = 1e-3;

const largest = (errors) => errors.reduce((most, error) => (error <= most ? most : error), 0);

/**
 * The errors of a contender, and whether all are within the tolerance.
 *
 * @param {Map<string, { data: Float32Array }>} reference
 * @param {{ output: number[], loss?: number, gradient?: Record<string, number[]> }} found
 * @param {number} tolerance of the output
 * @returns {{ output: number, loss?: number, gradient?: number, ok: boolean }} errors
 */
export function compare(reference, found, tolerance = TOLERANCE) {
  const data = (name) => reference.get(name).data;
  const gaps = (a, b) => {
    if (a.length !== b.length) return [Infinity];
    // NaN counts as an infinite error.
    return Array.from(a, (v, i) => (Number.isFinite(v) ? Math.abs(v - b[i]) : Infinity));
  };
  const errors = { output: largest(gaps(found.output, data('output'))) };
  if (found.gradient) {
    const names = [...reference.keys()].filter((name) => name.startsWith('grad.'));
    const whole = Math.hypot(...names.map((name) => data(name)[0]));
    errors.loss = Math.abs(found.loss - data('loss')[0]);
    errors.gradient = largest(names.map((name) => {
      const expected = data(name);
      const gap = largest(gaps(found.gradient[name.slice('grad.'.length)] ?? [], expected));
      return gap / Math.max(expected[0], FLOOR * whole);
    }));
  }
  const allowed = (name) => (name === 'output' ? tolerance : TOLERANCE);
  return { ...errors, ok: Object.entries(errors).every(([name, error]) => error <= allowed(name)) };
}
