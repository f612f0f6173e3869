import type { TensorFile } from '@ttrec/tensor-files/safetensors';
import type { CachedConfig, TableSize, TTConfig } from '@ttrec/embeddings';
import { error } from '../error.ts';
import { readFloats } from '../read-floats.ts';

/**
 * What becomes of the rows in FBTT's cache, which were trained apart from the cores: `override` lets them stand in for the rows
 * of the cores, `keep` has them beside the cores, as a table of kind `cached` does, `drop` leaves them out.
 */
export type CachedRowsChoice = 'override' | 'keep' | 'drop';

/** Rows that stand in for those of the cores. */
export interface CachedRows {
  /** [C], ascending. */
  readonly ids: Uint32Array;
  /** [C, D]. */
  readonly values: Float32Array;
}

/** The rows that a cache had, and what became of them. */
export interface FbttCache {
  readonly rows: number;
  readonly choice: CachedRowsChoice;
}

/** A slot of the cache that is in use. */
interface Held {
  readonly id: number;
  /** Row of `cache_weight`. */
  readonly place: number;
}

/**
 * The cache is a hash table: `hashtbl` [H] holds the id in each slot or -1, `cache_state` [H] the row of `cache_weight` [C, D]
 * that belongs to it or -1.
 *
 * @returns undefined where there is no cache, or nothing in it; no values where they are dropped
 * @throws `interop/cached-rows`, `interop/bad-cache`
 */
export async function readCache(
  file: TensorFile,
  { prefix, choice }: { readonly prefix: string; readonly choice: CachedRowsChoice | undefined },
  size: TableSize,
): Promise<{ readonly cache: FbttCache; readonly values: CachedRows | undefined } | undefined> {
  const weight = `${prefix}cache_weight`;
  if (!file.tensors.has(weight)) return undefined;
  const held = await heldSlots(file, prefix);
  if (held.length === 0) return undefined;
  const subject = `${file.name}: ${weight}`;
  if (choice === undefined) {
    throw error('cached-rows', {
      subject,
      rule: `${held.length} rows in the cache were trained apart from the cores: choose what becomes of them`,
      hint: `Pass cachedRows: 'keep' for a table that has them beside its cores, 'override' for one whose rows they are among, 'drop' to leave them out.`,
    });
  }
  const cache = { rows: held.length, choice };
  if (choice === 'drop') return { cache, values: undefined };
  return { cache, values: valuesOf(subject, held, await readFloats(file, weight), size) };
}

async function heldSlots(file: TensorFile, prefix: string): Promise<Held[]> {
  const ids = await file.read(`${prefix}hashtbl`);
  const places = await file.read(`${prefix}cache_state`);
  return [...ids]
    .map((id, slot) => ({ id: Number(id), place: Number(places[slot]) }))
    .filter(({ id, place }) => id >= 0 && place >= 0)
    .sort((a, b) => a.id - b.id);
}

function valuesOf(
  subject: string,
  held: readonly Held[],
  weight: Float32Array,
  { numEmbeddings, embeddingDim }: TableSize,
): CachedRows {
  const rows = weight.length / embeddingDim;
  const wrong = held.find(
    ({ id, place }, i) => id >= numEmbeddings || place >= rows || id === held[i - 1]?.id,
  );
  if (wrong !== undefined) {
    const rule = `slots must hold different ids below ${numEmbeddings} and rows below ${rows}`;
    throw error('bad-cache', { subject, rule, got: wrong });
  }
  const values = new Float32Array(held.length * embeddingDim);
  held.forEach(({ place }, i) => {
    values.set(weight.subarray(place * embeddingDim, (place + 1) * embeddingDim), i * embeddingDim);
  });
  return { ids: Uint32Array.from(held, ({ id }) => id), values };
}

/** As many steps as there are between refreshes by default. */
const WARM_UP = 500;

/**
 * A train with these rows beside it. FBTT does not say how often they were looked up: they begin with counts of 0, and trained
 * on they have the steps of a whole period to be counted before the first refresh compares them with others.
 */
export function cachedConfig(into: TTConfig, { ids }: CachedRows): CachedConfig {
  return { kind: 'cached', rows: ids.length, into, warmUp: WARM_UP };
}
