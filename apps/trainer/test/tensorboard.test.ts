import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

test('a file in the place of the folder is refused before data is read, and no run is left behind', async () => {
  const config = join(folder, 'late.json');
  writeFileSync(
    config,
    JSON.stringify({
      ...tinyConfig(),
      data: {
        format: 'criteo',
        path: 'missing.tsv',
        ids: { kind: 'vocabulary' },
        split: { by: 'random', test: 0.1 },
      },
    }),
  );
  const [run, file] = [join(folder, 'refused'), join(folder, 'a-file')];
  writeFileSync(file, '');
  const { code, stderr } = await commandInProcess(['train', config, '--out', run, '--tensorboard', file]);
  expect(code).toBe(1);
  expect(stderr).toContain(`${join(file, 'tiny')}: must be writable`);
  expect(existsSync(run)).toBe(false);
});
