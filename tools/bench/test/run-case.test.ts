import type { EmbeddingBag } from '@ttrec/embeddings';
import { describe, expect, test } from 'vitest';
import { allCases, chooseCases } from '../src/cases/all-cases.ts';
import { bagWorkload, type BagWork } from '../src/cases/bag-workload.ts';
import { both, compare, compareGradients, requireRight, TOLERANCE } from '../src/check.ts';
import type { BenchCase, OwnContender } from '../src/contender.ts';
import { Models, type EngineName, type Hosted } from '../src/models.ts';
import { runCase, type RunSetting } from '../src/run/run-case.ts';
import { refusal } from './refusal.ts';

/** A TT bag of 1,000 rows and a dense one, trained on both engines. */
function contender(kind: 'tt' | 'dense'): OwnContender {
  return {
    kind: 'own',
    name: kind,
    engine: 'strict',
    prepare: (models) => bagWorkload(models, 'strict', tinyWork(kind)),
  };
}

function tinyWork(kind: 'tt' | 'dense'): BagWork {
  return {
    table: kind === 'tt' ? { kind, ranks: 4 } : { kind },
    embeddingDim: 8,
    numEmbeddings: 1000,
    bags: 4,
    perBag: 3,
    ids: 'zipf',
    batches: 2,
    mode: 'train',
    learningRate: 0.01,
  };
}

const tiny: BenchCase = {
  name: 'tiny',
  what: 'A step.',
  unit: 'lookups',
  unitsPerStep: 12,
  contenders: [
    contender('tt'),
    contender('dense'),
    {
      kind: 'peer',
      name: 'absent',
      script: 'absent.py',
      args: [],
      line: 'absent',
      needs: 'torch',
      atLeast: 2,
    },
  ],
};

function setting(models: Models): RunSetting {
  const peers = { folder: import.meta.dirname, env: {} };
  return { models, peers, pairs: 1, seconds: 0.001, onProgress: () => undefined };
}

test('one pair of a tiny case: checked against the reference, timed in turn, the absent peer reported', async () => {
  const models = new Models();
  const told: string[] = [];
  const result = await runCase(tiny, { ...setting(models), onProgress: (what) => told.push(what) });
  await models.dispose();
  expect(told).toEqual(['preparing', 'pair 1 of 1, tt, then dense']);
  const [tt, dense, absent] = result.contenders;
  for (const own of [tt!, dense!]) {
    expect(own.check!.error).toBeLessThanOrEqual(TOLERANCE);
    expect(own.samples).toHaveLength(1);
    expect(own.rate!.median).toBeCloseTo(12 / own.samples[0]!.secondsPerStep, 6);
    expect(own.version).toContain('strict');
  }
  expect(tt!.ratio).toBeUndefined();
  expect(dense!.ratio!.median).toBeCloseTo(
    dense!.samples[0]!.secondsPerStep / tt!.samples[0]!.secondsPerStep,
    6,
  );
  expect(absent).toEqual({
    name: 'absent',
    kind: 'peer',
    reason: 'there is no absent.py in the folder of peers (--peers)',
    samples: [],
    atLeast: 2,
  });
});

test.each([
  ['done', 0],
  ['wrong', 1],
] as const)('what contenders started ends when a case is %s', async (_, error) => {
  const ended: string[] = [];
  const own = (name: string, found: number): OwnContender => ({
    kind: 'own',
    name,
    engine: 'cpu',
    prepare: async () => ({
      engine: 'none',
      step: async () => undefined,
      check: async () => ({ error: found, tolerance: TOLERANCE }),
      dispose: async () => void ended.push(name),
    }),
  });
  const contenders = [own('first', 0), own('second', error)] as const;
  const running = runCase({ ...tiny, contenders }, setting(new Models()));
  if (error > 0) await expect(running).rejects.toMatchObject({ code: 'bench/wrong-result' });
  else expect((await running).contenders).toHaveLength(2);
  expect(ended).toEqual(['first', 'second']);
});

test('gradients may differ in a few numbers by what an example adds, and by no more', () => {
  const expected = Float64Array.from({ length: 100 }, (_, i) => i - 99);
  const changed = (by: number, count: number) => [expected.map((g, i) => (i < count ? g + 99 * by : g))];
  expect(compareGradients(changed(0.05, 49), [expected]).error).toBeCloseTo(TOLERANCE / 2, 10);
  expect(compareGradients(changed(0.2, 1), [expected]).error).toBeGreaterThan(TOLERANCE);
  expect(compareGradients(changed(3e-4, 51), [expected]).error).toBeCloseTo(3e-4, 10);
  expect(compareGradients([[1]], [[1, 2]]).error).toBe(Infinity);
  expect(compareGradients([[Number.NaN, 1, 2]], [[1, 1, 2]]).error).toBe(Infinity);
  const [small, large] = [0.1, 0.3].map((error) => ({ error, tolerance: TOLERANCE }));
  expect([both(small!, large!), both(large!, small!)]).toEqual([large, large]);
});

test('a wrong result ends the run', () => {
  expect(compare([[1, 2]], [[1, 2]])).toEqual({ error: 0, tolerance: TOLERANCE });
  expect(compare([[1], [1, 2.5]], [[1], [1, 2]]).error).toBe(0.25);
  expect(compare([[1, Number.NaN]], [[1, 2]]).error).toBe(Infinity);
  expect(compare([[1]], [[1, 2]]).error).toBe(Infinity);
  const { code: thrown, message } = refusal(() =>
    requireRight('ttrec', { error: 0.25, tolerance: TOLERANCE }),
  );
  expect(thrown).toBe('bench/wrong-result');
  expect(message).toContain(
    'ttrec: must agree with the reference backend to 0.0002 of the largest magnitude, got 0.25',
  );
});

test('cases are chosen by the beginning of their names, and a misspelt one is refused', () => {
  expect(chooseCases(['matmul']).map(({ name }) => name)).toEqual(['matmul/512']);
  expect(chooseCases([]).length).toBeGreaterThan(chooseCases(['tt-bag']).length);
  const { code: thrown, message } = refusal(() => chooseCases(['matmull/512']));
  expect(thrown).toBe('bench/unknown-case');
  expect(message).toContain(
    '--only: must begin the name of a case, got matmull/512. Did you mean "matmul/512"?',
  );
});

describe('models', () => {
  /** Keeps the names that are asked for. A contender asks for its model first, and is stopped there: the rest takes minutes. */
  class Names extends Models {
    readonly names: string[] = [];
    readonly stopped = new Error('stopped');
    override get<Model>(engine: EngineName, name: string): Promise<Hosted<Model>> {
      this.names.push(`${engine} ${name}`);
      return Promise.reject(this.stopped);
    }
  }

  test('that a case trains are not those on which another measures a forward', async () => {
    const trained = new Set<string>();
    const read = new Set<string>();
    for (const { name, contenders } of allCases) {
      const asked = new Names();
      for (const contender of contenders) {
        // The host's part alone is measured within cases of training, and computes nothing. Without the parameter none is asked for.
        if (contender.kind !== 'own' || contender.engine === 'dry' || contender.prepare.length === 0)
          continue;
        await contender.prepare(asked).catch((thrown: unknown) => {
          if (thrown !== asked.stopped) throw thrown;
        });
      }
      for (const used of asked.names) (name.includes('train') ? trained : read).add(used);
    }
    expect(trained.size).toBeGreaterThan(4);
    expect(read.size).toBeGreaterThan(4);
    expect([...trained].filter((used) => read.has(used))).toEqual([]);
  });

  test('stay finite however many steps are measured', async () => {
    let bag: unknown;
    class Seen extends Models {
      override async get<Model>(
        ...args: Parameters<typeof Models.prototype.get<Model>>
      ): Promise<Hosted<Model>> {
        const hosted = await super.get(...args);
        bag = hosted.model;
        return hosted;
      }
    }
    const models = new Seen();
    const workload = await bagWorkload(models, 'cpu', { ...tinyWork('tt'), learningRate: 5 });
    for (let step = 0; step < 4000; step++) await workload.step(step);
    expect((await (bag as EmbeddingBag).toDense()).every(Number.isFinite)).toBe(true);
    await models.dispose();
  });
});
