// Loaded into all threads of the server (node --import): SIGUSR2 ends the youngest of its scoring threads. With --expose-gc, garbage is collected
// often, so that the heap is what is in use.

import { setInterval } from 'node:timers';

/** @type {import('node:worker_threads').Worker[]} */
const workers = [];
process.on('worker', (worker) => {
  workers.push(worker);
  worker.once('exit', () => workers.splice(workers.indexOf(worker), 1));
});
process.on('SIGUSR2', () => void workers.at(-1)?.terminate());
setInterval(() => globalThis.gc?.(), 500).unref();
