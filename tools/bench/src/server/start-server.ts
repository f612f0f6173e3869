import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endWithThis } from '@ttrec/test-support/end-with-this';
import { error } from '../error.ts';

/** A server in a process that ends with this one. */
export interface StartedServer {
  readonly url: string;
  /** CPU time of each of its threads so far, in milliseconds; empty where the system does not tell. */
  threadTimes(): ReadonlyMap<string, number>;
  /** Kills it, and resolves when it has ended. */
  stop(): Promise<void>;
}

/** Linux counts CPU time in these. */
const TICK_MS = 10;

/** Starts a Node program that prints its address within a line. @throws `bench/no-server` */
export async function startServer(args: readonly string[]): Promise<StartedServer> {
  const child = spawn(process.execPath, ['--conditions=@ttrec/source', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endWithThis(child);
  child.stdout.setEncoding('utf8');
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const [line] = (await Promise.race([once(child.stdout, 'data'), ended.then(() => ['nothing'])])) as [
    string,
  ];
  const url = /http:\/\/[\d.:]+/.exec(line)?.[0];
  if (url === undefined) {
    await stop();
    throw error('no-server', { subject: args.join(' '), rule: 'must print its address', got: line });
  }
  // What is not read would fill the pipe.
  child.stdout.resume();
  return { url, threadTimes: () => threadTimes(`/proc/${child.pid}/task`), stop };
}

function threadTimes(tasks: string): ReadonlyMap<string, number> {
  if (!existsSync(tasks)) return new Map();
  return new Map(
    readdirSync(tasks).map((thread) => {
      // What stands behind the name of the program, which may hold anything.
      const fields = readFileSync(join(tasks, thread, 'stat'), 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return [thread, TICK_MS * (Number(fields[11]) + Number(fields[12]))];
    }),
  );
}
