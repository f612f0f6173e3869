import { createCpuBackend } from '@ttrec/backend-cpu';
import { createWasmBackend } from '@ttrec/backend-wasm';
import { cornerSizes, kindSuite, type TableUnderTest } from '@ttrec/testkit/kind';
import { describe, test } from 'vitest';
import { groupedKind } from '../examples/grouped-kind.ts';

const kinds = [groupedKind];
const tables: TableUnderTest[] = [
  ...cornerSizes.map((size) => ({
    name: 'groups of 3',
    config: { kind: 'grouped', group: 3, into: { kind: 'dense' } } as const,
    kinds,
    initialRows: Math.ceil(size.numEmbeddings / 3),
    ...size,
  })),
  {
    name: 'groups of 2 in a cold tensor train',
    config: { kind: 'hot-cold', hot: 4, cold: { kind: 'grouped', group: 2, into: { kind: 'tt', ranks: 3 } } },
    kinds,
    numEmbeddings: 40,
    embeddingDim: 4,
    refits: false,
  },
];

kindSuite({ name: 'an example kind, on cpu', tables, create: createCpuBackend, describe, test });
kindSuite({ name: 'an example kind, on wasm', tables, create: createWasmBackend, describe, test });
