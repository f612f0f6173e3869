import { checkArgument, checkList, checkOptions } from '@ttrec/core';
import type { TableSpec } from '@ttrec/embeddings';
import { kindsWith } from '@ttrec/embeddings/configs';
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
  /** At most, where every worker holds the table: the gradients of the rows that its part of a batch reads, with their ids, to all others. */
  readonly gradientBytes: number;
  /** Were the table dense, its rows divided among the workers: ids out, rows back, and their gradients, on average. */
  readonly allToAllBytes: number;
}

/**
 * What workers that share batches send for each table; nothing is allocated.
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
  return tables.map((table) => {
    checkArgument(error, 'tableExchanges, table', table, 'a TableSpec', 'name', 'numEmbeddings', 'config');
    const { name, numEmbeddings, config, kinds } = table;
    // Refuses what no table can be.
    kindsWith(kinds).cost(config, { numEmbeddings, embeddingDim }, { rule: 'sgd' });
    const rows = Math.min(lookups, numEmbeddings);
    return {
      name,
      gradientBytes: 4 * rows * (1 + embeddingDim) * (workers - 1),
      allToAllBytes: Math.round((4 * lookups * (1 + 2 * embeddingDim) * (workers - 1)) / workers),
    };
  });
}
