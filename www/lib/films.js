/**
 * Films of digits on their way out of the noise, made by a worker of their own (www/worker/film.js), one at a time.
 *
 * @typedef {import('../worker/messages.js').FilmAsked} FilmAsked
 * @typedef {import('../worker/messages.js').FromFilm} FromFilm
 * @typedef {Extract<FromFilm, { type: 'film' }>} Film
 */

import { filmWorker } from '../begin.js';

/** Seconds that the frames before the last take together, and the least and the most milliseconds that one of them is seen. */
const [WAY_S, LEAST_MS, MOST_MS] = [3, 20, 200];
/** Milliseconds that the last frame is seen. */
const REST_MS = 1500;
/** Most pixels along an edge: a film of 64 digits is no larger than a film of four. */
const MOST_PIXELS = 720;

/** How long each frame of a film is seen. GIF counts in hundredths of a second. @param {number} frames */
export const pace = (frames) => ({
  delay: Math.min(MOST_MS, Math.max(LEAST_MS, 10 * Math.round((100 * WAY_S) / Math.max(1, frames - 1)))),
  rest: REST_MS,
});

/** The scale of a film that is to be enlarged so, of a picture of this size. @param {number} scale @param {{ width: number, height: number }} size */
export const fitting = (scale, { width, height }) => Math.max(1, Math.min(scale, Math.floor(MOST_PIXELS / Math.max(width, height))));

/** What encodes the videos of a kind, in the words of WebCodecs: H.264 for MP4, which plays anywhere; VP9, AV1 or VP8 for WebM. */
const CODECS = { mp4: ['avc1.42001f'], webm: ['vp09.00.31.08', 'av01.0.05M.08', 'vp8'] };

/**
 * The kinds of videos that this browser can make.
 * @returns {Promise<Array<'mp4' | 'webm'>>}
 */
export async function videoKinds() {
  if (!('VideoEncoder' in window && 'OffscreenCanvas' in window)) return [];
  const edge = MOST_PIXELS;
  const encodes = (/** @type {string} */ codec) =>
    VideoEncoder.isConfigSupported({ codec, width: edge, height: edge }).then(({ supported }) => supported === true, () => false);
  const kinds = /** @type {const} */ (['mp4', 'webm']);
  const found = await Promise.all(kinds.map(async (kind) => (await Promise.all(CODECS[kind].map(encodes))).includes(true)));
  return kinds.filter((_, index) => found[index]);
}

export class FilmMaker {
  /** @type {Worker | undefined} */
  #worker;
  /** @type {(error: Error) => void} */
  #giveUp = () => {};

  /**
   * Make a film. Another that is being made is given up.
   * @param {FilmAsked} asked its pixels are handed over
   * @param {{ progress: (done: number, total: number) => void, used: (url: string) => void }} told `used`: of files that were fetched
   * @returns {Promise<Film>}
   */
  make(asked, { progress, used }) {
    this.stop();
    const worker = filmWorker();
    this.#worker = worker;
    /** @type {Promise<Film>} */
    const film = new Promise((resolve, reject) => {
      this.#giveUp = reject;
      worker.addEventListener('message', ({ data }) => {
        const message = /** @type {FromFilm} */ (data);
        if (message.type === 'progress') progress(message.done, message.total);
        else if (message.type === 'used') used(message.url);
        else if (message.type === 'film') resolve(message);
        else reject(new Error(`No film was made: ${message.why}.`));
      });
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        reject(new Error('No film was made: a part of the page that makes films could not be loaded.'));
      });
      worker.postMessage(asked, [asked.pixels.buffer]);
    });
    return film.finally(() => {
      worker.terminate();
      if (this.#worker === worker) this.#worker = undefined;
    });
  }

  /** Give up the film that is being made, if there is one. */
  stop() {
    this.#giveUp(new DOMException('The film was given up.', 'AbortError'));
  }
}
