/**
 * What callers write, checked, and turned into what the program reads (protocol.d.ts). The program checks ranges itself; here is what
 * would not reach it: a name that is misspelt, a value of another kind.
 */

/**
 * @import { Class, GenerateOptions as Wanted, ModelInfo, Preset, SamplerConfig, SamplerInfo, SamplerKind, ShortRun, TrainConfig } from './protocol.js'
 * @import { TrainOptions as WantedTraining } from './protocol.js'
 */

import { OptionError } from './errors.js';

/** Numbers that the program reads as whole ones lie below this. */
const WHOLE = 2 ** 32;

/**
 * Refuse names that are none of the options.
 * @param {object} options
 * @param {string[]} known
 */
export function checkNames(options, known) {
  if (typeof options !== 'object' || options === null) throw new OptionError('options', 'The options must be an object.');
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new OptionError(name, `There is no option ${name}. There are: ${known.join(', ')}.`);
  }
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {number}
 */
function whole(name, value) {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < WHOLE) return value;
  throw new OptionError(name, `${name} must be a whole number, not below 0 and below 2³²; it is ${shown(value)}.`);
}

/** @param {string} name @param {unknown} value @returns {number} */
function number(name, value) {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new OptionError(name, `${name} must be a number; it is ${shown(value)}.`);
}

/**
 * @template {string} T
 * @param {string} name
 * @param {unknown} value
 * @param {readonly T[]} choices
 * @returns {T}
 */
export function oneOf(name, value, choices) {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new OptionError(name, `${name} must be one of ${choices.map((choice) => `'${choice}'`).join(', ')}; it is ${shown(value)}.`);
}

/** A value as a message shows it. @param {unknown} value */
const shown = (value) => (typeof value === 'string' ? `'${value}'` : typeof value === 'object' && value ? 'an object' : String(value));

/** @param {unknown} signal @returns {AbortSignal | undefined} */
export function checkSignal(signal) {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new OptionError('signal', 'signal must be an AbortSignal, such as that of an AbortController.');
}

/** A seed of four random bytes. */
const randomSeed = () => crypto.getRandomValues(new Uint32Array(1))[0];

/**
 * @param {unknown} value
 * @returns {Class}
 */
function classOf(value) {
  if (value === 'any' || value === 'all' || value === 'none') return value;
  if (Array.isArray(value)) return { each: value.map((one) => (one === null ? null : whole('class', one))) };
  if (typeof value === 'number') return { one: whole('class', value) };
  const choices = "a class's number such as 7, 'any', 'all', 'none', or an array with a number or null for each image";
  throw new OptionError('class', `class must be ${choices}; it is ${shown(value)}.`);
}

export const GENERATE = [
  'class', 'count', 'seed', 'sampler', 'steps', 'guidance', 'spacing', 'varianceType', 'eta', 'clip', 'as', 'canvas', 'signal',
];

/**
 * @typedef {object} DrawOptions
 * @property {number | 'any' | 'all' | 'none' | Array<number | null>} [class] which digits: a class's number for all of them, `'all'`
 *   for each class in turn, `'any'` (the default) for random ones, `'none'` to draw without a class; or one for each digit, `null`
 *   for none
 * @property {number} [count] digits, 1 to 64; the default is 1, or as many as `class` names
 * @property {number} [seed] a whole number below 2³²; the same seed and weights give the same digits on one device and browser. A
 *   random one by default
 * @property {SamplerKind} [sampler] `'dpm++2m'` by default
 * @property {number} [steps] forward passes of the network, by default as many as the sampler does well with
 * @property {number} [guidance] how much the class counts, 0 to 8: 1 as trained, more exaggerates it; without a class, how far to
 *   lead away from what the weights' guide draws, if they have one. By default what the weights say
 * @property {SamplerConfig['spacing']} [spacing] which t the steps are at
 * @property {SamplerConfig['variance_type']} [varianceType] the variance of DDPM's steps
 * @property {number} [eta] the noise of the steps of DDIM and DPM-Solver++, 0 to 1; by default 1, but 0 for DDIM with a class
 * @property {boolean} [clip] hold the estimates of the digit in −1 … 1 (true by default)
 */

/**
 * @param {DrawOptions} options
 * @param {SamplerInfo[]} samplers
 * @param {ModelInfo | undefined} model the weights in use
 * @returns {Wanted}
 */
export function generation(options, samplers, model) {
  const kind = oneOf('sampler', options.sampler ?? 'dpm++2m', samplers.map((sampler) => sampler.kind));
  const each = Array.isArray(options.class) ? options.class.length : 1;
  const proposed = samplers.find((sampler) => sampler.kind === kind);
  const classless = options.class === 'none' || model?.classes === 0;
  const guidance = classless ? model?.guide?.cfg_scale ?? 1 : model?.recipe.cfg_scale ?? 1.5;
  return {
    class: classOf(options.class ?? 'any'),
    count: whole('count', options.count ?? each),
    seed: whole('seed', options.seed ?? randomSeed()),
    cfg_scale: number('guidance', options.guidance ?? guidance),
    sampler: {
      kind,
      steps: whole('steps', options.steps ?? proposed?.steps ?? 25),
      spacing: oneOf('spacing', options.spacing ?? 'linspace', /** @type {const} */ (['linspace', 'leading', 'trailing'])),
      variance_type: oneOf('varianceType', options.varianceType ?? 'fixed_small', VARIANCES),
      eta: number('eta', options.eta ?? (classless ? proposed?.eta.without_class : proposed?.eta.with_class) ?? 0),
      clip: options.clip ?? true,
      thresholding: false,
      threshold_percentile: 0.995,
      langevin_inner: 2,
      langevin_step_size: 1,
    },
    text: null,
    walk: null,
    still: false,
  };
}
const VARIANCES = /** @type {const} */ (['fixed_small', 'fixed_large', 'learned', 'learned_range']);

export const TRAIN = ['data', 'preset', 'recipe', 'steps', 'fromCurrent', 'signal'];
const PRESETS = /** @type {const} */ (['tiny', 'small', 'base']);

/**
 * @typedef {object} LearnOptions
 * @property {Preset} [preset] the network's size, `'tiny'` by default; of no account with `fromCurrent`
 * @property {number} [steps] optimiser steps, by default those of a short run of this preset; 0 goes on until the loop is left
 * @property {Partial<TrainConfig>} [recipe] fields of the recipe that differ from those of a short run
 * @property {boolean} [fromCurrent] begin from the weights in use instead of fresh ones
 */

/**
 * @param {LearnOptions} options
 * @param {ShortRun[]} shortRuns
 * @returns {WantedTraining}
 */
export function training(options, shortRuns) {
  const preset = oneOf('preset', options.preset ?? 'tiny', PRESETS);
  const run = shortRuns.find((one) => one.preset === preset) ?? shortRuns[0];
  const recipe = options.recipe ?? {};
  checkNames(recipe, Object.keys(run.config));
  return {
    config: { ...run.config, ...recipe },
    preset,
    from_current: options.fromCurrent ?? false,
    sample_every: 0,
    sample_steps: 25,
    max_steps: whole('steps', options.steps ?? run.steps),
    validate: false,
    run: '',
  };
}
