import { load } from 'ddpm-mnist';

const status = document.getElementById('status');

/** A canvas that shows frames as they come. */
function newDigit() {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [28, 28];
  document.getElementById('digits').append(canvas);
  return canvas.getContext('bitmaprenderer');
}

try {
  const ddpm = await load();
  const prints = [];
  for (const digit of [4, 2]) {
    const shown = newDigit();
    for await (const { image, drawn } of ddpm.generate({ class: digit, steps: 10, seed: 5 })) {
      shown.transferFromImageBitmap(image);
      if (drawn) prints.push(drawn.fingerprint);
    }
  }
  status.textContent = `Drawn: ${prints.join(' ')}`;
} catch (error) {
  status.textContent = `${error.message} (${error.code ?? error.name})`;
}
