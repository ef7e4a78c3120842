/**
 * The tool Understand, until it is opened: it remembers what the worker has said of the weights, and fetches the scenes
 * (www/understand/) when the tool is first shown.
 *
 * @typedef {import('../lib/worker-link.js').WorkerLink} WorkerLink
 * @typedef {{
 *   model?: import('../protocol.js').ModelInfo, preview?: import('../protocol.js').Preview, curves?: import('../protocol.js').Curves,
 * }} Known what is known of the weights in use
 * @typedef {{ frames: import('../lib/kept-frames.js').KeptFrames, timeline: import('./timeline.js').Timeline }} Draw the last draw
 */

import { any } from '../lib/dom.js';

/** @param {WorkerLink} link @param {Draw} draw */
export function understandFor(link, draw) {
  const tool = any('understanding').closest('[data-tool]');
  const loading = any('understand-loading');
  if (!(tool instanceof HTMLElement)) return;
  /** @type {Known} */
  const known = {};
  link.on('model', (model) => {
    known.model = model;
    known.preview = undefined;
  });
  link.on('schedule', (curves) => {
    known.curves = curves;
  });
  link.on('preview', (preview) => {
    known.preview = preview;
  });

  let asked = false;
  const open = async () => {
    if (tool.hidden || asked) return;
    asked = true;
    loading.textContent = 'Fetching the scenes…';
    try {
      const { openScenes } = await import('../understand/main.js');
      await openScenes(link, known, draw);
      loading.textContent = '';
    } catch (error) {
      asked = false;
      loading.textContent = `The scenes could not be fetched (${error instanceof Error ? error.message : error}). Leave this tool and come back to try again.`;
    }
  };
  new MutationObserver(open).observe(tool, { attributes: true, attributeFilter: ['hidden'] });
  open();
}
