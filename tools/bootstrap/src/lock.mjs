import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimes,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
const SILENT_AFTER_MS = 60_000;
const POLL_MS = 200;
const RELEASED = 'released';

/**
 * Runs `work` while no other process runs work under the same folder.
 *
 * The folder holds numbered tickets. The owner is whoever created the highest one; to create is exclusive, and the highest is
 * never removed, so a ticket whose owner died is not taken away from it but outnumbered, and no two processes can both succeed.
 * An owner shows that it lives by its process id and by touching its ticket.
 *
 * @template T
 * @param {string} folder
 * @param {{ onWait?: (owner: string) => void }} listener
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(folder, { onWait }, work) {
  mkdirSync(folder, { recursive: true });
  const ticket = await acquire(folder, onWait);
  const heartbeat = setInterval(() => {
    const now = new Date();
    // Without the ticket (somebody took this process for dead) there is nothing left to touch.
    utimes(ticket, now, now, () => undefined);
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    writeFileSync(`${ticket}.done`, RELEASED);
    renameSync(`${ticket}.done`, ticket);
  }
}

/**
 * @param {string} folder
 * @param {((owner: string) => void) | undefined} onWait
 */
async function acquire(folder, onWait) {
  let waiting = false;
  for (;;) {
    const highest = highestTicket(folder);
    const owner = highest === 0 ? RELEASED : liveOwner(join(folder, ticketName(highest)));
    if (owner === RELEASED) {
      const ticket = tryCreate(folder, highest + 1);
      if (ticket !== undefined) return ticket;
    } else {
      if (!waiting) onWait?.(owner);
      waiting = true;
      await sleep(POLL_MS);
    }
  }
}

/**
 * Creates ticket `number`, unless another process was faster. A process that was slow may have created a number that is
 * no longer the highest (the lower ones are swept): that one counts for nothing.
 * @param {string} folder
 * @param {number} number
 */
function tryCreate(folder, number) {
  const ticket = join(folder, ticketName(number));
  try {
    writeFileSync(ticket, `${hostname()} ${process.pid}`, { flag: 'wx' });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return undefined;
    throw error;
  }
  if (highestTicket(folder) !== number) {
    rmSync(ticket, { force: true });
    return undefined;
  }
  for (const lower of ticketNumbers(folder).filter((other) => other < number)) {
    rmSync(join(folder, ticketName(lower)), { force: true });
  }
  return ticket;
}

/**
 * Who holds a ticket, or RELEASED when nobody does: it was given back, its process is gone, or it has long been silent.
 * @param {string} ticket
 * @returns {string}
 */
function liveOwner(ticket) {
  try {
    const text = readFileSync(ticket, 'utf8');
    const silentFor = Date.now() - statSync(ticket).mtimeMs;
    if (text === RELEASED || silentFor > SILENT_AFTER_MS) return RELEASED;
    const [host, pid] = text.split(' ');
    // A ticket is empty for the instant between its creation and its first write; another machine's ids say nothing here.
    if (host !== hostname() || pid === undefined) return 'another process';
    return isAlive(Number(pid)) ? `process ${pid}` : RELEASED;
  } catch (error) {
    // Swept by a newer owner between the listing and the reading.
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return 'another process';
    throw error;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} folder */
function highestTicket(folder) {
  return Math.max(0, ...ticketNumbers(folder));
}

/** @param {string} folder */
function ticketNumbers(folder) {
  return readdirSync(folder).flatMap((name) => {
    const match = /^lock\.(\d+)$/.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

/** @param {number} number */
function ticketName(number) {
  return `lock.${number}`;
}
