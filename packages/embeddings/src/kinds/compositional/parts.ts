import { error } from '../../error.ts';
import type { RowGraph } from '../../table/kind/row-graph.ts';
import type { TableSize } from '../../table/table-size.ts';
import { hashFunction, hashWord } from '../hash/hash-function.ts';
import type { CompositionalConfig, HashesConfig } from './compositional-config.ts';

/** A table and what it knows of an id. */
export interface Part {
  readonly name: string;
  readonly size: TableSize;
  /** The first of its columns among those of all parts. */
  readonly column: number;
  /** Exact for every uint32. */
  readonly place: (id: number) => number;
  /** The same for an exported model. */
  readonly placeIn: <Value>(graph: RowGraph<Value>) => Value;
}

/** @throws `embeddings/bad-composition` */
export function partsOf(config: CompositionalConfig, { numEmbeddings, embeddingDim }: TableSize): Part[] {
  const { buckets } = config;
  const places = config.method === 'hashes' ? hashed(config) : quotientAndRemainder(buckets, numEmbeddings);
  if (config.combine === 'concatenate' && places.length > embeddingDim) {
    throw error('bad-composition', {
      subject: 'table kind "compositional", combine',
      rule: `must leave each of the ${places.length} tables a column of ${embeddingDim}`,
      got: config.combine,
    });
  }
  let column = 0;
  return places.map(({ rows, ...place }, t) => {
    // Columns that k does not divide go to the first parts.
    const cols =
      config.combine === 'concatenate' ? Math.ceil((embeddingDim - t) / places.length) : embeddingDim;
    const part = { ...place, size: { numEmbeddings: rows, embeddingDim: cols }, column };
    column += cols;
    return part;
  });
}

type Place = Pick<Part, 'name' | 'place' | 'placeIn'> & { readonly rows: number };

function quotientAndRemainder(buckets: number, numEmbeddings: number): Place[] {
  return [
    {
      name: 'quotient',
      rows: Math.ceil(numEmbeddings / buckets),
      place: (id) => (id - (id % buckets)) / buckets,
      placeIn: (graph) => graph.dividedBy(graph.ids, buckets),
    },
    {
      name: 'remainder',
      rows: buckets,
      place: (id) => id % buckets,
      placeIn: (graph) => graph.modulo(graph.ids, buckets),
    },
  ];
}

function hashed({ buckets, hashes = 2, seed = 0 }: HashesConfig): Place[] {
  return Array.from({ length: hashes }, (_, t) => {
    const hash = hashFunction(seed, t);
    return {
      name: `hash${t}`,
      rows: buckets,
      place: (id) => hash(id) % buckets,
      placeIn: (graph) => graph.modulo(graph.hash(graph.ids, hashWord(seed, t)), buckets),
    };
  });
}
