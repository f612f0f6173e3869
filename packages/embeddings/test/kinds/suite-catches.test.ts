import { createCpuBackend } from '@ttrec/backend-cpu';
import { kindCases, type TableUnderTest } from '@ttrec/testkit/kind';
import type { RowSource } from '@ttrec/embeddings';
import {
  type TableKind,
  WrappingTable,
  type EmbeddingTable,
  type Lookup,
  type PoolBackward,
  type SparseGradient,
  type TableContext,
  type TableMaintenance,
} from '@ttrec/embeddings/kind';
import { expect, test } from 'vitest';

/** What is wrong with a table that is a dense one otherwise. */
interface Faults {
  readonly bytes?: number;
  readonly variance?: number;
  readonly ids?: (ids: Uint32Array) => Uint32Array;
  readonly gradients?: (gradients: SparseGradient[]) => SparseGradient[];
  readonly fit?: (source: RowSource) => RowSource;
  readonly dispose?: boolean;
  /** What is exported has the rows of the next ids. */
  readonly exported?: boolean;
  /** Once it has taken a step, reading finds the rows of other ids than training does. */
  readonly maintenance?: boolean;
}

function faultyKind(faults: Faults): TableKind {
  return {
    name: 'faulty',
    schema: { properties: {} },
    children: (_config, size) => [
      {
        name: 'inner',
        config: { kind: 'dense' },
        size,
        rowVariance: (around) => (faults.variance ?? 1) * around,
      },
    ],
    cost: (_config, _size, _optimizer, [inner]) => ({
      ...inner!,
      bytes: inner!.bytes + (faults.bytes ?? 0),
    }),
    create: (_config, context, [inner]) => new FaultyTable(faults, context, inner!),
    rows: (_config, graph) => {
      const next = graph.modulo(graph.plus(graph.ids, 1), graph.numEmbeddings);
      const ids = faults.exported ? next : graph.ids;
      return graph.child({ kind: 'dense' }, { name: 'inner', ids });
    },
  };
}

class FaultyTable extends WrappingTable {
  readonly #faults: Faults;
  readonly #inner: EmbeddingTable;
  #steps = 0;

  constructor(faults: Faults, context: TableContext, inner: EmbeddingTable) {
    super(context, [inner]);
    this.#faults = faults;
    this.#inner = inner;
  }

  lookup(ids: Uint32Array, training: boolean): Lookup {
    const { ids: change, gradients: spoil } = this.#faults;
    const isStale = this.#steps > 0 && !training;
    const lookup = this.#inner.lookup((isStale ? nextIds : change)?.(ids) ?? ids, training);
    const gradients = (pool: PoolBackward): SparseGradient[] => {
      const right = lookup.gradients(pool);
      return spoil ? spoil(right) : right;
    };
    return { rows: lookup.rows, lookupRow: lookup.lookupRow, gradients };
  }

  override get maintenance(): readonly TableMaintenance[] {
    if (!this.#faults.maintenance) return [];
    return [
      {
        isSettled: true,
        requireSettled: () => undefined,
        afterStep: () => {
          this.#steps++;
        },
        settled: async () => undefined,
        takeStatistics: () => ({ lookups: 0, hits: 0, refreshes: 0, evictions: 0 }),
      },
    ];
  }

  async fit(source: RowSource): Promise<void> {
    await this.#inner.fit(this.#faults.fit?.(source) ?? source, {});
  }

  override dispose(): void {
    if (this.#faults.dispose ?? true) super.dispose();
  }
}

function nextIds(ids: Uint32Array): Uint32Array {
  return ids.map((id) => (id + 1) % 13);
}

function tableWith(faults: Faults): TableUnderTest {
  const config = { kind: 'faulty' } as never;
  return {
    name: 'faulty',
    config,
    kinds: [faultyKind(faults)],
    numEmbeddings: 13,
    embeddingDim: 5,
  };
}

/** The names of the cases that fail. */
async function caught(faults: Faults, stepsBefore = 0): Promise<string> {
  const names: string[] = [];
  for (const kindCase of kindCases) {
    const backend = createCpuBackend();
    await kindCase.run({ ...tableWith(faults), stepsBefore }, backend).catch(() => names.push(kindCase.name));
    await backend.dispose();
  }
  return names.join('; ');
}

test('a table without faults passes', async () => {
  expect(await caught({})).toBe('');
});

/** The gradient of the first row left out, as one that loses an id would. */
const withoutFirst = (gradients: SparseGradient[]): SparseGradient[] =>
  gradients.map(({ parameter, gradients: block, rows, rowIds }) => ({
    parameter,
    gradients: { ...block, row: 1, rows: block.rows - 1 },
    rows: { ...rows, start: rows.start + 1, length: rows.length - 1 },
    rowIds: rowIds.subarray(1),
  }));

test.each<[string, Faults, RegExp]>([
  ['four bytes that are not there', { bytes: 4 }, /serialised bytes/],
  ['rows that start twice as wide', { variance: 2 }, /variance 1\/\(3N\)/],
  ['a lost gradient', { gradients: withoutFirst }, /central differences.*every optimizer/],
  ['rows of other ids than asked for', { ids: nextIds }, /finds its own rows/],
  [
    'rows that another seed would draw too',
    { ids: (ids) => ids.map(() => 0) },
    /comes near any rows|own rows/,
  ],
  [
    'a fit that does not look at the rows',
    { fit: (source) => ({ ...source, read: (a, b) => new Float32Array((b - a) * 5) }) },
    /fromDense/,
  ],
  ['buffers that stay', { dispose: false }, /dispose leaves/],
  ['a graph of other rows', { exported: true }, /graph that is exported/],
])('the suite catches %s', async (_, faults, cases) => {
  expect(await caught(faults)).toMatch(cases);
});

test('what a table becomes by its own work between steps is seen after the steps that are asked for', async () => {
  // What it counts is no part of its state.
  expect(await caught({ maintenance: true })).toMatch(/^a saved table is loaded with the same bits[^;]*$/);
  expect(await caught({ maintenance: true }, 1)).toMatch(/reconstruction in float64.*trained or not/);
});
