import { leastSquaresRows } from '../../rows/least-squares-rows.ts';
import type { Mixture } from '../../rows/mixture.ts';
import { columnRange, rowRange, type RowSource } from '../../rows/row-source.ts';
import type { Combination } from './compositional-config.ts';
import { fitProducts } from './fit-products.ts';
import type { Part } from './parts.ts';

/** The rows that the parts take so that their combinations come near to those of a source. */
export async function fitParts(
  source: RowSource,
  parts: readonly Part[],
  combination: Combination,
): Promise<RowSource[]> {
  switch (combination) {
    case 'product': {
      return fitProducts(
        source,
        parts.map(({ size, place }) => ({ rows: size.numEmbeddings, place })),
      );
    }
    case 'sum': {
      const all = await leastSquaresRows(source, sumOf(parts));
      return parts.map((part, t) => {
        const first = rowsOf(parts.slice(0, t));
        return rowRange(all, first, first + part.size.numEmbeddings);
      });
    }
    case 'concatenate':
      return Promise.all(
        parts.map((part) =>
          leastSquaresRows(columnRange(source, part.column, part.size.embeddingDim), sumOf([part])),
        ),
      );
  }
}

/** The unknown rows of all parts, one below the other. */
function sumOf(parts: readonly Part[]): Mixture {
  const firsts = parts.map((_, t) => rowsOf(parts.slice(0, t)));
  return {
    unknowns: rowsOf(parts),
    terms: parts.length,
    write: (id, places, factors) => {
      parts.forEach(({ place }, t) => {
        places[t] = firsts[t]! + place(id);
        factors[t] = 1;
      });
    },
  };
}

function rowsOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { size }) => sum + size.numEmbeddings, 0);
}
