// Compiled, and not run, by tests/e2e/package.mjs: a program in TypeScript that uses all of the package.
import { BusyError, Ddpm, DdpmError, OptionError, RefusedError, load } from 'ddpm-mnist';
import type { TrainConfig, TrainingProgress } from 'ddpm-mnist/protocol';
import { DdpmDigit } from 'ddpm-mnist/element';

const ddpm: Ddpm = await load({ device: 'auto', weights: true, signal: AbortSignal.timeout(1000), onProgress: ({ loaded }) => loaded.toFixed() });
for await (const frame of ddpm.generate({ class: 7, steps: 25, signal: AbortSignal.timeout(1000) })) {
  const bitmap: ImageBitmap = frame.image;
  const pixels: Uint8Array | undefined = frame.drawn?.pixels;
  console.log(bitmap.width, pixels?.length);
}
for await (const frame of ddpm.generate({ as: 'ImageData', class: [1, null, 3] })) {
  const image: ImageData = frame.image;
  console.log(image.data.length);
}
for await (const frame of ddpm.generate({ canvas: document.createElement('canvas'), sampler: 'ddim', eta: 0.5 })) {
  const none: null = frame.image;
  console.log(none);
}
const recipe: Partial<TrainConfig> = { batch_size: 32, learning_rate: 1e-3 };
for await (const progress of ddpm.train({ data: { images: 'images.gz', labels: new Blob() }, preset: 'tiny', steps: 10, recipe })) {
  const told: TrainingProgress = progress;
  console.log(told.losses.at(-1)?.[1]);
}
// @ts-expect-error: there is no such class.
ddpm.generate({ class: 'seven' });
// @ts-expect-error: misspelt.
ddpm.generate({ step: 25 });
// @ts-expect-error: the device is read, not written.
ddpm.device.kind = 'tpu';
await ddpm.loadWeights(new URL('https://example.org/mine.safetensors'));
const file: File = await ddpm.saveWeights({ dtype: 'f16' });
try {
  console.log(file.size, ddpm.model?.parameters, ddpm.samplers.map(({ title }) => title));
} catch (error) {
  if (error instanceof OptionError) console.log(error.option);
  else if (error instanceof RefusedError) console.log(error.what, error.code);
  else if (error instanceof BusyError || error instanceof DdpmError) console.log(error.code);
}
DdpmDigit.configure({ device: 'cpu' });
ddpm.dispose();
