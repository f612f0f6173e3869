import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './command.ts';
import { trainIn } from './in-process.ts';
import { tinyTrainConfig } from './tiny-config.ts';

const folder = temporaryFolder();

test('training with a table of integers is refused before a run begins', async () => {
  const run = join(folder, 'refused');
  const table = { kind: 'int8', into: { kind: 'dense' } };
  const config = tinyTrainConfig({ model: { tables: { largest: { count: 1, use: table } } } });
  await expect(trainIn(run, config)).rejects.toThrow(
    expect.objectContaining({
      code: 'training/inference-only',
      message: expect.stringContaining('table "C2": must be of a kind that trains, got'),
    }),
  );
  expect(existsSync(join(run, 'config.json'))).toBe(false);
});
