import type { Backend } from '@ttrec/backend';
import { checkSameBits, conformanceSuite } from '@ttrec/testkit/backend';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createForced } from '../src/create-native-backend.ts';
import { engines } from './engines.ts';

/** Every kernel is cut, and every level of a train has chunks, however little work there is. */
const CUT_ALL = { leastPart: 1e-9, leastChunk: 1e-9 };

for (const { simd, name } of engines.filter(({ skip }) => !skip)) {
  describe(name, () => {
    let teams: Backend[] = [];
    beforeAll(async () => {
      const options = [1, 2, 3, 8].map((threads) => ({ simd, threads }));
      teams = await Promise.all(
        [...options, { simd, threads: 2, eventLoop: 'free' as const }].map((each) =>
          createForced(each, CUT_ALL),
        ),
      );
    });
    afterAll(() => Promise.all(teams.map((team) => team.dispose())));

    test('large shapes and 300 random cases: the number of threads changes no bit', async () => {
      const [one, ...others] = teams;
      for (const team of others) await checkSameBits(team, one!, { cases: 300 });
    });

    test('capabilities say how many threads there are', () => {
      expect(teams.map(({ capabilities }) => capabilities.threads)).toEqual([1, 2, 3, 8, 2]);
    });
  });

  for (const eventLoop of ['blocked', 'free'] as const) {
    conformanceSuite({
      name: `${name}, every kernel cut for two threads, event loop ${eventLoop}`,
      create: () => createForced({ simd, threads: 2, eventLoop }, CUT_ALL),
      describe,
      test,
    });
  }
}
