import { oncePer, remembered } from '../remembered.ts';
import type { TTConfig } from '@ttrec/embeddings/configs';
import { parameterCount, type TTShape } from '@ttrec/tensor-train';
import { CollisionLoss } from '../losses/collision-loss.ts';
import type { Frequencies } from '../losses/frequencies.ts';
import {
  growing,
  largestThatFits,
  percent,
  type Candidate,
  type OptionGenerator,
  type TableToPlan,
} from '../options/option-generator.ts';
import { rankedTT, shortRanks, ttFactors, usefulRanks, withRanks } from './tt.ts';

/** Ratios of neighbouring numbers of hot rows and of buckets; `grow` adds hot rows in between. */
const HOT_STEP = 1.6;
const BUCKET_STEP = 2;
const LEAST_HOT = 16;

/** Frequent rows stored, the others in a TT. Only if low ids are the frequent ones. */
export const hotTTOptions: OptionGenerator = {
  kind: 'hot-cold→tt',
  *candidates(table) {
    const { numEmbeddings, embeddingDim } = table.size;
    for (const hot of hotRows(table)) {
      const cold = coldPart(table, hot);
      for (const rank of usefulRanks(cold.factors, 4 * (numEmbeddings - hot) * embeddingDim)) {
        yield hotTT(table, cold, rank);
      }
    }
  },
};

/** Frequent rows stored, the others hashed by `modulo`. Only if low ids are the frequent ones. */
export const hotHashOptions: OptionGenerator = {
  kind: 'hot-cold→hash',
  *candidates(table) {
    for (const hot of hotRows(table)) {
      const collisions = CollisionLoss.of(table.frequencies.from(hot));
      for (const buckets of growing(table.size.numEmbeddings - hot - 1, BUCKET_STEP)) {
        yield hotHash(table, { hot, buckets, met: collisions.modulo(buckets) });
      }
    }
  },
};

/** Numbers of hot rows to try; none if low ids are not the frequent ones. */
export function* hotRows({ frequencyOrdered, size }: TableToPlan): Generator<number> {
  if (!frequencyOrdered) return;
  for (const factor of growing(size.numEmbeddings / 2 / LEAST_HOT, HOT_STEP))
    yield Math.floor(LEAST_HOT * factor);
}

/** A table without its hot rows. */
interface ColdPart {
  readonly hot: number;
  readonly frequencies: Frequencies;
  readonly factors: TTShape;
}

function coldPart({ size, frequencies }: TableToPlan, hot: number): ColdPart {
  const factors = ttFactors(size.numEmbeddings - hot, size.embeddingDim);
  return { hot, frequencies: frequencies.from(hot), factors };
}

/**
 * @param ranks of the cold table: `rank`, or a list of ranks that it keeps while rows of it become hot
 * @param most what no fewer numbers of the cold table lose with fewer hot rows
 */
function hotTT(
  table: TableToPlan,
  { hot, frequencies, factors }: ColdPart,
  rank: number,
  { ranks = rank, most = Infinity }: { readonly ranks?: TTConfig['ranks']; readonly most?: number } = {},
): Candidate {
  const { embeddingDim } = table.size;
  const { shape, parameters } = rankedTT(factors, ranks);
  const reads = 1 - table.ttLoss.readsOf(table.frequencies, hot);
  const inside = table.ttLoss.of({ frequencies, rank, parameters, embeddingDim });
  const loss = Math.min(most, reads * inside);
  return {
    config: { kind: 'hot-cold', hot, cold: { kind: 'tt', ranks: shortRanks(shape.ranks) } },
    costConfig: { kind: 'hot-cold', hot, cold: { kind: 'tt', ...shape } },
    loss,
    explain: () =>
      `${hot} stored rows take ${percent(1 - reads)} of the reads; a TT of rank ${rank} loses ${percent(inside)} of the rest`,
    grow(bytes) {
      const { rows, keepsCold } = grownHotRows(table, { hot, shape, parameters, bytes });
      if (rows === hot) return undefined;
      const most = keepsCold ? loss : Infinity;
      return hotTT(table, coldPart(table, rows), rank, { ranks: shape.ranks, most });
    },
  };
}

/** Hot rows that an option grows to, and whether the cold table has as many numbers as before. */
interface GrownHotRows {
  readonly rows: number;
  readonly keepsCold: boolean;
}

/** Found once for all hypotheses. */
const grownRows = oncePer<Frequencies, Map<string, GrownHotRows>>(() => new Map());

/**
 * The numbers of a TT do not change steadily with its rows: hot rows end where there would be fewer, since it may lose more then. Where
 * that is at once, they start from what fits if it stays as it is.
 */
function grownHotRows(
  table: TableToPlan,
  from: {
    readonly hot: number;
    readonly shape: TTShape;
    readonly parameters: number;
    readonly bytes: number;
  },
): GrownHotRows {
  const { hot, shape, parameters, bytes } = from;
  const { numEmbeddings, embeddingDim } = table.size;
  const key = [embeddingDim, hot, bytes, ...shape.ranks].join(' ');
  const find = (): GrownHotRows => {
    const coldOf = (rows: number) =>
      parameterCount(withRanks(ttFactors(numEmbeddings - rows, embeddingDim), shape.ranks));
    const bytesOf = (rows: number) => 4 * (rows * embeddingDim + coldOf(rows));
    const fits = (rows: number) => bytesOf(rows) <= bytes;
    const near = mostHot(table, hot, (rows) => fits(rows) && coldOf(rows) >= parameters);
    if (near > hot) return { rows: near, keepsCold: true };
    const likely = hot + Math.floor((bytes - bytesOf(hot)) / (4 * embeddingDim));
    const start = likely <= numEmbeddings / 2 && fits(likely) ? likely : hot;
    return { rows: Math.max(hot, mostHot(table, start, fits)), keepsCold: false };
  };
  return remembered(grownRows(table.frequencies), key, find);
}

/** @param most what the same buckets lose with fewer hot rows */
function hotHash(
  table: TableToPlan,
  { hot, buckets, met }: { readonly hot: number; readonly buckets: number; readonly met: number },
  most = Infinity,
): Candidate {
  const reads = 1 - table.ttLoss.readsOf(table.frequencies, hot);
  // The same ids share a bucket as before, less those now stored: that cannot lose more, whatever sums over blocks say.
  const loss = Math.min(most, reads * met);
  return {
    config: {
      kind: 'hot-cold',
      hot,
      cold: { kind: 'hash', buckets, function: 'modulo', into: { kind: 'dense' } },
    },
    loss,
    explain: () =>
      `${hot} stored rows take ${percent(1 - reads)} of the reads; ids that collide in ${buckets} buckets lose ${percent(met)} of the rest`,
    grow(bytes) {
      const more = mostHot(table, hot, (rows) => 4 * table.size.embeddingDim * (rows + buckets) <= bytes);
      if (more === hot) return undefined;
      const collisions = CollisionLoss.of(table.frequencies.from(more));
      return hotHash(table, { hot: more, buckets, met: collisions.modulo(buckets) }, loss);
    },
  };
}

/** The most hot rows that fit, up to half of all rows. */
export function mostHot({ size }: TableToPlan, hot: number, fits: (hot: number) => boolean): number {
  return largestThatFits(hot, Math.max(hot, Math.floor(size.numEmbeddings / 2)), fits);
}
