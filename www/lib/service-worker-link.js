/**
 * The page's end of the connection to its service worker (service-worker/service-worker.js). There is none in old browsers, in
 * some private windows and over plain http; the page then works without.
 *
 * @typedef {import('./service-worker-messages.js').Question} Question
 * @typedef {import('./service-worker-messages.js').Answer} Answer
 */

import { registerServiceWorker } from '../begin.js';

/** Milliseconds after which a service worker that has not answered is taken to have been ended by the browser. */
const PATIENCE = 600_000;

/** Whether this browser lets the page have one. */
export const hasServiceWorkers = () => 'serviceWorker' in navigator;

/** The service worker, once it is ready; undefined where there will be none. @param {ServiceWorkerRegistration | undefined} registration */
function active(registration) {
  const newest = registration?.installing ?? registration?.waiting;
  if (!newest || registration?.active) return registration?.active ?? undefined;
  return new Promise((/** @type {(worker: ServiceWorker | undefined) => void} */ resolve) => {
    newest.addEventListener('statechange', () => {
      if (newest.state === 'activated') resolve(newest);
      else if (newest.state === 'redundant') resolve(undefined);
    });
  });
}

/** @type {Promise<ServiceWorkerRegistration | undefined> | undefined} */
let registered;
let ended = false;

if (hasServiceWorkers()) {
  // Another tab may have cleared what was kept: until this page is opened anew, nothing is to be kept for it.
  navigator.serviceWorker.addEventListener('message', ({ data }) => { ended ||= data?.type === 'cleared'; });
}

/**
 * Ask the service worker something. At the first visit the first question has it installed.
 * @param {Question} question
 * @returns {Promise<Answer | undefined>} undefined where there is no service worker
 */
export async function askServiceWorker(question) {
  if (ended || !hasServiceWorkers()) return undefined;
  try {
    // The browser looks for a new one by itself whenever the page is opened; where the host is slow, registering waits for that.
    const worker = navigator.serviceWorker.controller ?? await active(await (registered ??= registerServiceWorker()));
    if (!worker) return undefined;
    const { port1, port2 } = new MessageChannel();
    /** @type {Promise<Answer | undefined>} */
    const answer = new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
      setTimeout(resolve, PATIENCE);
    });
    worker.postMessage(question, [port2]);
    return await answer;
  } catch {
    // The browser keeps nothing for this page, or the host has no service worker.
    return undefined;
  }
}
