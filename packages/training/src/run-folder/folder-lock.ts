import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  errorCodeOf,
  fileCall,
  identityText,
  ifPresent,
  ownIdentity,
  parseIdentity,
  type ProcessIdentity,
  processState,
  removeQuietly,
  temporaryName,
} from '@ttrec/tensor-files/files';
import { error } from '../error.ts';
import { LOCK } from './run-file-names.ts';

const HEARTBEAT_MS = 30_000;

/** A holder on another machine that has not touched its lock for this long is taken for dead. */
const SILENT_AFTER_MS = 600_000;

/** A folder that no other process may write into while this is held. */
export interface FolderLock {
  /** @throws `training/lock-lost` when another process has taken the lock over, or the folder has been moved */
  requireHeld(): Promise<void>;
  /** Gives the lock back. Once is enough; later calls do nothing. */
  release(): Promise<void>;
}

/**
 * Locks a folder for this process, or refuses at once. A lock whose process has ended is taken over: on the same machine its
 * id and start are compared, so that neither a reboot nor an id used again keeps it; on another it has to be silent for ten minutes.
 *
 * Both steps are one atomic rename. A new lock is a folder that already holds its owner's name, renamed into place, which
 * fails when the place is taken. A dead owner's name, used once and never again, is renamed to that of the new owner, which
 * fails for all but the first.
 * @throws `training/folder-in-use`, naming the process; `tensor-files/cannot-write`
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const owner = newOwner();
  for (;;) {
    if (await putInPlace(folder, owner)) return new HeldLock(folder, owner);
    const holder = await holderOf(folder);
    if (holder === undefined) await removeOwnerless(folder);
    else if (await isLive(folder, holder)) throw inUse(folder, holder);
    else if (await takeOver(folder, holder, owner)) return new HeldLock(folder, owner);
  }
}

/** The refusal of `lockFolder` for a folder that is only read. @throws `training/folder-in-use` */
export async function refuseLocked(folder: string): Promise<void> {
  const holder = await holderOf(folder);
  if (holder !== undefined && (await isLive(folder, holder))) throw inUse(folder, holder);
}

class HeldLock implements FolderLock {
  readonly #folder: string;
  readonly #file: string;
  readonly #heartbeat: NodeJS.Timeout;
  #held = true;

  constructor(folder: string, owner: string) {
    this.#folder = folder;
    this.#file = join(folder, LOCK, owner);
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MS).unref();
    void this.#beat();
  }

  async requireHeld(): Promise<void> {
    const found = this.#held && (await fileCall('read', this.#file, () => ifPresent(stat(this.#file))));
    if (found) return;
    const holder = await holderOf(this.#folder);
    throw error('lock-lost', {
      subject: this.#folder,
      rule: 'must still be locked by this process',
      got: holder === undefined ? 'no lock' : `a lock of ${describe(holder)}`,
    });
  }

  async release(): Promise<void> {
    if (!this.#held) return;
    this.#held = false;
    clearInterval(this.#heartbeat);
    // A failure does no harm: the lock of a process that has ended blocks no other.
    await unlink(this.#file).catch(() => undefined);
    await rmdir(join(this.#folder, LOCK)).catch(() => undefined);
  }

  async #beat(): Promise<void> {
    const now = new Date();
    await utimes(this.#file, now, now).catch(() => undefined);
  }
}

interface Holder {
  readonly file: string;
  readonly identity: ProcessIdentity;
  readonly since: string;
  readonly host: string;
}

const OWNER = /^(?<identity>[^,]+),(?<since>\d{8}T\d{6}Z),[0-9a-f]{16},(?<host>[\w.-]*)$/;

/** A name that has never been an owner's before. */
function newOwner(): string {
  const since = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const host = hostname()
    .replaceAll(/[^\w.-]/g, '_')
    .slice(0, 80);
  return [identityText(ownIdentity()), since, randomBytes(8).toString('hex'), host].join(',');
}

function parseOwner(file: string): Holder | undefined {
  const groups = OWNER.exec(file)?.groups;
  const identity = groups && parseIdentity(groups['identity']!);
  return identity && { file, identity, since: groups['since']!, host: groups['host']! };
}

/** How systems refuse to rename a folder onto one that is not empty; Windows also onto one that is. */
const TAKEN = ['EEXIST', 'ENOTEMPTY', ...(process.platform === 'win32' ? ['EPERM', 'EACCES'] : [])];

/** @returns false when there is a lock already */
async function putInPlace(folder: string, owner: string): Promise<boolean> {
  const lock = join(folder, LOCK);
  const prepared = temporaryName(lock);
  try {
    await fileCall('write', prepared, () => mkdir(prepared));
    await fileCall('write', prepared, () => writeFile(join(prepared, owner), ''));
    return await fileCall('write', lock, () => renamed(prepared, lock, TAKEN));
  } finally {
    await removeQuietly(prepared);
  }
}

/** @returns false when another process was faster */
function takeOver(folder: string, dead: Holder, owner: string): Promise<boolean> {
  const [from, to] = [join(folder, LOCK, dead.file), join(folder, LOCK, owner)];
  return fileCall('write', to, () => renamed(from, to, ['ENOENT']));
}

async function renamed(from: string, to: string, lost: readonly string[]): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    if (lost.includes(errorCodeOf(cause) ?? '')) return false;
    throw cause;
  }
}

/** Undefined when there is no lock, or one without an owner's name in it. */
async function holderOf(folder: string): Promise<Holder | undefined> {
  const lock = join(folder, LOCK);
  const names = (await fileCall('read', lock, () => ifPresent(readdir(lock)))) ?? [];
  return names.map(parseOwner).find((parsed) => parsed !== undefined);
}

/** Removes what a lock that was found without an owner holds: nothing while it is being given back, or foreign files. */
async function removeOwnerless(folder: string): Promise<void> {
  const lock = join(folder, LOCK);
  const names = (await fileCall('read', lock, () => ifPresent(readdir(lock)))) ?? [];
  for (const name of names.filter((each) => parseOwner(each) === undefined)) {
    await fileCall('write', lock, () => rm(join(lock, name), { recursive: true, force: true }));
  }
  // Refused when another process has put its lock there meanwhile.
  await rmdir(lock).catch(() => undefined);
}

async function isLive(folder: string, { file, identity }: Holder): Promise<boolean> {
  const state = processState(identity);
  if (state !== 'unknown') return state === 'running';
  const path = join(folder, LOCK, file);
  const found = await fileCall('read', path, () => ifPresent(stat(path)));
  return found !== undefined && Date.now() - found.mtimeMs < SILENT_AFTER_MS;
}

function inUse(folder: string, holder: Holder): Error {
  const elsewhere = processState(holder.identity) === 'unknown';
  return error('folder-in-use', {
    subject: folder,
    rule: 'must not be in use by another process',
    got: describe(holder),
    hint: elsewhere
      ? `If it no longer runs, remove ${join(folder, LOCK)}; otherwise wait until it has ended.`
      : 'Wait until it has ended, or choose another folder.',
  });
}

function describe({ identity, since, host }: Holder): string {
  const [, date, hours, minutes, seconds] = /^(\d{8})T(\d\d)(\d\d)(\d\d)Z$/.exec(since)!;
  const day = `${date!.slice(0, 4)}-${date!.slice(4, 6)}-${date!.slice(6)}`;
  return `process ${identity.pid} on ${host}, since ${day} ${hours}:${minutes}:${seconds} UTC`;
}
