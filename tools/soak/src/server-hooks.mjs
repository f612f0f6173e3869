// Loaded into all threads of the server (node --import): SIGUSR2 ends the youngest of its scoring threads. With --expose-gc, garbage is collected
// often, so that the heap is what is in use. The main thread measures its event loop, and answers the message 'event loop' with what it found.

import { readFileSync } from 'node:fs';
import { setInterval } from 'node:timers';
import { isMainThread } from 'node:worker_threads';

/** @type {import('node:worker_threads').Worker[]} */
const workers = [];
process.on('worker', (worker) => {
  workers.push(worker);
  worker.once('exit', () => workers.splice(workers.indexOf(worker), 1));
});
process.on('SIGUSR2', () => void workers.at(-1)?.terminate());
setInterval(() => globalThis.gc?.(), 500).unref();
if (isMainThread && process.send) measureEventLoop();

function measureEventLoop() {
  const everyMs = 5;
  /** Of each turn of the timer: how late it was, and how much of that the thread stood ready without a core. */
  let turns = [];
  let [last, waited] = [performance.now(), waitedMs()];
  let used = performance.eventLoopUtilization();
  setInterval(() => {
    const [now, waitedNow] = [performance.now(), waitedMs()];
    turns.push([Math.max(0, now - last - everyMs), waitedNow - waited]);
    [last, waited] = [now, waitedNow];
  }, everyMs).unref();
  process.on('message', () => {
    process.send({ turns, utilization: performance.eventLoopUtilization(used).utilization });
    turns = [];
    used = performance.eventLoopUtilization();
  });
  process.channel.unref();
}

/** Milliseconds that this thread has waited for a core since it started; 0 where the system does not say. */
function waitedMs() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
