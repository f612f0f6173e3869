import type { TableContext, TableSize } from './table-kind.ts';

/** Variance that the entries of rows start with: what the table around this one asks for, else 1/(3N). */
export function rowVariance({ rowVariance: asked, numEmbeddings }: TableContext): number {
  return asked ?? 1 / (3 * numEmbeddings);
}

/**
 * The context of one of several tables inside a table: its parameters are named `part.…`, and it draws from a stream of
 * its own.
 */
export function partContext(
  context: TableContext,
  part: string,
  options: { readonly size: TableSize; readonly rowVariance: number },
): TableContext {
  const { numEmbeddings, embeddingDim } = options.size;
  return {
    ...context,
    numEmbeddings,
    embeddingDim,
    name: `${context.name}/${part}`,
    path: `${context.path ?? ''}${part}.`,
    stream: context.stream.child(part),
    rowVariance: options.rowVariance,
  };
}
