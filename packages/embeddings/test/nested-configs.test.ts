import { createCpuBackend } from '@ttrec/backend-cpu';
import { cost, EmbeddingBag, type TableConfig } from '@ttrec/embeddings';
import { grownConfig, rowTables } from '@ttrec/embeddings/configs';
import { anyTable, defineKind } from '@ttrec/embeddings/kind';
import { describe, expect, test } from 'vitest';
import { refusal } from '@ttrec/test-support';

interface CountedConfig {
  readonly kind: 'counted';
  readonly into: TableConfig;
}

const size = { numEmbeddings: 1000, embeddingDim: 4 };

/** `depth` tables around a dense one. */
function nested(depth: number, around: (into: TableConfig) => TableConfig): TableConfig {
  let config: TableConfig = { kind: 'dense' };
  for (let level = 0; level < depth; level++) config = around(config);
  return config;
}

const wrappings: Readonly<Record<string, (into: TableConfig) => TableConfig>> = {
  hash: (into) => ({ kind: 'hash', buckets: 500, into }),
  'mixed-dimension': (into) => ({ kind: 'mixed-dimension', dim: 4, into }),
  'hot-cold': (cold) => ({ kind: 'hot-cold', hot: 1, cold }),
  quotients: (into) => ({
    kind: 'compositional',
    method: 'quotient-remainder',
    combine: 'sum',
    buckets: 1,
    into,
  }),
};

describe.each(Object.entries(wrappings))('tables nested in %s', (name, around) => {
  test('1000 deep are refused by code, whatever is asked of them', () => {
    const config = nested(1000, around);
    const code = /^embeddings\/too-(deep|many-tables)$/;
    for (const act of [
      () => cost(config, size),
      () => rowTables(config, size),
      () => grownConfig(config, size, 2000),
      () => new EmbeddingBag({ backend: createCpuBackend(), ...size, table: config }),
    ])
      expect(act).toThrow(expect.objectContaining({ code: expect.stringMatching(code) as string }));
  });

  test.skipIf(name === 'quotients')('31 deep are 32 tables deep, the most that there may be', () => {
    expect(cost(nested(31, around), size).bytes).toBeGreaterThan(0);
    expect(() => cost(nested(32, around), size)).toThrow(
      refusal('embeddings/too-deep', 'must lie at most 32 deep in one another'),
    );
  });
});

test('a config that holds itself is refused', () => {
  const config = { kind: 'hash', buckets: 5, into: { kind: 'dense' } as TableConfig };
  config.into = config as TableConfig;
  expect(() => cost(config as TableConfig, size)).toThrow(refusal('embeddings/too-deep'));
});

describe('hashes inside hashes', () => {
  const hashes = (depth: number, combine: 'product' | 'concatenate') =>
    nested(depth, (into) => ({
      kind: 'compositional',
      method: 'hashes',
      hashes: 16,
      buckets: 9,
      combine,
      into,
    }));

  test('that stand for more than 65,536 tables are refused', () => {
    for (const depth of [5, 7, 20]) {
      expect(() => cost(hashes(depth, 'product'), { ...size, embeddingDim: 16 })).toThrow(
        refusal('embeddings/too-many-tables', 'must stand for at most 65536 tables', '"compositional"'),
      );
    }
  });

  test('are priced by as many calls as the config is long, however many tables they stand for', () => {
    let calls = 0;
    const counted = defineKind<CountedConfig>({
      name: 'counted',
      schema: { properties: { into: anyTable }, required: ['into'] },
      children: (config, own) => [{ config: config.into, size: own }],
      cost: (_config, _size, _optimizer, [inner]) => {
        calls++;
        return inner!;
      },
      create: () => {
        throw new Error('not made');
      },
    });
    const config = nested(3, (into) => ({
      kind: 'compositional',
      method: 'hashes',
      hashes: 16,
      buckets: 9,
      combine: 'sum',
      into: { kind: 'counted', into } as never,
    }));
    const price = cost(config, size, { rule: 'sgd' }, [counted as never]);
    expect(price.bytes).toBe(16 ** 3 * 9 * 4 * 4);
    expect(calls).toBe(3);
  });

  test('side by side have parts of two widths, each priced once', () => {
    const price = cost(hashes(2, 'concatenate'), { numEmbeddings: 50, embeddingDim: 16 * 16 + 5 });
    expect(price.bytes).toBe(9 * (16 * 16 + 5) * 16 ** 0 * 4);
  });
});
