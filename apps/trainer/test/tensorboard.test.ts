import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { commandInProcess } from './in-process.ts';
import { tinyConfig } from './tiny-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'ttrec-tensorboard-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('train --tensorboard writes events to a folder of the run, and to another file when the run goes on', async () => {
  const config = join(folder, 'c.json');
  writeFileSync(config, JSON.stringify(tinyConfig({ training: { steps: 8, logEvery: 4 } })));
  const [run, events] = [join(folder, 'run'), join(folder, 'events')];
  const first = await commandInProcess(['train', config, '--out', run, '--tensorboard', events]);
  expect(first.code).toBe(0);
  const [name] = readdirSync(events);
  const files = () =>
    readdirSync(join(events, name!)).map((file) => readFileSync(join(events, name!, file), 'latin1'));
  expect(files()).toHaveLength(1);
  for (const tag of ['train/loss', 'validation/logLoss', 'test/auc', 'tables/bytes'])
    expect(files()[0]).toContain(tag);
  const more = await commandInProcess(['train', '--resume', run, '--steps', '12', '--tensorboard', events]);
  expect(more.code).toBe(0);
  expect(files()).toHaveLength(2);
});
