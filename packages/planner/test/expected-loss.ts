import type { TableConfig } from '@ttrec/embeddings';
import { defaultPrior } from '@ttrec/planner';
import { CollisionLoss, TTLoss, type Frequencies, type TableToPlan } from '@ttrec/planner/generator';
import { parameterCount, ttShape } from '@ttrec/tensor-train';
import { quotientRemainder, twoHashes } from '../src/kinds/compositional.ts';
import { lowRank } from '../src/kinds/low-rank.ts';
import { hotMixed, mixedHash } from '../src/kinds/mixed-dimension.ts';
import { signedHash } from '../src/kinds/hash.ts';

/** A table ordered by frequency, as generators see it. */
export function tableOf(frequencies: Frequencies, embeddingDim: number): TableToPlan {
  const size = { numEmbeddings: frequencies.size, embeddingDim };
  return {
    name: 'table',
    size,
    frequencies,
    frequencyOrdered: true,
    denseBytes: 4 * size.numEmbeddings * embeddingDim,
    collisions: new CollisionLoss(frequencies),
    ttLoss: new TTLoss(defaultPrior),
  };
}

/** The loss that the planner expects of any config of the kinds that it considers. */
export function expectedLoss(config: TableConfig, table: TableToPlan): number {
  const { frequencies, collisions, size } = table;
  switch (config.kind) {
    case 'dense':
      return 0;
    case 'tt':
      return lossOfTT(config.ranks as number, table, table.size.numEmbeddings, true);
    case 'hash': {
      const { buckets, into } = config;
      if (config.probes === 2) return signedHash(table, buckets).loss;
      const met = config.function === 'modulo' ? collisions.modulo(buckets) : collisions.mixed(buckets);
      const inside = into.kind === 'tt' ? lossOfTT(into.ranks as number, table, buckets, false) : 0;
      return 1 - (1 - met) * (1 - inside);
    }
    case 'hot-cold': {
      const { hot, cold } = config;
      if (cold.kind === 'mixed-dimension') return hotMixed(table, hot, cold.dim).loss;
      const rest = tableOf(frequencies.from(hot), size.embeddingDim);
      return (1 - frequencies.massBelow(hot)) * expectedLoss(cold, rest);
    }
    case 'compositional': {
      const { buckets, method } = config;
      return (method === 'hashes' ? twoHashes : quotientRemainder)(table, buckets).loss;
    }
    case 'low-rank':
      return lowRank(table, config.rank).loss;
    case 'mixed-dimension':
      return mixedHash(table, config.dim, (config.into as { buckets: number }).buckets).loss;
    default:
      throw new Error(`no run of kind ${config.kind} was measured`);
  }
}

function lossOfTT(rank: number, table: TableToPlan, numRows: number, sharesDigits: boolean): number {
  const { frequencies, ttLoss, size } = table;
  const { embeddingDim } = size;
  const parameters = parameterCount(ttShape({ numRows, numCols: embeddingDim, ranks: rank }));
  return ttLoss.of({ frequencies, rank, parameters, embeddingDim, sharesDigits });
}
