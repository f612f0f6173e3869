import { expect, test } from 'vitest';
import { withOverrides } from '../src/config/overrides.ts';
import { tinyTrainConfig } from './tiny-config.ts';

const inEpochs = tinyTrainConfig({ training: { epochs: 2 } });
const inSteps = tinyTrainConfig({ training: { steps: 5 } });

test('steps take the place of epochs, and epochs that a flag asks for that of the steps of the file', () => {
  expect(withOverrides(inEpochs, { steps: 7 }).training).toMatchObject({ steps: 7 });
  expect(withOverrides(inSteps, { epochs: 3 }).training).toMatchObject({ epochs: 3, steps: undefined });
  expect(withOverrides(inSteps, {}).training).toMatchObject({ steps: 5 });
  expect(withOverrides(inEpochs, {}).training).toMatchObject({ epochs: 2, steps: undefined });
});

test('steps and epochs together are wrong usage', () => {
  expect(() => withOverrides(inEpochs, { steps: 7, epochs: 3 })).toThrow(
    expect.objectContaining({
      code: 'trainer/two-lengths',
      message: '[trainer] --epochs: must be left out where --steps says how long to train, got 3.',
    }),
  );
});
