/**
 * Present: for those who draw or train in front of an audience. The stage and what a training session shows fill the screen in
 * large type, and everything else is put away until it is left.
 */

import { any, button } from '../lib/dom.js';
import { reveal } from './tools.js';

const presenting = () => document.body.hasAttribute('data-present');

/** @param {boolean} on */
function set(on) {
  document.body.toggleAttribute('data-present', on);
  const control = button('present');
  control.textContent = on ? 'Leave the presentation' : 'Present';
  control.setAttribute('aria-pressed', String(on));
  // What is shown of a session is in Train.
  if (on && any('training').dataset['started'] !== undefined) reveal(any('training'));
  scrollTo({ top: 0, behavior: 'instant' });
}

export function presentFor() {
  button('present').addEventListener('click', async () => {
    const on = !presenting();
    set(on);
    try {
      if (on) await document.documentElement.requestFullscreen();
      else if (document.fullscreenElement) await document.exitFullscreen();
    } catch {
      // Phones have no such thing, or the browser forbids it: the page is presented in its window.
    }
  });
  // Escape leaves the full screen, which only the browser hears of.
  document.addEventListener('fullscreenchange', () => {
    if (!document.fullscreenElement && presenting()) set(false);
  });
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && presenting() && !document.fullscreenElement) set(false);
  });
}
