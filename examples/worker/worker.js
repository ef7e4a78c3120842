// A worker of one's own: everything is as in a page. The canvas came from the page, which sees the frames at once.
import { load } from '../../pkg/index.js';

addEventListener('message', async ({ data: canvas }) => {
  try {
    const ddpm = await load();
    for await (const { step, steps, drawn } of ddpm.generate({ class: 'all', count: 10, steps: 10, seed: 1, canvas })) {
      postMessage(drawn ? `Drawn: ${drawn.fingerprint}` : `Step ${step} of ${steps}`);
    }
    ddpm.dispose();
  } catch (error) {
    postMessage(`${error.message} (${error.code ?? error.name})`);
  }
});
