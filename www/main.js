/**
 * Puts the page together. Each view gets the link to the worker, listens to the worker's events and minds its own
 * elements of index.html; no view but the forms and the tools knows another.
 */

import { adjustFor } from './views/adjust.js';
import { assumeFor } from './views/assume.js';
import { canvasFor, showCanvasLoading } from './views/canvas.js';
import { crashFor } from './views/crash.js';
import { denoisingStripFor } from './views/denoising-strip.js';
import { deviceFor } from './views/device.js';
import { digitFor } from './views/digit.js';
import { editFor } from './views/edit.js';
import { examplesFor } from './views/examples.js';
import { generateFor } from './views/generate.js';
import { liveFor } from './views/live.js';
import { measureFor } from './views/measure.js';
import { noticesFor } from './views/notices.js';
import { offlineFor } from './views/offline.js';
import { picturesFor } from './views/pictures.js';
import { presentFor } from './views/present.js';
import { runControlsFor, showLoading } from './views/run-controls.js';
import { runsFor } from './views/runs.js';
import { savePicturesFor } from './views/save-pictures.js';
import { scheduleFor } from './views/schedule.js';
import { settingsFor } from './views/settings.js';
import { Timeline } from './views/timeline.js';
import { open, toolsFor } from './views/tools.js';
import { trainingFor } from './views/training.js';
import { trainingProgressFor } from './views/training-progress.js';
import { understandFor } from './views/understand.js';
import { updateFor } from './views/update.js';
import { weightsFor } from './views/weights.js';
import { KeptFrames } from './lib/kept-frames.js';
import { WorkerLink } from './lib/worker-link.js';

const link = new WorkerLink();

/** Start the worker; also the restart after a crash, for which the page first looks as it did at the beginning. */
function start() {
  showLoading();
  showCanvasLoading();
  link.start();
}

// Handlers run in the order in which they are registered. The run controls come first, because they switch the
// page's controls on and off and the other views look at the result.
toolsFor();
presentFor();
runControlsFor(link);
noticesFor(link);
denoisingStripFor(link);
canvasFor(link);
const frames = new KeptFrames(link);
const timeline = new Timeline(frames);
generateFor(link);
liveFor(link);
scheduleFor(link);
const edit = editFor(link);
trainingFor(link);
trainingProgressFor(link);
adjustFor(link);
examplesFor(link);
picturesFor(link);
runsFor(link);
understandFor(link, { frames, timeline });
measureFor(link);
weightsFor(link);
assumeFor(link);
settingsFor(link);
digitFor(link, {
  frames,
  timeline,
  useInEdit(pixels) {
    edit.use(pixels);
    open('edit');
  },
});
// After what keeps the digits drawn last.
savePicturesFor(link, frames);
deviceFor(link);
offlineFor(link);
updateFor(link);
crashFor(link, start);
start();
// watch.js waits for it.
dispatchEvent(new Event('ddpm:started'));
