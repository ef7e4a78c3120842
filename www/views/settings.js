/**
 * What visitors set and see survives a reload: settings, the parts of the page that are open, and the digits drawn last. An
 * address holds what another person needs to see the same digits: the fields of Generate by their ids
 * (`?seed=7&class=3&sampler=ddim&steps=25`).
 *
 * @typedef {import('../lib/fields.js').Control} Control
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any, button, input, isUsed, select } from '../lib/dom.js';
import { drawnLast, keepDrawn } from '../lib/drawn-last.js';
import { setField, standardOf, valueOf } from '../lib/fields.js';
import { keep, kept } from '../lib/kept.js';
import { notify } from './notices.js';

/** Where the browser keeps the settings, an object of texts by the fields' ids. */
const KEY = 'ddpm.settings';
/** And the names of the parts of the page that are open. */
const FOLDS = 'ddpm.open';
/** The elements whose fields are kept. */
const FORMS = ['generate-form', 'edit-form', 'train-form', 'measure-form', 'live', 'save-format'];
/** The form whose fields an address may hold. */
const SHARED = 'generate-form';

/** The fields of a form that have a value to keep. @param {string} form @returns {Control[]} */
const controlsOf = (form) =>
  [...any(form).querySelectorAll('input[id]:not([type=radio]):not([type=file]):not([data-passing]), select[id]')].filter(
    (field) => field instanceof HTMLInputElement || field instanceof HTMLSelectElement,
  );

/** The settings that the browser kept, which anybody may have changed. @returns {Record<string, string>} */
const keptSettings = () => Object.fromEntries(Object.entries(kept(KEY) ?? {}).filter(([, value]) => typeof value === 'string'));

/** The parts of the page that can be folded. */
const folded = () => [...document.querySelectorAll('details')];
/** A name that is the same on every visit. @param {HTMLDetailsElement} part */
const nameOf = (part) => part.id || `${part.closest('section')?.id} ${part.querySelector('summary')?.textContent}`;

/** Open the parts of the page that were open when it was left, and remember which are from now on. */
function keepFolds() {
  const open = kept(FOLDS);
  if (Array.isArray(open)) for (const part of folded()) part.open = open.includes(nameOf(part));
  // The event does not bubble.
  document.addEventListener('toggle', () => keep(FOLDS, folded().filter((part) => part.open).map(nameOf)), { capture: true });
}

/** The address of the page with the fields of Generate that are not as it opens, and the seed. */
function address() {
  const url = new URL(location.href);
  url.hash = '';
  for (const field of controlsOf(SHARED)) {
    const value = valueOf(field);
    if (isUsed(field) && (field.id === 'seed' || value !== standardOf(field))) url.searchParams.set(field.id, value);
    else url.searchParams.delete(field.id);
  }
  return url.href;
}

/** @param {WorkerLink} link */
export function settingsFor(link) {
  /** Ids of the fields that the visitor has set. @type {Set<string>} */
  const touched = new Set();
  const asked = new URLSearchParams(location.search);
  const values = keptSettings();
  let restored = false;
  let draws = false;
  /** Where the weights in use came from. */
  let weights = '';

  keepFolds();
  const save = () => {
    const fields = FORMS.flatMap(controlsOf).filter(({ id }) => touched.has(id));
    // What waits for its field, as a class that the weights have yet to name, is not given up meanwhile.
    keep(KEY, { ...(restored ? {} : values), ...Object.fromEntries(fields.map((field) => [field.id, valueOf(field)])) });
  };
  for (const form of FORMS) {
    any(form).addEventListener('input', ({ target }) => {
      if (target instanceof HTMLElement && target.id) touched.add(target.id);
      save();
    });
  }
  button('new-seed').addEventListener('click', () => {
    touched.add('seed');
    // After the handler that sets it.
    setTimeout(save);
  });

  const restore = () => {
    const shared = new Set(controlsOf(SHARED));
    for (const field of FORMS.flatMap(controlsOf)) {
      const value = (shared.has(field) ? asked.get(field.id) : null) ?? values[field.id];
      if (value !== undefined && value !== null) setField(field, value);
    }
  };
  // The forms' fields are there from then on; the classes and the variances only with the weights.
  link.on('recipe', () => {
    if (!restored) restore();
  });
  link.on('model', ({ source }) => {
    weights = source;
    if (restored) return;
    restored = true;
    restore();
    // Somebody sent this address so that its digits are seen. After a reload they are on the canvas already.
    draws = asked.has('seed') && !drawnLast();
  });
  link.on('state', ({ can }) => {
    if (!draws || !can.generate) return;
    draws = false;
    button('generate').click();
  });
  link.on('sampled', (drawn) => {
    if (drawn.complete) history.replaceState(null, '', address() + location.hash);
    // With the address that is theirs.
    keepDrawn({ ...drawn, weights });
  });

  button('copy-link').addEventListener('click', async () => {
    const text = address();
    try {
      await navigator.clipboard.writeText(text);
      any('copied-link').textContent = 'Copied.';
      setTimeout(() => { any('copied-link').textContent = ''; }, 3000);
    } catch {
      // The browser gave no permission, or the page came over plain http.
      notify('generate', `This address shows the same digits: ${text}`, { code: 'link', calm: true });
    }
  });
  for (const press of document.querySelectorAll('button[data-defaults]')) {
    const form = press.getAttribute('data-defaults') ?? '';
    press.addEventListener('click', () => {
      for (const field of controlsOf(form)) setField(field, standardOf(field));
      // The fields of a recipe follow from the recipe that is chosen, whatever they began with.
      if (form === 'train-form') select('plan').dispatchEvent(new Event('change', { bubbles: true }));
      for (const { id } of controlsOf(form)) touched.delete(id);
      save();
      if (form === SHARED) input('seed').focus({ preventScroll: true });
    });
  }
}
