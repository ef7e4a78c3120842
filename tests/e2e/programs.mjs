/** Each device has a program of its own: the page fetches only the one it uses, and compiles training's shaders in time. */

import assert from 'node:assert/strict';
import { DRAW, TINY, comeWithTiny } from './trained.mjs';
import { inWorker } from './worker.mjs';

/** @param {import('./tab.mjs').Tab} tab */
const programs = (tab) => [...new Set(tab.requested.flatMap((url) => /\/page-[cg]pu(_bg\.wasm|\.js)/.exec(url)?.[0] ?? []))].sort();

/**
 * A script for the worker that counts the pipelines compiled: `beside` other work (asynchronously), or while the GPU's
 * other work is `waiting` for them.
 */
const COUNT = `
  self.pipelines = { beside: 0, waiting: 0 };
  for (const [name, kind] of [['createComputePipeline', 'waiting'], ['createComputePipelineAsync', 'beside']]) {
    const make = GPUDevice.prototype[name];
    GPUDevice.prototype[name] = function (...of) { self.pipelines[kind] += 1; return make.apply(this, of); };
  }
`;

/** @param {import('./tab.mjs').Tab} tab @returns {Promise<{ beside: number, waiting: number }>} */
const pipelines = (tab) => tab.page.workers()[0].evaluate(() => ({ ...self.pipelines }));

/** @param {{ beside: number, waiting: number }} counts */
const total = ({ beside, waiting }) => beside + waiting;

export default function program(topic) {
  topic.test('the CPU fetches its own program, and no other', async () => {
    const tab = await topic.open({ query: '?device=cpu' });
    await tab.ready();
    await tab.generate(DRAW);
    assert.deepEqual(programs(tab), ['/page-cpu.js', '/page-cpu_bg.wasm']);
  });

  topic.test('and so does the GPU', async () => {
    const tab = await topic.open({ query: '?device=webgpu' });
    await tab.ready();
    assert.equal((await tab.device()).kind, 'webgpu');
    assert.deepEqual(programs(tab), ['/page-gpu.js', '/page-gpu_bg.wasm']);
  }, { seconds: 120 });

  topic.test('a program for the GPU that does not arrive: the CPU, with the reason', async () => {
    const tab = await topic.open({
      query: '?device=webgpu',
      before: (page) => page.route('**/page-gpu_bg.wasm*', (route) => route.fulfill({ status: 404, body: '' })),
    });
    await tab.ready();
    const { kind, line } = await tab.device();
    assert.equal(kind, 'cpu');
    assert.match(line, /program for WebGPU could not be loaded: page-gpu_bg\.wasm is missing on this host \(HTTP 404\)\. Reload.* The CPU is used instead/);
    await tab.generate(DRAW);
    // The browser itself reports the missing file in the console.
    assert.deepEqual(tab.complaints().filter((said) => !/404.*page-gpu_bg\.wasm/.test(said)), []);
  });

  topic.test('shaders are compiled beside, not while the GPU waits for them, and those of training while the images are on their way', async () => {
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    const tab = await topic.open({
      query: '?device=webgpu',
      before: async (page) => {
        await inWorker(COUNT)(page);
        await comeWithTiny(page);
        await page.route('**/train-images*', async (route) => {
          await held;
          await route.continue();
        });
      },
    });
    await tab.ready();
    await tab.next('preview', 0, 60_000);
    const drawn = await pipelines(tab);
    assert.ok(drawn.beside > 30, `a draw has more shaders than ${drawn.beside}`);
    // Those of burn's own kernels are small and not known in advance.
    assert.ok(drawn.waiting < drawn.beside, `${drawn.waiting} were waited for, ${drawn.beside} were not`);

    // The second step is captured as a graph, the third is a replay of it.
    await tab.fill({ ...TINY, 'Stop after': 3 });
    const since = await tab.mark();
    const before = total(drawn);
    await tab.press('Train');
    // Compiling has ended when no pipeline is added for three seconds.
    let ahead = before;
    for (let turn = 0, still = 0; turn < 300 && still < 15; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const now = total(await pipelines(tab));
      still = now === ahead && now > before ? still + 1 : 0;
      ahead = now;
    }
    assert.deepEqual(await tab.events('data', since), [], 'the images are still held back');
    release();
    await tab.until('the end of the training', (from) => window.e2e.events.slice(from)
      .some((event) => event.type === 'training' && event.step === 3), since, 120_000);
    const after = await pipelines(tab);
    const [beside, waiting] = [after.beside - drawn.beside, after.waiting - drawn.waiting];
    assert.ok(waiting < beside, `${waiting} were waited for, ${beside} were not`);
    const [early, late] = [ahead - before, total(after) - ahead];
    assert.ok(early > 40, `a training step has more shaders than ${early}`);
    assert.ok(late * 10 < early, `${late} had to be compiled after the images were there, ${early} before`);
  }, { seconds: 240 });
}
