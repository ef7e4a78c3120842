/**
 * What visitors set survives a reload, and an address holds what another person needs to see the same digits: the fields of
 * Generate by their ids (`?seed=7&class=3&sampler=ddim&steps=25`).
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 */

import { any, button, input } from '../lib/dom.js';
import { notify } from './notices.js';

/** Where the browser keeps the settings, an object of texts by the fields' ids. */
const KEY = 'ddpm.settings';
const FORMS = ['generate-form', 'edit-form', 'train-form', 'measure-form'];
/** The form whose fields an address may hold. */
const SHARED = 'generate-form';

/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

/** The fields of a form that have a value to keep. @param {string} form @returns {Control[]} */
const controlsOf = (form) =>
  [...any(form).querySelectorAll('input[id]:not([type=radio]):not([type=file]), select[id]')].filter(
    (field) => field instanceof HTMLInputElement || field instanceof HTMLSelectElement,
  );

/** @param {Control} field */
const valueOf = (field) => (field.type === 'checkbox' && field instanceof HTMLInputElement ? String(field.checked) : field.value);

/** The value that the page opens with. @param {Control} field */
function standardOf(field) {
  if (field instanceof HTMLSelectElement) return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value ?? '';
  return field.type === 'checkbox' ? String(field.defaultChecked) : field.defaultValue;
}

/** Set a field as a visitor would. A value that the field cannot have is left out. @param {Control} field @param {string} value */
function set(field, value) {
  if (valueOf(field) === value) return;
  if (field instanceof HTMLSelectElement) {
    if (![...field.options].some((option) => option.value === value && !option.hidden)) return;
    field.value = value;
  } else if (field.type === 'checkbox') {
    field.checked = value === 'true';
  } else {
    field.value = value;
  }
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new Event('change', { bubbles: true }));
}

/** What the browser kept, which anybody may have changed. @returns {Record<string, string>} */
function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return Object.fromEntries(Object.entries(found).filter(([, value]) => typeof value === 'string'));
  } catch {
    return {};
  }
}

/** The address of the page with the fields of Generate that are not as it opens, and the seed. */
function address() {
  const url = new URL(location.href);
  url.hash = '';
  for (const field of controlsOf(SHARED)) {
    const value = valueOf(field);
    const used = !field.disabled && field.closest('[hidden]') === null;
    if (used && (field.id === 'seed' || value !== standardOf(field))) url.searchParams.set(field.id, value);
    else url.searchParams.delete(field.id);
  }
  return url.href;
}

/** @param {WorkerLink} link */
export function settingsFor(link) {
  /** Ids of the fields that the visitor has set. @type {Set<string>} */
  const touched = new Set();
  const asked = new URLSearchParams(location.search);
  let restored = false;
  let draws = false;

  const save = () => {
    const fields = FORMS.flatMap(controlsOf).filter(({ id }) => touched.has(id));
    try {
      localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(fields.map((field) => [field.id, valueOf(field)]))));
    } catch {
      // Private windows may keep nothing, and the page works without.
    }
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
    const values = kept();
    const shared = new Set(controlsOf(SHARED));
    for (const field of FORMS.flatMap(controlsOf)) {
      const value = (shared.has(field) ? asked.get(field.id) : null) ?? values[field.id];
      if (value !== undefined && value !== null) set(field, value);
    }
  };
  // The forms' fields are there from then on; the classes and the variances only with the weights.
  link.on('recipe', () => {
    if (!restored) restore();
  });
  link.on('model', () => {
    if (restored) return;
    restored = true;
    restore();
    // Somebody sent this address so that its digits are seen.
    draws = asked.has('seed');
  });
  link.on('state', ({ can }) => {
    if (!draws || !can.generate) return;
    draws = false;
    button('generate').click();
  });
  link.on('sampled', ({ complete }) => {
    if (complete) history.replaceState(null, '', address());
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
  button('use-defaults').addEventListener('click', () => {
    touched.clear();
    save();
    for (const field of controlsOf(SHARED)) set(field, standardOf(field));
    touched.clear();
    save();
    input('seed').focus({ preventScroll: true });
  });
}
