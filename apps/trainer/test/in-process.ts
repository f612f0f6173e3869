import type { RunRecord } from '@ttrec/training/records';
import type { TrainConfig } from '@ttrec/training/config';
import { resumeRun, startRun, type ClaimedRun, type TrainOutcome } from '@ttrec/training/run-folder';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { main } from '../src/main.ts';
import { StopRequest } from '../src/run/stop-request.ts';
import { trainAndReport } from '../src/run/train-and-report.ts';
import type { Output } from '../src/terminal/output.ts';

/** Collects what a command would say. */
export function listeningOutput(): Output & { readonly said: string[] } {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  return { said, isTerminal: false, result: say, note: say, status: say, record: () => undefined };
}

/** Trains in this process, from the start. */
export async function trainIn(
  out: string,
  config: TrainConfig,
  output: Output = listeningOutput(),
  readingThread?: boolean,
): Promise<TrainOutcome> {
  return trained(await startRun({ config, baseDirectory: '/', out }), output, readingThread);
}

/** Goes on training the model of a run as a new one, in this process. */
export async function trainFrom(
  from: string,
  out: string,
  config: TrainConfig,
  output: Output = listeningOutput(),
): Promise<TrainOutcome> {
  return trained(await startRun({ config, baseDirectory: '/', out, from }), output);
}

/** Goes on with a run in this process, with other training settings if any. */
export async function resumeIn(
  folder: string,
  training: Partial<TrainConfig['training']> = {},
): Promise<TrainOutcome> {
  const run = await resumeRun(folder);
  const config = { ...run.config, training: { ...run.config.training, ...training } };
  return trained({ ...run, config }, listeningOutput());
}

async function trained(run: ClaimedRun, output: Output, readingThread?: boolean): Promise<TrainOutcome> {
  const stop = new StopRequest(() => undefined);
  try {
    return await trainAndReport({ run, output, stop, readingThread });
  } finally {
    stop.dispose();
    await run.claim.release();
  }
}

/** The record that a command prints with `--json`, run in this process. */
export async function recordOf(
  command: (flags: { json: true }) => Promise<void>,
): Promise<Record<string, unknown>> {
  const [stdout, stderr] = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockReturnValue(true),
  );
  try {
    await command({ json: true });
    return JSON.parse(String(stdout!.mock.lastCall![0])) as Record<string, unknown>;
  } finally {
    stdout!.mockRestore();
    stderr!.mockRestore();
  }
}

/** The records of a run without what a clock or the folder's name puts into them. */
export function timelessRecords(folder: string): unknown[] {
  const timed = ['samplesPerSecond', 'trainingSeconds', 'runFolder'];
  return records(folder).map((record) =>
    Object.fromEntries(Object.entries(record).filter(([field]) => !timed.includes(field))),
  );
}

export function records(folder: string): RunRecord[] {
  const text = readFileSync(join(folder, 'metrics.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunRecord);
}

/** The bytes of weights, optimizer state and unlogged rows that `latest` and `best` name, and which checkpoints those are. */
export function savedTensors(folder: string): Record<string, string> {
  const checkpoints = join(folder, 'checkpoints');
  const saved: Record<string, string> = {};
  for (const mark of readdirSync(checkpoints).filter((name) => name.endsWith('.json'))) {
    const pointer = JSON.parse(readFileSync(join(checkpoints, mark), 'utf8')) as {
      name: string;
      folder: string;
    };
    saved[mark] = pointer.name;
    for (const file of ['model.safetensors', 'optimizer.safetensors', 'window.safetensors']) {
      saved[`${mark} ${file}`] = readFileSync(join(checkpoints, pointer.folder, file)).toString('base64');
    }
  }
  return saved;
}

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the command in this process; a function stands for one that ends in some way. Commands of concurrent tests run one after
 * the other, as they share the streams.
 */
export function commandInProcess(command: readonly string[] | (() => void), folder?: string): Promise<Ended> {
  const ended = last.then(() => captured(command, folder));
  last = ended.catch(() => undefined);
  return ended;
}

async function captured(command: readonly string[] | (() => void), folder = process.cwd()): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  const listen = (name: keyof typeof said) => (text: string | Uint8Array) => {
    said[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
    return true;
  };
  // Not `vi.spyOn`, which shares one spy a method with the test that calls, and takes that away with it.
  const restore = [
    replaced(process.stdout, 'write', listen('stdout')),
    replaced(process.stderr, 'write', listen('stderr')),
    replaced(process, 'cwd', () => folder),
    replaced(process, 'exitCode', 0),
  ];
  try {
    if (typeof command === 'function') command();
    else await main(command);
    return { code: Number(process.exitCode), ...said };
  } finally {
    for (const back of restore) back();
  }
}

/** Sets a property. @returns what sets it back */
function replaced(object: object, key: string, value: unknown): () => void {
  const before: unknown = Reflect.get(object, key);
  Reflect.set(object, key, value);
  return () => void Reflect.set(object, key, before);
}
