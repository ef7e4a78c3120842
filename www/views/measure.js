/**
 * The form Measure, which evaluates the digits that the weights in use draw: what is done and what is left, and the figures
 * (figures.js), beside those of an earlier measurement if the visitor wants.
 *
 * @typedef {import('../lib/measured.js').Measurement} Measurement
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {import('../protocol.js').Measured} Measured
 * @typedef {import('../protocol.js').ModelInfo} ModelInfo
 */

import { any, button, create, element, fill, input, number, progress, saveAs, select } from '../lib/dom.js';
import { count, downloaded, duration, fixed } from '../lib/format.js';
import { keepMeasurement, measurements } from '../lib/measured.js';
import { drawOptions } from './generate.js';
import { clear } from './notices.js';

/** Digits from which on the figures say something. */
const ENOUGH = 100;

/** @type {Promise<typeof import('./figures.js')> | undefined} */
let fetched;
/** What shows the figures, fetched when there are some to come: few visitors measure. */
const figuresModule = () => (fetched ??= import('./figures.js').catch((error) => {
  fetched = undefined;
  throw error;
}));

/** Which weights. @param {ModelInfo | undefined} model @param {string} [run] the name of the run that they are of */
const titleFor = (model, run) => (model ? `${run ?? model.source}, ${count(model.steps)} training steps` : 'the weights in use');

/**
 * What only these weights have: other runs of the same length end with another loss.
 * @param {ModelInfo | undefined} model
 */
const marksOf = (model) => (model ? [model.parameters, model.steps, model.loss ?? model.source, model.recipe] : []);

/** How their digits are drawn. */
function manner() {
  const { class: digit, cfg_scale, sampler, count: digits } = { ...drawOptions(), count: number('measure-count') };
  const scale = input('guidance').disabled ? '' : `, guidance ${fixed(cfg_scale, 2)}`;
  const guidance = digit === 'none' ? `, without a class${scale}` : scale;
  const title = select('sampler').selectedOptions[0]?.text ?? '';
  return `${count(digits)} digits drawn with ${title}, ${count(sampler.steps)} steps${guidance}`;
}

const time = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
/** @param {Measurement} measurement */
const named = ({ of, at }) => `${of} (${time.format(new Date(at))})`;

/** The parts of a measurement: those before the present one are done. @param {string[]} parts @param {string} now */
function showParts(parts, now) {
  const at = parts.indexOf(now);
  any('measure-parts').replaceChildren(...parts.map((part, index) => {
    const made = create('li', {}, part);
    if (at < 0 || index < at) made.className = 'done';
    else if (index === at) made.setAttribute('aria-current', 'step');
    return made;
  }));
}

/** @param {WorkerLink} link */
export function measureFor(link) {
  const bar = progress('measure-progress');
  const what = any('measure-what');
  const left = any('measure-left');
  const compare = select('measure-compare');
  /** @type {ModelInfo | undefined} */
  let model;
  /** What is shown: of this visit, or kept from an earlier one. @type {{ measurement: Measurement, found?: Measured } | undefined} */
  let shown;
  let running = false;
  /** Whether Measure was pressed and nothing has said yet that it ended. */
  let asked = false;
  /** @type {string[]} */
  let parts = [];
  /** Of the figures to come: weights and fields as they were when Measure was pressed. */
  let coming = { id: '', title: '', of: '' };
  /** The runs that are kept, by name, and the one that is open. @type {Map<string, string>} */
  let runNames = new Map();
  let openRun = '';
  let session = false;

  const show = async () => {
    any('measure-results').hidden = !shown;
    if (!shown) return;
    const now = shown;
    const { measurement, found } = now;
    const { conditional, unconditional } = measurement.figures;
    any('measure-few').hidden = (conditional?.count ?? unconditional?.count ?? ENOUGH) >= ENOUGH;
    any('measure-of').textContent = `${measurement.of}${found ? '' : `, measured on ${time.format(new Date(measurement.at))}`}.`;
    button('measure-save').hidden = !found;
    const other = measurements().find(({ id }) => id === compare.value);
    any('measure-compared').textContent = other ? `Beside them: ${named(other)}.` : 'Puts the figures of an earlier measurement beside these.';
    const place = any('measure-figures');
    try {
      const { figuresView } = await figuresModule();
      // Meanwhile there may be others.
      if (shown !== now || compare.value !== (other?.id ?? '')) return;
      place.replaceChildren(...figuresView(measurement.figures, {
        unsure: found?.unsure, pixels: found?.unsure_pixels, other: other?.figures,
      }));
    } catch (error) {
      place.textContent = `The tables cannot be shown: www/views/figures.js could not be fetched (${error instanceof Error ? error.message : error}). “Download figures” has all of them.`;
    }
  };
  /** Offer what can be compared with what is shown. */
  const offer = () => {
    const others = measurements().filter(({ id }) => id !== shown?.measurement.id);
    const before = compare.value;
    compare.replaceChildren(new Option('nothing', ''), ...others.map((entry) => new Option(named(entry), entry.id)));
    compare.value = others.some(({ id }) => id === before) ? before : '';
    any('measure-comparing').hidden = others.length === 0;
  };

  compare.addEventListener('change', show);
  element('measure-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    clear('measure');
    asked = true;
    const title = titleFor(model, session ? runNames.get(openRun) : undefined);
    const drawn = manner();
    coming = { id: JSON.stringify([...marksOf(model), drawn]), title, of: `${title}; ${drawn}` };
    link.command({
      type: 'measure',
      draw: { ...drawOptions(), count: number('measure-count') },
      neighbours: input('measure-neighbours').checked,
      cas: input('measure-cas').checked,
      network: input('measure-network').checked,
    });
  });
  button('measure-save').addEventListener('click', () => {
    if (shown?.found) saveAs(shown.found.json, 'evaluation.json');
  });

  link.on('model', (info) => {
    model = info;
  });
  link.on('run_claimed', ({ id }) => {
    openRun = id;
  });
  link.on('runs', ({ runs }) => {
    runNames = new Map(runs.map(({ id, name }) => [id, name]));
  });
  link.on('download', ({ what: part, loaded, total }) => {
    // Of several files one may have failed while others still come.
    if (part !== 'measure' || !asked) return;
    any('measuring').dataset.begun = '';
    fill(bar, loaded, total);
    what.textContent = 'Fetching MNIST and the classifier';
    left.textContent = downloaded(loaded, total);
  });
  // How fast the device trains is measured without one.
  link.on('measurement', (event) => {
    running = true;
    any('measuring').dataset.begun = '';
    shown = undefined;
    show();
    parts = event.parts;
    // To be here in time; where it fails, `show` says so.
    figuresModule().catch(() => {});
    showParts(parts, parts[0]);
  });
  link.on('state', ({ activity, can }) => {
    session = can.reset;
    if (!running || activity === 'measurement') return;
    asked = running = false;
    const complete = shown?.found?.complete === true;
    what.textContent = complete ? 'Measured' : 'Cancelled';
    left.textContent = '';
    fill(bar, complete ? 1 : 0, 1);
    parts = [];
    showParts(parts, '');
  });
  link.on('measuring', ({ what: now, share: done, left_s }) => {
    fill(bar, done, 1);
    if (what.textContent !== now) showParts(parts, now);
    what.textContent = now;
    left.textContent = left_s == null || done >= 1 ? '' : `${duration(left_s)} left`;
  });
  link.on('measured', (found) => {
    shown = { measurement: { ...coming, at: new Date().toISOString(), figures: found.figures }, found };
    if (found.complete) keepMeasurement(shown.measurement);
    offer();
    show();
  });
  const stopped = () => {
    asked = running = false;
    what.textContent = '';
    left.textContent = '';
    fill(bar, 0, 1);
    showParts([], '');
  };
  link.on('crash', stopped);
  // What it needs has not come; the notice says what to do.
  link.on('refused', ({ what: subject }) => {
    if (subject === 'measure' && !running) stopped();
  });

  const [newest] = measurements();
  if (newest) {
    any('measuring').dataset.begun = '';
    what.textContent = '';
    shown = { measurement: newest };
    offer();
    show();
  }
}
