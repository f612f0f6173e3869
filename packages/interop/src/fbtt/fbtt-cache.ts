import { counted } from '@ttrec/core';
import type { TensorFile } from '@ttrec/tensor-files/safetensors';
import type { TableSize } from '@ttrec/embeddings';
import type { CachedConfig, TTConfig } from '@ttrec/embeddings/configs';
import { error } from '../error.ts';
import { readFloats } from '../read-floats.ts';

/**
 * What to do with the rows in FBTT's cache, which were trained apart from the cores: `override` replaces the rows of the cores with them,
 * `keep` keeps them beside the cores in a table of kind `cached`, `drop` discards them.
 */
export type CachedRowsChoice = 'override' | 'keep' | 'drop';

export const cachedRowsChoices: readonly CachedRowsChoice[] = ['override', 'keep', 'drop'];

/** Rows that replace those of the cores. */
export interface CachedRows {
  /** [C], ascending. */
  readonly ids: Uint32Array;
  /** [C, D]. */
  readonly values: Float32Array;
}

/** How many rows a cache had, and what was done with them. */
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
 * Reads the cache, a hash table: `hashtbl` [H] holds the id of each slot or -1, `cache_state` [H] its row of `cache_weight` [C, D]
 * or -1.
 *
 * @returns undefined if there is no cache or it is empty; no values if they are dropped
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
      rule: `${counted(held.length, 'row')} in the cache were trained apart from the cores: choose what to do with them`,
      hint: `Pass cachedRows: 'keep' to keep them beside the cores, 'override' to replace rows of a dense table with them, 'drop' to discard them.`,
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

/** The default number of steps between refreshes. */
const WARM_UP = 500;

/**
 * A TT with these rows cached. FBTT does not save how often they were looked up, so their counts begin at 0; in further training a whole
 * period is counted before the first refresh compares them with other rows.
 */
export function cachedConfig(inner: TTConfig, { ids }: CachedRows): CachedConfig {
  return { kind: 'cached', rows: ids.length, into: inner, warmUp: WARM_UP };
}
