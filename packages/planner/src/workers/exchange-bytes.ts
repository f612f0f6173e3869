import { checkArgument, checkList, checkOptions } from '@ttrec/core';
import type { TableSpec } from '@ttrec/embeddings';
import { kindsWith } from '@ttrec/embeddings/kind';
import { error } from '../error.ts';
import { requireCount } from './require-count.ts';

/** How many workers share batches of how many rows. */
export interface SharedBatches {
  readonly workers: number;
  /** Rows of a whole batch. Each looks up one id a table. */
  readonly batchSize: number;
}

/** Bytes that one worker sends in a step for one table. */
export interface TableExchange {
  readonly name: string;
  /**
   * At most, where every worker holds the table: gradients of the numbers that its part of a batch reads, with their rows, to the workers
   * that add them up; then the sums of its own part to all.
   */
  readonly gradientBytes: number;
  /** Were the table dense, its rows divided among the workers: ids out, rows back, and their gradients, on average. */
  readonly allToAllBytes: number;
}

/**
 * What workers that share batches send for each table, from its config alone; nothing is allocated.
 *
 * @throws `planner/bad-argument`, `planner/bad-option`, and what `cost` of @ttrec/embeddings throws
 */
export function tableExchanges(
  tables: readonly TableSpec[],
  embeddingDim: number,
  shared: SharedBatches,
): TableExchange[] {
  checkList(error, 'bad-argument', 'tableExchanges, tables', tables);
  checkOptions(error, 'tableExchanges', shared, { workers: 'any', batchSize: 'any' });
  const { workers, batchSize } = shared;
  requireCount('tableExchanges, workers', workers);
  requireCount('tableExchanges, batchSize', batchSize);
  const lookups = Math.ceil(batchSize / workers);
  const others = (workers - 1) / workers;
  return tables.map((table) => {
    checkArgument(error, 'tableExchanges, table', table, 'a TableSpec', 'name', 'numEmbeddings', 'config');
    const { name, numEmbeddings, config, kinds } = table;
    const { parameters } = kindsWith(kinds).cost(config, { numEmbeddings, embeddingDim }, { rule: 'sgd' });
    // Of a plain table no more rows than ids; of any other, all numbers may be behind a few ids.
    const bytes = (ids: number) => {
      const rows = Math.min(ids, numEmbeddings);
      return 4 * (rows + (config.kind === 'dense' ? rows * embeddingDim : parameters));
    };
    return {
      name,
      gradientBytes: Math.round((bytes(lookups) + bytes(batchSize)) * others),
      allToAllBytes: Math.round(4 * lookups * (1 + 2 * embeddingDim) * others),
    };
  });
}
