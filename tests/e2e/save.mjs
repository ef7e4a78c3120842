/** Digits as files: pictures, arrays for numpy, films; downloaded, copied and shared. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { accessible } from './axe.mjs';
import { difference, shoot } from './pictures.mjs';
import { comeWithTiny } from './trained.mjs';

const [SIDE, GAP] = [28, 2];
const PIXELS = SIDE * SIDE;
/** Draws that take little time. */
const QUICK = { Sampler: 'dpm++2m', Steps: 3, Guidance: 1 };

/** Press Download file, and read the file. */
async function download(tab) {
  const [started] = await Promise.all([tab.page.waitForEvent('download'), tab.press('Download file')]);
  return { name: started.suggestedFilename(), bytes: await readFile(await started.path()) };
}

/** The pixels of a picture in a format that the browser knows: size, and red, green, blue and alpha of each. */
const decoded = (tab, bytes) => tab.page.evaluate(async (base64) => {
  const file = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const image = await createImageBitmap(new Blob([file]), { premultiplyAlpha: 'none' });
  const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
  return { width, height, rgba: [...data] };
}, Buffer.from(bytes).toString('base64'));

/** One channel of every pixel of a digit at `place`, from a picture in which each of its pixels is `scale` wide. */
function channelOf({ width, rgba }, place, columns, scale, channel) {
  const left = (place % columns) * (SIDE + GAP);
  const top = Math.floor(place / columns) * (SIDE + GAP);
  return Array.from({ length: PIXELS }, (_, at) => {
    const x = (left + (at % SIDE)) * scale + Math.floor(scale / 2);
    const y = (top + Math.floor(at / SIDE)) * scale + Math.floor(scale / 2);
    return rgba[4 * (y * width + x) + channel];
  });
}

/** What a `.npy` file of version 1.0 says of itself, and its data, as numpy.lib.format has it. */
function parsedNpy(bytes) {
  assert.deepEqual([...bytes.subarray(0, 8)], [0x93, ...Buffer.from('NUMPY'), 1, 0]);
  const length = bytes.readUInt16LE(8);
  assert.equal((10 + length) % 64, 0, 'the data are aligned');
  const header = bytes.subarray(10, 10 + length).toString('latin1');
  const found = /^\{'descr': '\|u1', 'fortran_order': False, 'shape': \(([\d, ]+)\), \} *\n$/.exec(header);
  assert.ok(found, header);
  return { shape: found[1].split(', ').map(Number), data: [...bytes.subarray(10 + length)] };
}

export default function save(topic) {
  let sampled;
  const shared = topic.shared({
    query: '?device=cpu',
    before: async (page) => {
      await comeWithTiny(page);
      await page.addInitScript(() => {
        navigator.canShare = ({ files }) => files.every(({ type }) => type.startsWith('image/'));
        navigator.share = async ({ files: [file] }) => {
          window.shared = { name: file.name, type: file.type, bytes: [...new Uint8Array(await file.arrayBuffer())] };
        };
      });
    },
  }, async (tab) => {
    await tab.ready();
    assert.ok(await tab.page.locator('#saving').isHidden(), 'there is nothing to save yet');
    await tab.fill({ ...QUICK, 'Which digit': 'text', 'Number or date': '29.11.', Seed: 5 });
    const since = await tab.mark();
    await tab.press('Generate');
    sampled = await tab.next('sampled', since);
    await tab.state('ready');
    await tab.page.getByText('Save these digits', { exact: true }).click();
  });
  const digit = (index) => sampled.pixels.slice(index * PIXELS, (index + 1) * PIXELS);

  topic.test('a PNG has the digits in their places, a transparent one their ink', async () => {
    const tab = await shared();
    await tab.fill({ 'Pixels a digit': '1' });
    const whole = await download(tab);
    assert.equal(whole.name, 'digits-seed-5.png');
    const picture = await decoded(tab, whole.bytes);
    assert.deepEqual([picture.width, picture.height], [5 * 30 - 2, 28], 'one row of five places');
    for (const [index, place] of [0, 1, 3, 4].entries()) {
      assert.deepEqual(channelOf(picture, place, 5, 1, 0), digit(index));
    }
    assert.ok(channelOf(picture, 2, 5, 1, 0).every((grey) => grey === 0), 'the gap is black');
    assert.ok(picture.rgba.every((value, at) => at % 4 !== 3 || value === 255));

    await tab.fill({ 'What to save': 'digit', 'Which of them': 3, 'Pixels a digit': '4' });
    await tab.check('White ink on a transparent ground');
    const one = await download(tab);
    assert.equal(one.name, 'digit-3-seed-5.png');
    const ink = await decoded(tab, one.bytes);
    assert.deepEqual([ink.width, ink.height], [112, 112]);
    assert.deepEqual(channelOf(ink, 0, 1, 4, 3), digit(2));
    assert.ok(ink.rgba.every((value, at) => at % 4 === 3 || value === 255 || ink.rgba[at - (at % 4) + 3] === 0));
    await tab.check('White ink on a transparent ground', false);
  });

  topic.test('a number that is exported shows its digits, by the word of the page\'s own classifier', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await tab.fill({ 'Which digit': 'text', 'Number or date': '2026', Sampler: 'dpm++2m', Steps: 15, Seed: 7 });
    const since = await tab.mark();
    await tab.press('Generate');
    const { labels } = await tab.next('sampled', since);
    assert.deepEqual(labels, [2, 0, 2, 6]);
    await tab.state('ready');
    await tab.page.getByText('Save these digits', { exact: true }).click();
    const picture = await decoded(tab, (await download(tab)).bytes);
    const pixels = labels.flatMap((_, place) => channelOf(picture, place, labels.length, 8, 0));
    await tab.page.evaluate((bytes) => window.e2e.worker.postMessage({
      type: 'command', command: { type: 'recognise', pixels: Uint8Array.from(bytes) },
    }), pixels);
    const { probabilities } = await tab.next('recognised', since);
    const seen = labels.map((_, index) => {
      const of = probabilities.slice(10 * index, 10 * index + 10);
      return of.indexOf(Math.max(...of));
    });
    assert.deepEqual(seen, labels);
  });

  topic.test('a picture is copied, and shared where the system does that', async () => {
    const tab = await shared();
    await tab.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await tab.fill({ 'What to save': 'digit', 'Which of them': 2, 'Pixels a digit': '1' });
    await tab.press('Copy picture');
    await tab.page.getByText('Copied.', { exact: true }).waitFor();
    const copied = await tab.page.evaluate(async () => {
      const [item] = await navigator.clipboard.read();
      return [...new Uint8Array(await (await item.getType('image/png')).arrayBuffer())];
    });
    assert.deepEqual(channelOf(await decoded(tab, copied), 0, 1, 1, 0), digit(1));
    await tab.press('Share…');
    const shareable = await tab.until('what is shared', () => window.shared);
    assert.deepEqual([shareable.name, shareable.type], ['digit-2-seed-5.png', 'image/png']);
    assert.deepEqual(channelOf(await decoded(tab, shareable.bytes), 0, 1, 1, 0), digit(1));
    // Each way to save says what is wrong with the number, and the console has nothing more to say.
    await tab.fill({ 'Which of them': 9 });
    for (const way of ['Copy picture', 'Share…', 'Download file']) {
      await tab.page.locator('#save-said').evaluate((line) => { line.textContent = ''; });
      await tab.press(way);
      await tab.page.getByText('There is no such digit: choose 1 to 4.', { exact: true }).waitFor();
    }
    await tab.fill({ 'Which of them': 2 });
  });

  topic.test('an array has the bytes of the digits', async () => {
    const tab = await shared();
    await tab.fill({ 'What to save': 'all', As: 'npy' });
    assert.ok(await tab.button('Copy picture').isHidden());
    const { name, bytes } = await download(tab);
    assert.equal(name, 'digits-seed-5.npy');
    assert.deepEqual(parsedNpy(bytes), { shape: [4, SIDE, SIDE], data: sampled.pixels });
    await tab.fill({ 'What to save': 'digit', 'Which of them': 9 });
    await tab.press('Download file');
    await tab.page.getByText('There is no such digit: choose 1 to 4.', { exact: true }).waitFor();
    await tab.fill({ 'Which of them': 1 });
  });

  topic.test('a strip leads from noise to the digit, and the way is an array, too', async () => {
    const tab = await shared();
    await tab.fill({ As: 'way' });
    const since = await tab.mark();
    const { name, bytes } = await download(tab);
    const [way] = await tab.events('trajectory', since);
    const frames = way.frames.length;
    assert.equal(frames, sampled.frames.length);
    assert.equal(name, 'digit-1-seed-5-way.npy');
    assert.deepEqual(parsedNpy(bytes), { shape: [1, frames, SIDE, SIDE], data: way.pixels });
    assert.deepEqual(way.pixels.slice(-PIXELS), digit(0), 'it ends at the digit');

    await tab.fill({ As: 'strip', 'Pixels a digit': '1' });
    const strip = await download(tab);
    assert.equal(strip.name, 'digit-1-seed-5-strip.png');
    const picture = await decoded(tab, strip.bytes);
    assert.equal(picture.width, frames * (SIDE + GAP) - GAP);
    for (let frame = 0; frame < frames; frame += 1) {
      assert.deepEqual(channelOf(picture, frame, frames, 1, 0), way.pixels.slice(frame * PIXELS, (frame + 1) * PIXELS));
    }
  });

  topic.test('the frames of a GIF are those of the way, to the grey', async () => {
    const tab = await shared();
    await tab.fill({ As: 'gif', 'What to save': 'all', 'Pixels a digit': '1' });
    const since = await tab.mark();
    const { name, bytes } = await download(tab);
    assert.equal(name, 'digits-seed-5-way.gif');
    const [way] = await tab.events('trajectory', since);
    const frames = way.frames.length;
    assert.equal(way.pixels.length, 4 * frames * PIXELS);
    const film = await tab.page.evaluate(async (base64) => {
      const data = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const decoder = new ImageDecoder({ data, type: 'image/gif' });
      await decoder.tracks.ready;
      await decoder.completed;
      const found = [];
      for (let frameIndex = 0; frameIndex < decoder.tracks.selectedTrack.frameCount; frameIndex += 1) {
        const { image } = await decoder.decode({ frameIndex });
        const context = new OffscreenCanvas(image.displayWidth, image.displayHeight).getContext('2d');
        context.drawImage(image, 0, 0);
        const { data: rgba, width, height } = context.getImageData(0, 0, image.displayWidth, image.displayHeight);
        found.push({ width, height, rgba: [...rgba], ms: image.duration / 1000 });
        image.close();
      }
      return { frames: found, repeats: decoder.tracks.selectedTrack.repetitionCount };
    }, bytes.toString('base64'));
    assert.equal(film.frames.length, frames);
    assert.equal(film.repeats, Infinity);
    for (const [number, frame] of film.frames.entries()) {
      assert.deepEqual([frame.width, frame.height], [5 * 30 - 2, 28]);
      for (const [index, place] of [0, 1, 3, 4].entries()) {
        const from = (index * frames + number) * PIXELS;
        assert.deepEqual(channelOf(frame, place, 5, 1, 0), way.pixels.slice(from, from + PIXELS), `frame ${number}, digit ${index}`);
      }
    }
    assert.ok(film.frames.at(-1).ms > film.frames[0].ms, 'the digits themselves stay');
  });

  /** A video of all digits: its name, its first bytes, and its size, length and last picture as another page plays it. */
  const video = async (tab, kind) => {
    await tab.fill({ As: kind, 'What to save': 'all', 'Pixels a digit': '4' });
    const { name, bytes } = await download(tab);
    // The page's Content-Security-Policy lets no video play there.
    const other = await tab.context.newPage();
    await other.goto('about:blank');
    const end = await other.evaluate(async ({ base64, type }) => {
      const file = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const video = document.createElement('video');
      video.muted = true;
      video.src = URL.createObjectURL(new Blob([file], { type }));
      await new Promise((resolve, reject) => {
        video.onloadeddata = resolve;
        video.onerror = () => reject(new Error(video.error.message));
      });
      // `seeked` may come before the frame does, so the frame itself says which one it is.
      await new Promise((resolve) => {
        const shown = (_, { mediaTime }) => (mediaTime > 0 ? resolve() : video.requestVideoFrameCallback(shown));
        video.requestVideoFrameCallback(shown);
        video.currentTime = video.duration - 0.02;
      });
      const context = new OffscreenCanvas(video.videoWidth, video.videoHeight).getContext('2d');
      context.drawImage(video, 0, 0);
      const { data, width, height } = context.getImageData(0, 0, video.videoWidth, video.videoHeight);
      return { width, height, rgba: [...data], seconds: video.duration };
    }, { base64: bytes.toString('base64'), type: `video/${kind}` });
    await other.close();
    return { name, bytes, end };
  };

  topic.test('videos of each kind that the browser encodes play and end at the digits; others are not offered', async () => {
    const tab = await shared();
    const encodes = (codec) => tab.page.evaluate(async (wanted) =>
      (await VideoEncoder.isConfigSupported({ codec: wanted, width: 720, height: 720 })).supported, codec);
    const kinds = { mp4: await encodes('avc1.42001f'), webm: await encodes('vp8') };
    assert.ok(kinds.mp4 || kinds.webm);
    for (const [kind, offered] of Object.entries(kinds)) {
      assert.equal(await tab.page.locator(`#save-kind [value=${kind}]`).isEnabled(), offered, kind);
      if (!offered) {
        assert.match(await tab.text('save-kind-hint'), /^This browser makes no (MP4|WebM) videos\.$/);
        continue;
      }
      const { name, bytes, end } = await video(tab, kind);
      assert.equal(name, `digits-seed-5-way.${kind}`);
      if (kind === 'mp4') assert.equal(bytes.subarray(4, 8).toString('latin1'), 'ftyp');
      else assert.deepEqual([...bytes.subarray(0, 4)], [0x1a, 0x45, 0xdf, 0xa3], 'the head of EBML');
      assert.deepEqual([end.width, end.height], [(5 * 30 - 2) * 4, 28 * 4]);
      assert.ok(end.seconds > 1.5 && end.seconds < 6, `${end.seconds} s`);
      for (const [index, place] of [0, 1, 3, 4].entries()) {
        const away = difference(channelOf(end, place, 5, 4, 0), digit(index));
        assert.ok(away < 6, `${kind}, digit ${index}: mean difference ${away} of 255`);
      }
    }
  });

  topic.test('a film can be given up, and made after that', async () => {
    const tab = await shared();
    await tab.fill({ As: 'gif', 'What to save': 'digit', 'Which of them': 1, 'Pixels a digit': '1' });
    const asked = [];
    // The library does not come, so the film is never done.
    await tab.page.route('**/gifenc.js', (route) => { asked.push(route); });
    const downloads = [];
    const note = (started) => downloads.push(started.suggestedFilename());
    tab.page.on('download', note);
    await tab.press('Download file');
    await tab.page.getByRole('progressbar', { name: 'The film being made' }).waitFor();
    await tab.press('Stop making it');
    await tab.page.locator('#save-making').waitFor({ state: 'hidden' });
    assert.deepEqual([downloads, await tab.text('save-said')], [[], '']);
    tab.page.off('download', note);
    await tab.page.unroute('**/gifenc.js');

    const since = await tab.mark();
    const { bytes } = await download(tab);
    assert.equal(bytes.subarray(0, 6).toString('latin1'), 'GIF89a');
    const told = (await tab.events('progress', since)).map(({ done, total }) => `${done}/${total}`);
    assert.deepEqual(told, ['1/4', '2/4', '3/4', '4/4']);
  });

  topic.test('digits of before a reload are saved, but not their way', async () => {
    const tab = await shared();
    await tab.page.reload();
    await tab.ready();
    const kinds = () => tab.page.locator('#save-kind option:not([disabled])').evaluateAll((options) => options.map(({ value }) => value));
    assert.deepEqual(await kinds(), ['png', 'npy']);
    await tab.fill({ 'What to save': 'all', As: 'npy' });
    assert.deepEqual(parsedNpy((await download(tab)).bytes).data, sampled.pixels);
    await tab.fill({ 'Which digit': 'any' });
    await tab.generate({ count: 1, steps: 2 });
    assert.ok((await kinds()).includes('gif'));
  });

  topic.test('all of it is seen and reached on any screen', async () => {
    const tab = await shared();
    await tab.fill({ 'What to save': 'digit', As: 'png' });
    await shoot(tab, 'saving');
    await accessible(tab, 'saving');
    await tab.page.locator('#saving summary').focus();
    const passed = [];
    for (let n = 0; n < 8; n += 1) {
      await tab.page.keyboard.press('Tab');
      passed.push(await tab.page.evaluate(() => document.activeElement?.id));
    }
    assert.deepEqual(passed, ['save-kind', 'save-what', 'save-digit', 'save-scale', 'save-transparent', 'save-file', 'save-copy', 'save-share']);
  });
}
