/** Holding a contender's outputs against PyTorch's (bench/reference.py). */

/** Largest error of an output; of a gradient, the same relative to the parameter's own gradient. */
export const TOLERANCE = 1e-3;
/** A gradient smaller than this share of the whole one is measured against that share: rounding is all it has. */
const FLOOR = 1e-3;

const largest = (errors) => errors.reduce((most, error) => (error <= most ? most : error), 0);

/**
 * @param {Map<string, { data: Float32Array }>} reference
 * @param {{ output: number[], loss?: number, gradient?: Record<string, number[]> }} found
 * @param {number} tolerance of the output
 * @returns {{ output: number, loss?: number, gradient?: number, ok: boolean }} errors
 */
export function judged(reference, found, tolerance = TOLERANCE) {
  const data = (name) => reference.get(name).data;
  const gaps = (a, b) => {
    if (a.length !== b.length) return [Infinity];
    // Not a number is as wrong as can be.
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
