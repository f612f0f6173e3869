import { parseConfig, trainConfigSchema } from '@ttrec/training/config';
import { expect, test } from 'vitest';
import { dataSets, missingFiles } from '../src/data-sets.ts';
import { full, quick } from '../src/plan.ts';

test.each(dataSets)('$name: its config is one that ttrec reads, and names the files of its folder', (set) => {
  for (const { training } of [quick, full]) {
    const config = { name: set.name, ...set.config('/data'), training };
    const { data } = parseConfig(trainConfigSchema, config, 'study.json');
    for (const file of set.files) expect(JSON.stringify(data)).toContain(`/data/${file}`);
  }
  expect(missingFiles(set, '/nowhere')).toEqual(set.files);
});
