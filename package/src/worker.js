/**
 * The package's worker: that of the page (www/worker/), in one file. Threads that help it run the same file under another name.
 */

if (self.name === 'ddpm helper') import('../../www/worker/helper.js');
else import('../../www/worker/main.js');
