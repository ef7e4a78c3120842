/**
 * The form Train, which begins a training session, and the progress of the images' download before it. What it learns from is chosen
 * in data-choice.js.
 *
 * A recipe that is chosen (`RunPlan` in protocol.d.ts) sets all of the form; each field can then be changed. The inputs of the recipe
 * are built from the description that the worker sends (`RecipeField` in protocol.d.ts, declared in crate/training/recipe.rs); those
 * of the session itself, such as "Stop after", are in index.html.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').FieldValue} FieldValue
 * @typedef {import('../protocol.js').ModelInfo} ModelInfo
 * @typedef {import('../protocol.js').Preset} Preset
 * @typedef {import('../protocol.js').RecipeField} RecipeField
 * @typedef {import('../protocol.js').RunPlan} RunPlan
 * @typedef {import('../protocol.js').ShortRun} ShortRun
 * @typedef {import('../protocol.js').TrainConfig} TrainConfig
 * @typedef {import('../protocol.js').TrainOptions} TrainOptions
 */

import { any, button, create, element, factRows, fill, input, number, progress, select } from '../lib/dom.js';
import { bytes, count, downloaded, duration } from '../lib/format.js';
import { TrainingSpeeds } from '../lib/training-speeds.js';
import { dataChoiceFor } from './data-choice.js';
import { clear } from './notices.js';

/**
 * Inputs whose id is not the field's name with hyphens: other elements have the ids `schedule` and `seed`, and `warmup`
 * is older than the rule.
 * @type {Partial<Record<keyof TrainConfig, string>>}
 */
const IDS = { schedule: 'beta-schedule', seed: 'training-seed', warmup_steps: 'warmup' };

/** @param {RecipeField} field */
const idOf = ({ name }) => IDS[name] ?? name.replaceAll('_', '-');

/** The element that a field is set with. @param {RecipeField} field */
function inputOf(field) {
  const { control } = field;
  const id = idOf(field);
  switch (control.kind) {
    case 'number': {
      const made = create('input', { id, type: 'number', defaultValue: String(field.default) });
      if (typeof control.min === 'number') made.min = String(control.min);
      if (typeof control.max === 'number') made.max = String(control.max);
      if (!control.whole) made.step = 'any';
      return made;
    }
    case 'switch':
      return create('input', { id, type: 'checkbox', defaultChecked: field.default === true });
    case 'choice':
      return create('select', { id }, ...control.options.map(([name, text]) => {
        const standard = name === field.default;
        return new Option(text, name, standard, standard);
      }));
  }
}

/** A field's label, its input, and below them what it does. @param {RecipeField} field */
function rowOf(field) {
  const { label, hint, help, control } = field;
  const id = idOf(field);
  const entry = inputOf(field);
  entry.setAttribute('aria-describedby', `${id}-hint`);
  const words = create('span', { className: 'hint', id: `${id}-hint` }, `${help}${hint && ` (${hint})`}.`);
  if (control.kind === 'switch') return create('div', { className: 'field' }, create('label', { className: 'check' }, entry, ` ${label}`), words);
  return create('div', { className: 'field' }, create('label', { htmlFor: id }, label), entry, words);
}

/** Puts the inputs in their places. @param {RecipeField[]} fields */
function build(fields) {
  const rows = (/** @type {RecipeField['group']} */ group) =>
    fields.filter((field) => field.group === group).map(rowOf);
  const places = [...any('train-main').querySelectorAll('.field:empty')];
  for (const row of rows('main')) {
    const place = places.shift();
    if (place) place.replaceWith(row);
    else any('train-main').append(row);
  }
  any('train-more').prepend(...rows('more'));
}

/** What a field is set to. @param {RecipeField} field @returns {FieldValue} */
function valueOf(field) {
  if (field.group === 'hidden') return field.default;
  const id = idOf(field);
  switch (field.control.kind) {
    case 'number': return number(id);
    case 'switch': return input(id).checked;
    case 'choice': return select(id).value;
  }
}

/** @param {RecipeField} field @param {FieldValue} value */
function set(field, value) {
  const id = idOf(field);
  switch (field.control.kind) {
    case 'number': input(id).value = String(value); break;
    case 'switch': input(id).checked = value === true; break;
    case 'choice': select(id).value = String(value); break;
  }
}

/** What the form says now. @param {RecipeField[]} recipe @returns {TrainOptions} */
function options(recipe) {
  /** @type {TrainConfig} */
  const config = /** @type {any} */ (Object.fromEntries(recipe.map((field) => [field.name, valueOf(field)])));
  const sampleSteps = number('sample-steps');
  return {
    config,
    // The list is empty while training begins from weights of a custom shape; Rust then ignores the preset.
    preset: /** @type {Preset} */ (select('preset').value || 'small'),
    from_current: select('start-from').value === 'current',
    sample_every: number('sample-every'),
    // Samples take at most T steps. With a short T they take all of them, which needs no refusal.
    sample_steps: config.timesteps < sampleSteps ? config.timesteps : sampleSteps,
    max_steps: number('stop-after'),
    validate: input('validate').checked,
    // The worker names it.
    run: '',
  };
}

/** Ask what memory the session would take that the form describes. @param {WorkerLink} link */
function askEstimate(link) {
  const batch = number('batch-size');
  any('memory-line').textContent = '';
  if (!Number.isInteger(batch) || batch < 1 || batch >= 2 ** 32) return;
  const preset = /** @type {Preset} */ (select('preset').value || 'small');
  link.command({ type: 'estimate', preset, from_current: select('start-from').value === 'current', batch_size: batch });
}

/** @param {WorkerLink} link */
export function trainingFor(link) {
  dataChoiceFor(link);
  const fields = element('train-fields', HTMLFieldSetElement);
  const startFrom = select('start-from');
  /** @type {ModelInfo | undefined} */
  let model;
  /** @type {RecipeField[]} */
  let recipe = [];
  /** @type {ShortRun[]} */
  let shortRuns = [];
  /** @type {RunPlan[]} */
  let plans = [];
  const speeds = new TrainingSpeeds(link);
  /** The inputs that the visitor has changed, which another model leaves as they are. @type {Set<EventTarget | null>} */
  const changed = new Set();
  let allowed = false;
  let fetching = false;
  /** The network that was chosen before the weights in use took its place. @type {string | undefined} */
  let replaced;

  const plan = () => plans.find(({ name }) => name === select('plan').value);

  /** The recipe that the form opens with: that of the plan, which for a short run differs from network to network. */
  const offered = () => {
    const chosen = plan();
    const preset = select('preset').value;
    if (!chosen || preset === chosen.preset || !chosen.short) return chosen;
    return shortRuns.find((run) => run.preset === preset);
  };

  /** Say what the recipe gives, and how long the run will take as the form stands. */
  const describe = () => {
    const chosen = plan();
    if (!chosen) return;
    const preset = select('preset').value;
    // A short run of another network is the one that was measured with that.
    const same = chosen.short && preset !== chosen.preset ? plans.find((other) => other.short && other.preset === preset) : chosen;
    const otherwise = changed.size > 0 || (same?.preset ?? preset) !== preset;
    any('plan-words').textContent = `${same?.gives ?? 'How good this network gets was not measured.'}${otherwise ? ' You have changed it below.' : ''}`;
    button('plan-again').hidden = changed.size === 0;
    const steps = number('stop-after') || chosen.usual_steps;
    const batch = number('batch-size');
    const speed = speeds.of(/** @type {Preset} */ (preset), batch);
    const time = any('plan-time');
    if (speed === undefined) time.textContent = 'How long it takes on this device is not known yet.';
    else if (!(steps > 0)) time.textContent = '';
    else time.textContent = `${count(steps)} steps take about ${duration((steps * batch) / speed)} here, at ${count(speed)} images a second.`;
  };

  /** How long a recipe takes here as it is offered. @param {RunPlan} plan */
  const timeOf = ({ preset, config: { batch_size: batch }, steps, usual_steps: usual }) => {
    const speed = speeds.of(preset, batch);
    if (speed === undefined) return speeds.isAwaited(preset, batch) ? 'being measured …' : 'not measured';
    return `about ${duration((usual * batch) / speed)}${steps > 0 ? '' : ` for ${count(usual)} steps`}`;
  };
  const listTimes = () => {
    const known = plans.some(({ preset, config }) => speeds.isAwaited(preset, config.batch_size) || speeds.of(preset, config.batch_size) !== undefined);
    any('plan-times').hidden = !known;
    any('plan-times').replaceChildren(...factRows(plans.map((each) => [each.title, timeOf(each)])));
  };
  /** Measure the form as it stands, and each recipe. */
  const measureTimes = () => {
    const own = options(recipe);
    speeds.measure([own, ...plans.map(({ preset, config }) => ({ ...own, preset, config, from_current: false }))]);
  };

  /** Sets what the visitor has not changed to the recipe that is offered. */
  const offer = () => {
    const run = offered();
    if (!run) return;
    for (const field of recipe) {
      if (field.group === 'hidden' || changed.has(any(idOf(field)))) continue;
      set(field, run.config[field.name]);
    }
    if (!changed.has(any('stop-after'))) input('stop-after').value = String(run.steps);
    describe();
  };

  /** Sets all of the form to the recipe that is chosen. */
  const choosePlan = () => {
    const chosen = plan();
    if (!chosen) return;
    for (const field of recipe) if (field.group !== 'hidden') changed.delete(any(idOf(field)));
    changed.delete(any('stop-after'));
    if (!select('preset').disabled) select('preset').value = chosen.preset;
    refresh();
    askEstimate(link);
  };

  const refresh = () => {
    // Train stays enabled while the images are fetched, so that it keeps the keyboard's focus. The worker ignores a
    // second press.
    fields.disabled = !allowed || fetching;
    button('train-defaults').disabled = fields.disabled;
    any('data-download').hidden = !fetching;
    /** @type {HTMLOptionElement} */ (startFrom.options[1]).disabled = !model;
    // Training that begins from weights in use keeps their shape, and what decides the meaning of their outputs.
    const source = startFrom.value === 'current' ? model : undefined;
    select('preset').disabled = Boolean(source);
    if (source) {
      replaced ??= select('preset').value;
      select('preset').value = source.preset ?? '';
    } else if (replaced !== undefined) {
      select('preset').value = replaced;
      replaced = undefined;
    }
    offer();
    for (const field of recipe) {
      if (field.group === 'hidden' || field.decides !== 'outputs') continue;
      element(idOf(field), HTMLElement).toggleAttribute('disabled', Boolean(source));
      if (source) set(field, source.recipe[field.name]);
    }
  };
  const fetched = () => {
    fetching = false;
    refresh();
  };

  fields.addEventListener('input', ({ target }) => {
    // What is not of the recipe is not offered anew with another.
    const own = target instanceof HTMLElement && (target.id === 'stop-after' || recipe.some((field) => idOf(field) === target.id));
    if (own) changed.add(target);
    describe();
    askEstimate(link);
  });
  select('plan').addEventListener('change', choosePlan);
  button('plan-again').addEventListener('click', () => {
    choosePlan();
    select('plan').focus({ preventScroll: true });
  });
  button('time-training').addEventListener('click', () => {
    clear('train');
    measureTimes();
  });
  select('preset').addEventListener('change', () => {
    offer();
    askEstimate(link);
  });
  element('train-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    clear('train');
    link.command({ type: 'train', ...options(recipe) });
  });
  startFrom.addEventListener('change', refresh);
  link.on('recipe', (event) => {
    // After a crash a new worker sends it again; the form then keeps what was typed.
    const first = recipe.length === 0;
    recipe = event.fields;
    shortRuns = event.short_runs;
    plans = event.plans;
    if (first) {
      build(recipe);
      // That of the network that the page opens with: digits that people recognise, soonest.
      const standard = plans.find(({ preset, short }) => short && preset === select('preset').value);
      select('plan').append(...plans.map(({ name, title }) => new Option(title, name, name === standard?.name, name === standard?.name)));
    }
    refresh();
  });
  speeds.onChange(() => {
    describe();
    listTimes();
  });
  // A run that goes on for a while says it, too.
  link.on('training', ({ batch_size, images_per_s, elapsed_s }) => {
    if (elapsed_s > 5 && images_per_s > 0 && model?.preset) speeds.note(model.preset, batch_size, images_per_s);
  });
  link.on('estimate', ({ bytes: needed, most_images }) => {
    const fits = number('batch-size') <= most_images;
    any('memory-line').textContent = `Training takes about ${bytes(needed)} of memory${
      fits ? '' : `, more than this device has: batches of at most ${count(most_images)} images fit`}.`;
  });
  link.on('state', ({ can }) => {
    allowed = can.train;
    button('time-training').disabled = !can.train;
    any('session-hint').hidden = !can.reset;
    refresh();
  });
  link.on('model', (info) => {
    model = info;
    refresh();
    askEstimate(link);
  });
  link.on('download', ({ what, loaded, total }) => {
    if (what !== 'data') return;
    fetching = true;
    fill(progress('download-data'), loaded, total);
    any('download-data-size').textContent = downloaded(loaded, total);
    refresh();
  });
  link.on('data', () => {
    fetched();
    askEstimate(link);
  });
  link.on('refused', fetched);
  link.on('crash', () => {
    allowed = false;
    model = undefined;
    startFrom.value = 'fresh';
    fetched();
  });
}
