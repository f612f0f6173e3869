import type { TableContext } from '../embedding-table.ts';
import type { TableSize } from '../table-size.ts';

/** Variance that the entries of rows start with: what the table around this one asks for, else 1/(3N). */
export function rowVariance({ rowVariance: asked, numEmbeddings }: TableContext): number {
  return asked ?? 1 / (3 * numEmbeddings);
}

/** The context of a table inside another: its tensors are named `part.…`, and it draws from a random stream of that name. */
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
