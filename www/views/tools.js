/**
 * The tools beside the stage, of which one is shown: Draw, Edit, Train and so on. Each has its address (`#train`), so that Back
 * leads to the tool before and a link can lead to one. An address that names another part of the page leads to the tool that holds
 * it.
 */

import { any } from '../lib/dom.js';

/** The title of the page without a tool's name. */
const TITLE = document.title;

/** @returns {HTMLElement[]} */
const tools = () => [...document.querySelectorAll('[data-tool]')].filter((tool) => tool instanceof HTMLElement);
/** @param {string} name */
const link = (name) => document.querySelector(`.tools a[href="#${name}"]`);

/** The tool that is shown. */
export const shown = () => tools().find((tool) => !tool.hidden)?.dataset['tool'] ?? 'draw';

/** @param {string} name */
const headingOf = (name) => document.querySelector(`[data-tool="${name}"] h2`);

/** Show a tool in place of the one before. @param {string} name */
function show(name) {
  for (const tool of tools()) tool.hidden = tool.dataset['tool'] !== name;
  for (const anchor of document.querySelectorAll('.tools a')) anchor.removeAttribute('aria-current');
  const current = link(name);
  current?.setAttribute('aria-current', 'page');
  current?.removeAttribute('data-news');
  current?.removeAttribute('aria-description');
  document.title = `${current?.textContent ?? headingOf(name)?.textContent}: ${TITLE}`;
}

/** The tool that a part of the page is in; undefined for one that is always shown. @param {Element | null} part */
const toolOf = (part) => part?.closest('[data-tool]')?.getAttribute('data-tool') ?? undefined;

/**
 * Show the tool that holds a part of the page, and scroll to that part where it is out of sight.
 * @param {HTMLElement} part
 */
export function reveal(part) {
  const name = toolOf(part);
  if (name) open(name);
  part.scrollIntoView({ block: 'nearest' });
}

/** Show a tool, to which the address then leads. @param {string} name */
export function open(name) {
  if (name === shown()) return;
  history.pushState(null, '', `#${name}`);
  show(name);
}

/** Mark the tool that holds a part of the page, unless it is the one shown: something there is new. @param {HTMLElement} part */
export function announce(part) {
  const name = toolOf(part);
  const anchor = name && name !== shown() ? link(name) : null;
  anchor?.setAttribute('data-news', '');
  anchor?.setAttribute('aria-description', 'There is a message.');
}

/** Show what the address names. @param {boolean} asked whether the visitor has just asked for it, and wants to go on there */
function follow(asked) {
  const id = location.hash.slice(1);
  const part = id ? document.getElementById(id) : null;
  const name = tools().some((tool) => tool.dataset['tool'] === id) ? id : toolOf(part);
  show(name ?? 'draw');
  if (part instanceof HTMLDetailsElement) part.open = true;
  part?.scrollIntoView();
  if (!asked || part) return;
  const heading = headingOf(name ?? 'draw');
  if (heading instanceof HTMLElement) heading.focus({ preventScroll: true });
  // On a narrow screen the visitor may have read down a long tool, and the next one begins at its beginning.
  const column = any('tool-column');
  if (column.getBoundingClientRect().top < 0) column.scrollIntoView();
}

export function toolsFor() {
  addEventListener('hashchange', () => follow(true));
  follow(false);
}
