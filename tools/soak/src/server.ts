import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endWithThis } from '@ttrec/test-support/end-with-this';

/** The command as it is built. */
const cli = fileURLToPath(new URL('../../../apps/trainer/dist/cli.js', import.meta.url));
const hook = new URL('server-hooks.mjs', import.meta.url).href;

export interface AccessLine {
  readonly url: string;
  readonly status: number;
  /** From the head of the request to the end of the answer, as the server sees it. */
  readonly ms: number;
}

/** The event loop of the server since it was last asked, in milliseconds. */
export interface EventLoop {
  /** Of each turn of a timer of 5 ms: how late it was, and for how much of that the thread was ready and had no core. */
  readonly turns: readonly (readonly [late: number, waited: number])[];
  /** The share of the time in which it had something to do. */
  readonly utilization: number;
}

/** A `ttrec serve` of its own process. */
export interface Server {
  readonly url: string;
  readonly child: ChildProcess;
  /** What `--access-log` has written so far. */
  readonly accessLog: readonly AccessLine[];
  /** Values of `GET /metrics` by name, those of several labels added. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  eventLoop(): Promise<EventLoop>;
  /** Sends SIGTERM, and resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Runs `ttrec` to its end. @throws what it printed, if that is not a good one */
export async function ttrec(...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  endWithThis(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`ttrec ${args.join(' ')} ended with ${code}\n${stderr}`);
}

/** Serves a run as `clicks` on loopback. */
export async function startServer(
  run: string,
  flags: readonly string[],
  nodeFlags: readonly string[],
): Promise<Server> {
  const args = [
    ...nodeFlags,
    '--import',
    hook,
    cli,
    'serve',
    `clicks=${run}`,
    '--port',
    '0',
    '--json',
    ...flags,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  endWithThis(child);
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close') as Promise<[number | null]>;
  const lines = createInterface({ input: child.stdout! });
  const accessLog: AccessLine[] = [];
  const serving = new Promise<string>((resolve) => {
    lines.on('line', (line) => {
      const { url: path, status, ms } = JSON.parse(line) as Partial<AccessLine>;
      if (path?.startsWith('http')) resolve(path);
      else if (path !== undefined) accessLog.push({ url: path, status: status!, ms: ms! });
    });
  });
  const url = await Promise.race([serving, ended.then(() => undefined)]);
  if (url === undefined) throw new Error(`ttrec serve did not start\n${stderr}`);
  return {
    url,
    child,
    accessLog,
    async metrics() {
      const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
      const values = new Map<string, number>();
      for (const [, name, value] of lines.flatMap((each) => [/^(\w+)(?:\{.*\})? (\S+)$/.exec(each) ?? []])) {
        if (name !== undefined) values.set(name, (values.get(name) ?? 0) + Number(value));
      }
      return values;
    },
    async eventLoop() {
      child.send('event loop');
      const [measured] = (await once(child, 'message')) as [EventLoop];
      return measured;
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      return code;
    },
  };
}
