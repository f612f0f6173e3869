import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandInProcess, type Ended } from './in-process.ts';

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));

/** Compiled sources of the processes that tests start: half of what a short one takes. */
const compiled = join(tmpdir(), 'ttrec-compiled');

/** How a process ended. */
export type EndedProcess = Omit<Ended, 'code'> & { readonly code: number | null };

/** A `ttrec` of its own process, on the sources. */
export interface Command {
  readonly child: ChildProcess;
  /** Resolves to what stderr has said, when it has said `text`; rejects when the process ends without. */
  says(text: string): Promise<string>;
  readonly ended: Promise<EndedProcess>;
}

/** A fresh folder for one test file's configs and runs. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'ttrec-trainer-'));
}

export function writeConfig(folder: string, name: string, config: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/** Starts `ttrec` with these arguments, and its Node with those of `nodeArgs`. */
export function start(args: readonly string[], cwd?: string, nodeArgs: readonly string[] = []): Command {
  const child = spawn(process.execPath, ['--conditions=@ttrec/source', ...nodeArgs, cli, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { NODE_COMPILE_CACHE: compiled, ...process.env, NO_COLOR: '1' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<EndedProcess>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const says = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (stderr.includes(text)) resolve(stderr);
      };
      look();
      child.stderr.on('data', look);
      void ended.then(() => reject(new Error(`ended without saying "${text}":\n${stderr}`)));
    });
  return { child, says, ended };
}

/** Runs `ttrec` with these arguments to its end, in this process: what it prints and its exit code are those of a process. */
export function ttrec(...args: readonly string[]): Promise<Ended> {
  return commandInProcess(args);
}

/** Runs `ttrec` to its end in a process of its own, which takes a second to start. */
export function ttrecProcess(...args: readonly string[]): Promise<EndedProcess> {
  return start(args).ended;
}
