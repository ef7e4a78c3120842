/** Puts the page together: each component gets the line to the worker and minds its own elements. */

import { crashFor } from './crash.js';
import { deviceFor } from './device.js';
import { dropZone } from './drop.js';
import { drawOptionsFor } from './draw-options.js';
import { editFor } from './edit.js';
import { generateFor } from './generate.js';
import { Link } from './link.js';
import { liveFor } from './live.js';
import { measureFor } from './measure.js';
import { noticesFor } from './notices.js';
import { picturesFor } from './pictures.js';
import { scheduleFor } from './schedule.js';
import { stageFor, stageLoading } from './stage.js';
import { trainingFor } from './training.js';
import { showLoading, transportFor } from './transport.js';
import { weightsFor } from './weights.js';

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
