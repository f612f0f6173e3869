import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { dataSets, missingFiles } from '../src/data-sets.ts';
import { far, full, quick, several, standard } from '../src/plan.ts';

test.each(dataSets)('$name: its config is one that ttrec reads, and names the files of its folder', (set) => {
  for (const { training } of [quick, standard, far, several, full]) {
    const config = { name: set.name, ...set.config('/data'), training };
    const { data } = parseConfig(trainConfigSchema, config, 'study.json');
    for (const file of set.files) expect(JSON.stringify(data)).toContain(`/data/${file}`);
  }
  expect(missingFiles(set, '/nowhere')).toEqual(set.files);
});

test('every arm of the plans is one that ttrec compares', () => {
  const cli = fileURLToPath(new URL('../../../apps/trainer/src/cli.ts', import.meta.url));
  const args = ['--conditions=@ttrec/source', cli, 'compare', '--help'];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  for (const arm of new Set([quick, standard, far, several, full].flatMap(({ arms }) => arms)))
    expect(stdout).toMatch(new RegExp(`^  ${arm} +\\S`, 'm'));
});
