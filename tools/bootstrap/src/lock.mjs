import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/**
 * Runs `work` while no other process of this machine runs work under the same name.
 * The lock is a local socket, which the system closes when its process ends, however it ends.
 *
 * @template T
 * @param {string} name
 * @param {{ onWait?: () => void }} listener
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, { onWait }, work) {
  const address = addressOf(name);
  let server = await listen(address);
  if (server === undefined) onWait?.();
  while (server === undefined) {
    await sleep(POLL_MS);
    server = await listen(address);
  }
  try {
    return await work();
  } finally {
    server.close();
  }
}

/** @param {string} name */
function addressOf(name) {
  const id = `ttrec-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${id}`;
  // Linux has names for sockets apart from the file system. Elsewhere a socket is a file, which outlives its process.
  return process.platform === 'linux' ? `\0${id}` : join(tmpdir(), id);
}

/**
 * @param {string} address
 * @returns {Promise<import('node:net').Server | undefined>} undefined while another process listens there
 */
function listen(address) {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy());
    server.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code !== 'EADDRINUSE') reject(error);
      else removeAbandoned(address, () => resolve(undefined));
    });
    server.listen(address, () => resolve(server));
  });
}

/**
 * Removes a socket file that no process listens on.
 * @param {string} address
 * @param {() => void} done
 */
function removeAbandoned(address, done) {
  const probe = connect(address, () => probe.destroy());
  probe.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code === 'ECONNREFUSED' && !address.startsWith('\0')) rmSync(address, { force: true });
  });
  probe.on('close', done);
}
