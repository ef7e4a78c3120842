/** Puts the page together: each component gets the line to the worker and minds its own elements. */

import { crashFor } from './views/crash.js';
import { deviceFor } from './views/device.js';
import { dropZone } from './views/drop.js';
import { drawOptionsFor } from './views/draw-options.js';
import { editFor } from './views/edit.js';
import { generateFor } from './views/generate.js';
import { Link } from './lib/worker-link.js';
import { liveFor } from './views/denoising-strip.js';
import { measureFor } from './views/measure.js';
import { noticesFor } from './views/notices.js';
import { picturesFor } from './views/pictures.js';
import { scheduleFor } from './views/schedule.js';
import { stageFor, stageLoading } from './views/canvas.js';
import { trainingFor } from './views/training.js';
import { showLoading, transportFor } from './views/run-controls.js';
import { weightsFor } from './views/weights.js';

const link = new Link();

function start() {
  showLoading();
  stageLoading();
  link.start();
}

// First in line, so that what follows sees the controls as the state allows them.
transportFor(link);
noticesFor(link);
picturesFor(link);
stageFor(link);
drawOptionsFor(link);
generateFor(link);
scheduleFor(link);
editFor(link);
trainingFor(link);
liveFor(link);
measureFor(link);
deviceFor(link);
crashFor(link, start);
dropZone(weightsFor(link).load);
start();
