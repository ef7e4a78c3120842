/**
 * Makes films of digits on their way out of the noise, apart from the page and from the worker that computes: animated GIFs by
 * gifenc, and videos by the browser's own encoder with mediabunny, each loaded when it is first used. One worker makes one film; to
 * give it up, the page ends the worker.
 *
 * @typedef {import('./messages.js').FilmAsked} FilmAsked
 * @typedef {import('./messages.js').FromFilm} FromFilm
 */

/** Edge of a digit, and pixels between two, as in crate/images.rs. */
const [SIDE, GAP] = [28, 2];
/** What gifenc and mediabunny are, seen from here. */
const LIBRARIES = { gif: '../vendor/gifenc/gifenc.js', mp4: '../vendor/mediabunny/mediabunny.js', webm: '../vendor/mediabunny/mediabunny.js' };

/** @param {FromFilm} message @param {Transferable[]} [transfer] */
const tell = (message, transfer = []) => postMessage(message, { transfer });

/**
 * The greys of frame after frame, enlarged. The same array is filled anew for each.
 * @param {FilmAsked} asked
 * @param {number} width
 * @param {number} height
 */
function* frames({ pixels, digits, frames: count, columns, places, scale }, width, height) {
  const picture = new Uint8Array(width * height);
  const pitch = (SIDE + GAP) * scale;
  for (let frame = 0; frame < count; frame += 1) {
    for (let digit = 0; digit < digits; digit += 1) {
      const left = (places[digit] % columns) * pitch;
      const top = Math.floor(places[digit] / columns) * pitch;
      const from = (digit * count + frame) * SIDE * SIDE;
      for (let y = 0; y < SIDE * scale; y += 1) {
        const row = from + Math.floor(y / scale) * SIDE;
        const to = (top + y) * width + left;
        for (let x = 0; x < SIDE; x += 1) picture.fill(pixels[row + x], to + x * scale, to + (x + 1) * scale);
      }
    }
    yield picture;
  }
}

/** Milliseconds that a frame is seen; the last is the digits themselves. @param {FilmAsked} asked @param {number} frame */
const delayOf = ({ frames: count, delay, rest }, frame) => (frame === count - 1 ? rest : delay);

/** @param {FilmAsked} asked @param {number} width @param {number} height */
async function gif(asked, width, height) {
  const { GIFEncoder } = await import('../vendor/gifenc/gifenc.js');
  const encoder = GIFEncoder();
  const greys = Array.from({ length: 256 }, (_, grey) => [grey, grey, grey]);
  let done = 0;
  for (const picture of frames(asked, width, height)) {
    // The palette of the first frame is that of all.
    encoder.writeFrame(picture, width, height, { delay: delayOf(asked, done), ...(done === 0 ? { palette: greys } : {}) });
    done += 1;
    tell({ type: 'progress', done, total: asked.frames });
  }
  encoder.finish();
  return { bytes: encoder.bytes(), mime: 'image/gif', ending: '.gif' };
}

/** @param {FilmAsked} asked @param {number} width @param {number} height */
async function video(asked, width, height) {
  const library = await import('../vendor/mediabunny/mediabunny.js');
  // Most encoders want even edges.
  const [across, down] = [width + (width % 2), height + (height % 2)];
  const isMp4 = asked.kind === 'mp4';
  // As in lib/films.js, which says whether there is an encoder at all.
  const codec = await library.getFirstEncodableVideoCodec(isMp4 ? ['avc'] : ['vp9', 'av1', 'vp8'], { width: across, height: down });
  if (!codec) throw new Error('this browser has no encoder for a video of this size');
  const format = isMp4 ? new library.Mp4OutputFormat() : new library.WebMOutputFormat();
  const target = new library.BufferTarget();
  const output = new library.Output({ format, target });
  const canvas = new OffscreenCanvas(across, down);
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error('this browser gives no canvas to draw on');
  const source = new library.CanvasSource(canvas, { codec, bitrate: library.QUALITY_VERY_HIGH });
  output.addVideoTrack(source);
  await output.start();
  const image = new ImageData(width, height);
  let [done, at] = [0, 0];
  for (const picture of frames(asked, width, height)) {
    picture.forEach((grey, index) => image.data.set([grey, grey, grey, 255], 4 * index));
    context.putImageData(image, 0, 0);
    const seconds = delayOf(asked, done) / 1000;
    await source.add(at, seconds);
    at += seconds;
    done += 1;
    tell({ type: 'progress', done, total: asked.frames });
  }
  // Some players show the last frame for no time at all; so that it is seen, it comes once more.
  await source.add(at, 1 / 30);
  source.close();
  await output.finalize();
  if (!target.buffer) throw new Error('the encoder gave no file');
  return { bytes: new Uint8Array(target.buffer), mime: format.mimeType, ending: format.fileExtension };
}

addEventListener('message', async ({ data }) => {
  const asked = /** @type {FilmAsked} */ (data);
  const edge = (/** @type {number} */ n) => (n * (SIDE + GAP) - GAP) * asked.scale;
  const rows = Math.floor(Math.max(...asked.places) / asked.columns) + 1;
  try {
    const { bytes, mime, ending } = await (asked.kind === 'gif' ? gif : video)(asked, edge(asked.columns), edge(rows));
    tell({ type: 'used', url: new URL(LIBRARIES[asked.kind], import.meta.url).href });
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    tell({ type: 'film', bytes: own, mime, ending }, [own.buffer]);
  } catch (error) {
    tell({ type: 'failed', why: error instanceof Error ? error.message : String(error) });
  }
});
