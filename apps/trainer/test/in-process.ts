import type { RunRecord } from '@ttrec/training';
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
): Promise<TrainOutcome> {
  return trained(await startRun({ config, baseDirectory: '/', out }), output);
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

async function trained(run: ClaimedRun, output: Output): Promise<TrainOutcome> {
  const stop = new StopRequest(() => undefined);
  try {
    return await trainAndReport({ run, output, stop });
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

/** Runs the command in this process; a function stands for one that ends in some way. */
export async function commandInProcess(
  command: readonly string[] | (() => void),
  folder = process.cwd(),
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => (stdout += String(text)) !== ''),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => (stderr += String(text)) !== ''),
    vi.spyOn(process, 'cwd').mockReturnValue(folder),
  ];
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    if (typeof command === 'function') command();
    else await main(command);
    return { code: process.exitCode, stdout, stderr };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}
