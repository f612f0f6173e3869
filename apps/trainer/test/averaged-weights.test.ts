import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FinalRecord } from '@ttrec/training/records';
import { expect, test } from 'vitest';
import { evaluate } from '../src/commands/evaluate.ts';
import { exportRun } from '../src/commands/export.ts';
import { temporaryFolder } from './command.ts';
import { recordOf, records, resumeIn, savedTensors, timelessRecords, trainIn } from './in-process.ts';
import { tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();
const config = (steps: number, averaging?: object) =>
  tinyTrainConfig({ training: { steps, ...(averaging && { averaging }) } });
const averaging = { kind: 'ema', decay: 0.9, every: 3 };

function unaveraged(run: string): string {
  const checkpoints = join(run, 'checkpoints');
  const latest = JSON.parse(readFileSync(join(checkpoints, 'latest.json'), 'utf8')) as { folder: string };
  return readFileSync(join(checkpoints, latest.folder, 'unaveraged.safetensors')).toString('base64');
}

test('a run that averages its weights goes on bit for bit; the average is tested, evaluated and exported', async () => {
  const [whole, halves, plain] = ['whole', 'halves', 'plain'].map((name) => join(folder, name));
  await trainIn(whole!, config(25, averaging));
  await trainIn(halves!, config(10, averaging));
  await resumeIn(halves!, { steps: 25 });
  await trainIn(plain!, config(25));
  expect(savedTensors(halves!)).toEqual(savedTensors(whole!));
  expect(unaveraged(halves!)).toBe(unaveraged(whole!));
  expect(timelessRecords(halves!)).toEqual(timelessRecords(whole!));
  // Training takes the same steps as without an average, whose weights are others.
  const [own, without] = [savedTensors(whole!), savedTensors(plain!)];
  expect(unaveraged(whole!)).toBe(without['latest.json model.safetensors']);
  expect(own['latest.json optimizer.safetensors']).toBe(without['latest.json optimizer.safetensors']);
  expect(own['latest.json model.safetensors']).not.toBe(without['latest.json model.safetensors']);

  const final = records(whole!).at(-1) as FinalRecord;
  const { test: tested } = (await recordOf((json) => evaluate(whole!, json))) as {
    test: FinalRecord['test'];
  };
  expect(tested).toMatchObject({ logLoss: final.test.logLoss, step: final.test.step });
  const out = join(folder, 'exported.ttrec.safetensors');
  await recordOf((json) => exportRun(whole!, { ...json, format: 'model', checkpoint: 'latest', out }));
  const bytes = readFileSync(out);
  const { folder: latest } = JSON.parse(readFileSync(join(whole!, 'checkpoints', 'latest.json'), 'utf8')) as {
    folder: string;
  };
  expect(readdirSync(join(whole!, 'checkpoints', latest))).toContain('unaveraged.safetensors');
  const numbersIn = (file: Buffer) => file.subarray(8 + Number(file.readBigUInt64LE(0)));
  const saved = readFileSync(join(whole!, 'checkpoints', latest, 'model.safetensors'));
  expect(Buffer.compare(numbersIn(bytes), numbersIn(saved))).toBe(0);
});
