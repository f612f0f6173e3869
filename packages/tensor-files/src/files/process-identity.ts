import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Who wrote a file, in a form that fits into its name. A process id alone does not do: ids are used again, start anew after
 * a reboot, and mean other processes on another machine or in another container.
 */
export interface ProcessIdentity {
  /** Hash of the host's name. */
  readonly host: string;
  /** Hash of the boot of the kernel; of the host's name where the system does not tell its boots apart. */
  readonly boot: string;
  /** Hash of the namespace that the process id belongs to: a container has its own. */
  readonly namespace: string;
  readonly pid: number;
  /** When the process started, as the system counts it; `0` where that is unknown. */
  readonly started: string;
}

const IDENTITY =
  /^(?<host>[0-9a-f]{6})\.(?<boot>[0-9a-f]{6})\.(?<namespace>[0-9a-f]{6})\.(?<pid>[1-9]\d{0,9})\.(?<started>[0-9a-z]{1,12})$/;

let own: ProcessIdentity | undefined;

/** This process. */
export function ownIdentity(): ProcessIdentity {
  own ??= {
    host: hash(hostname()),
    boot: hash(readOr('/proc/sys/kernel/random/boot_id', hostname())),
    namespace: hash(linkOr('/proc/self/ns/pid', '')),
    pid: process.pid,
    started: startOf(process.pid)?.started ?? '0',
  };
  return own;
}

export function identityText({ host, boot, namespace, pid, started }: ProcessIdentity): string {
  return [host, boot, namespace, pid, started].join('.');
}

/** The reverse of `identityText`; undefined for any other text. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const groups = IDENTITY.exec(text)?.groups as Record<keyof ProcessIdentity, string> | undefined;
  return groups && { ...groups, pid: Number(groups.pid) };
}

/** Whether a process still runs; `unknown` for one of another machine or container, which cannot be asked from here. */
export function processState(other: ProcessIdentity): 'running' | 'gone' | 'unknown' {
  const self = ownIdentity();
  if (other.boot !== self.boot) return other.host === self.host ? 'gone' : 'unknown';
  if (other.namespace !== self.namespace) return 'unknown';
  return isRunning(other) ? 'running' : 'gone';
}

function isRunning({ pid, started }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // EPERM: there is such a process, of another user.
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const found = startOf(pid);
  if (found === undefined) return true;
  return !found.ended && (started === '0' || found.started === started);
}

/** When a process started and whether it has ended unreaped; undefined where the system does not say. */
function startOf(pid: number): { readonly started: string; readonly ended: boolean } | undefined {
  if (process.platform === 'linux') {
    // The name of the program, in parentheses, may hold anything; the state is the first field behind it, the start the 20th.
    const fields = readOr(`/proc/${pid}/stat`, '').split(') ').at(-1)!.split(' ');
    const [state, ticks] = [fields[0]!, Number(fields[19])];
    return Number.isInteger(ticks) ? { started: ticks.toString(36), ended: /[ZXx]/.test(state) } : undefined;
  }
  if (process.platform === 'win32') return undefined;
  try {
    const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } } as const;
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], options).trim();
    const [, state, start] = /^(\S+)\s+(.+)$/.exec(text)!;
    return { started: hash(start!), ended: state!.startsWith('Z') };
  } catch {
    return undefined;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return otherwise;
  }
}

function linkOr(path: string, otherwise: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return otherwise;
  }
}
