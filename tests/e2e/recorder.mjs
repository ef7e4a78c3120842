/**
 * Runs in the page before the page's own scripts. It records the worker's events in `window.e2e`, so the tests see every event with
 * its time and the page needs no hooks for them. The worker itself, `window.e2e.worker`, takes what a test sends it past the page.
 */
export function recorder() {
  const events = [];
  const e2e = { events, worker: undefined, workers: 0, crash: '' };
  window.e2e = e2e;
  const Real = window.Worker;
  window.Worker = class extends Real {
    constructor(...given) {
      super(...given);
      // Films are made by others.
      if (given[1]?.name === 'ddpm') e2e.worker = this;
      e2e.workers += 1;
      e2e.crash = '';
      this.addEventListener('message', ({ data }) => {
        const event = { at: performance.now(), ...data };
        // Playwright can carry plain arrays only. Of weights their number of bytes is enough: tests read the download.
        const plain = (of) => ({ ...of, pixels: [...of.pixels] });
        if (event.pixels) event.pixels = [...event.pixels];
        if (event.row) event.row = plain(event.row);
        if (event.film) event.film = event.film.map(plain);
        if (event.bytes) event.bytes = event.bytes.length;
        if (event.type === 'crash') e2e.crash ||= event.report;
        events.push(event);
      });
    }
  };
}
